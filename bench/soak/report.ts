import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { growthOf } from './line.ts'
import type { Sample } from './probe.ts'

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
const percent = (part: number): string => `${(part * 100).toFixed(2)} %`

/** Threads of processes, in the order they were first seen. */
function byThread(samples: readonly Sample[]): Map<string, Sample[]> {
  const threads = new Map<string, Sample[]>()
  for (const sample of samples) {
    const name = `${sample.pid}.${sample.thread}`
    const list = threads.get(name) ?? []
    list.push(sample)
    threads.set(name, list)
  }
  return threads
}

const FIGURES = [
  'lumoauth_cached_residuals',
  'lumoauth_orgs_loaded',
  'lumoauth_orgs_bytes',
  'lumoauth_org_drops_total',
  'lumoauth_decision_log_pending',
  'lumoauth_residual_cache_hits_total',
  'lumoauth_residual_cache_misses_total',
]

function figureOf(metrics: string, name: string): number {
  let sum = 0
  for (const [, value] of metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))) sum += Number(value)
  return sum
}

/** What there is by now, in a few lines. */
export function toldOf(samples: readonly Sample[], metrics: string, directory: string | null): string {
  const lines = [...byThread(samples)].map(([name, list]) => {
    const last = list.at(-1) as Sample
    const late = `late ${last.lateP50.toFixed(1)}/${last.lateP99.toFixed(1)} ms`
    const memory = `heap ${mb(last.heap)}, external ${mb(last.external)}, buffers ${mb(last.buffers)}, rss ${mb(last.rss)}`
    return `  ${name}: ${memory}, ${last.handles} handles, ${late}`
  })
  const figures = FIGURES.map(name => `${name.replace('lumoauth_', '')} ${figureOf(metrics, name)}`)
  const size = directory === null ? [] : [`database ${mb(sizeOf(directory))}`]
  return [`${new Date().toISOString()} ${[...figures, ...size].join(', ')}`, ...lines].join('\n')
}

function sizeOf(directory: string): number {
  let sum = 0
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return sum
}

/** What a live heap may grow by in the second half. */
const MOST_GROWN = 0.02
/** Fewer tell nothing. */
const LEAST_SAMPLES = 20

/** Every thread's growth over the second half; steady where no heap grew by more than a little and what is noise. */
export function summary(
  samples: readonly Sample[],
  done: readonly (readonly [string, { readonly count: number; readonly failed: number; readonly last: string }])[],
): { readonly text: string; readonly steady: boolean } {
  let steady = true
  const lines: string[] = ['thread        | what    |     mean | grown in the second half | noise']
  const end = Math.max(...samples.map(({ at }) => at))
  const begin = Math.min(...samples.map(({ at }) => at))
  for (const [name, list] of byThread(samples)) {
    // One that ended long ago holds nothing.
    if ((list.at(-1)?.at ?? 0) < end - (end - begin) / 10) continue
    const measures = { heap: 'heap', external: 'external', buffers: 'buffers', rss: 'rss', handles: 'handles' } as const
    for (const what of Object.values(measures)) {
      const { mean, grown, noise } = growthOf(list.map(one => [one.at, one[what]]))
      const shown = what === 'handles' ? mean.toFixed(1) : mb(mean)
      const grows = what === 'heap' && (list.length < LEAST_SAMPLES || grown > MOST_GROWN + noise)
      if (grows) steady = false
      lines.push(
        `${name.padEnd(13)} | ${what.padEnd(8)}| ${shown.padStart(8)} | ${percent(grown).padStart(10)} | ${percent(noise)}${grows ? ' <- grows' : ''}`,
      )
    }
  }
  for (const [name, { count, failed, last }] of done) {
    lines.push(`${name}: ${count}${failed === 0 ? '' : `, ${failed} failed, the last with ${last}`}`)
  }
  lines.push(steady ? 'steady' : 'NOT steady')
  return { text: lines.join('\n'), steady }
}
