import type { Contestant } from './contestant.ts'
import { median, quantile } from './stats.ts'

/** Nanoseconds of single decisions, the cost of looking at the clock among them. */
export interface Singles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly count: number
}

/** Times decisions one by one: unlike means of batches, its p99 is that of a decision. */
export function timeEach(
  { decide, before }: Contestant,
  { requests, count, fresh }: { readonly requests: number; readonly count: number; readonly fresh: boolean },
): Singles {
  const samples = new Float64Array(count)
  const warm = Math.min(count, 4 * requests)
  for (let i = -warm; i < count; i += 1) {
    const n = (i + warm) % requests
    if (fresh) before?.()
    const started = performance.now()
    decide(n)
    const took = performance.now() - started
    if (i >= 0) samples[i] = took * 1e6
  }
  const all = [...samples]
  return { p50: median(all), p99: quantile(all, 0.99), p999: quantile(all, 0.999), count }
}

/** What looking at the clock adds to each, in nanoseconds. */
export function clockCost(): number {
  const samples: number[] = []
  for (let i = 0; i < 20_000; i += 1) {
    const started = performance.now()
    samples.push((performance.now() - started) * 1e6)
  }
  return median(samples)
}
