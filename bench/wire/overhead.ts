import type { ChildProcess } from 'node:child_process'
import { CLIENT_CORE, heard, startModule, stop } from '../http/children.ts'
import { median } from '../stats.ts'
import { askerOf } from './asked.ts'
import { questionsOf } from './load.ts'
import { serveOurs } from './ours.ts'
import { type OverheadPlan, WARM } from './plan.ts'
import { makeWarm } from './race.ts'
import type { Keep, Server } from './server.ts'
import { type AskedOnce, type Sample, turns } from './turns.ts'
import { buildWorld } from './world.ts'

/** Ours with more and more of what tells about it. Medians over the rounds of all starts. */
export interface OverheadRow {
  readonly name: string
  readonly connections: number
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Throughput over that with nothing on in the same round, and the same of the main thread's time. */
  readonly ofNothing: number
  readonly mainOfNothing: number
  readonly mainCpu: number
  readonly cpu: number
}

interface Variant {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
}

const METRICS = { DECISION_LOG: 'off', METRICS: 'on' }
const LOG = { DECISION_LOG: 'all', METRICS: 'on' }

const variants = (sink: number): readonly Variant[] => {
  const TRACES = { ...LOG, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink}` }
  return [
    { name: 'nothing on', settings: { DECISION_LOG: 'off', METRICS: 'off' } },
    { name: 'metrics', settings: METRICS },
    { name: 'metrics, decision log', settings: LOG },
    { name: 'metrics, decision log, traces of one in a hundred', settings: TRACES },
    { name: 'metrics, decision log, traces of all', settings: { ...TRACES, OTEL_TRACES_SAMPLER: 'always_on' } },
  ]
}

export async function measureOverhead(
  plan: OverheadPlan,
  say: (text: string) => void,
): Promise<readonly OverheadRow[]> {
  const samples = new Map<number, Samples>()
  let names: readonly string[] = []
  for (let start = 1; start <= plan.starts; start += 1) {
    say(`  log, metrics, traces, start ${start} of ${plan.starts}`)
    names = await measureOnce(plan, samples)
  }
  return plan.connections.flatMap(connections => rowsOf(names, connections, samples.get(connections) ?? []))
}

/** Of each server, in order, what was seen of it. */
type Samples = readonly (readonly Sample[])[]

/** Starts the servers anew, and adds what is seen of them to `samples`, by connections. Answers their names. */
async function measureOnce(plan: OverheadPlan, samples: Map<number, Samples>): Promise<readonly string[]> {
  const children: ChildProcess[] = []
  const keep: Keep = child => void children.push(child)
  try {
    const sink = startModule(CLIENT_CORE, '../wire/sink.ts', [])
    keep(sink)
    const { port } = await heard<{ port: number }>(sink)
    const questions = questionsOf(askerOf(buildWorld(plan.tuples)), plan.questions, 1)
    const servers: Server[] = []
    for (const { name, settings } of variants(port)) {
      servers.push(await serveOurs({ name, size: plan.tuples, database: 'other', settings }, keep))
    }
    const client = startModule(CLIENT_CORE, './client.ts', [])
    keep(client)
    await heard(client)
    for (const server of servers) await makeWarm(client, server, questions, [WARM], plan.warmMs)
    const once: AskedOnce = new Map()
    for (const connections of plan.connections) {
      const [seen = []] = await turns(client, servers, questions, { ...plan, conditions: [WARM], connections }, once)
      const before = samples.get(connections)
      samples.set(connections, before === undefined ? seen : before.map((own, i) => [...own, ...(seen[i] ?? [])]))
    }
    sink.send('taken')
    const { taken } = await heard<{ taken: number }>(sink)
    if (taken === 0) throw new Error('no traces came: the row with traces would be a row without')
    return servers.map(({ name }) => name)
  } finally {
    await Promise.all(children.map(stop))
  }
}

function rowsOf(names: readonly string[], connections: number, samples: Samples): readonly OverheadRow[] {
  const nothing = samples[0] ?? []
  return names.map((name, i) => {
    const own = samples[i] ?? []
    return {
      name,
      connections,
      p50: median(own.map(s => s.p50)),
      p99: median(own.map(s => s.p99)),
      perSecond: median(own.map(s => s.perSecond)),
      ofNothing: median(own.map((s, round) => s.perSecond / (nothing[round]?.perSecond ?? Number.NaN))),
      mainOfNothing: median(own.map((s, round) => s.mainCpu / (nothing[round]?.mainCpu ?? Number.NaN))),
      mainCpu: median(own.map(s => s.mainCpu)),
      cpu: median(own.map(s => s.cpu)),
    }
  })
}
