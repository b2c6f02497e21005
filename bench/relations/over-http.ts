import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT_CORE, heard, startModule, stop } from '../http/children.ts'
import { installed, versionOf } from '../http/installed.ts'
import type { FromClient, Load, Seen } from '../http/load.ts'
import { cpuTime } from '../http/usage.ts'
import { median, showTime } from '../stats.ts'
import { type ListRow, measureLists } from './lists.ts'
import type { RelationsPlan } from './plan.ts'
import { check, type Loaded, type Peer, readyPeers } from './servers.ts'
import { type Asked, asksOf, SHAPES } from './world.ts'

/** Medians over the rounds. */
export interface CheckRow {
  readonly name: string
  readonly size: number
  readonly shape: string
  readonly connections: number
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Throughput of ours over this one's, in the same round. */
  readonly oursOver: number
  /** Share of requests it did not answer: those that took more than its three seconds. */
  readonly refused: number
  /** Processor time of the server for one request, all its threads, in nanoseconds. */
  readonly cpu: number
}

export interface OverHttp {
  readonly checks: readonly CheckRow[]
  readonly lists: readonly ListRow[]
  readonly loads: readonly Loaded[]
  /** Null where the server is not installed. */
  readonly version: string | null
}

/** Different checks of one shape. */
const ASKS = 256

export async function raceRelations(plan: RelationsPlan, say: (text: string) => void): Promise<OverHttp> {
  const binary = installed('openfga')
  const checks: CheckRow[] = []
  const lists: ListRow[] = []
  const loads: Loaded[] = []
  for (const size of plan.sizes) {
    const directory = mkdtempSync(join(tmpdir(), 'lumoauth-bench-'))
    const children: ChildProcess[] = []
    try {
      say(`  loading ${size.toLocaleString('en-US')} tuples`)
      const ready = await readyPeers(binary, size, plan, directory, child => children.push(child))
      loads.push(...ready.loads)
      for (const { name, load } of ready.loads) say(`    ${name}: ${showTime(load)}`)
      say('  checks')
      const client = startModule(CLIENT_CORE, './client.ts', [])
      children.push(client)
      await heard(client)
      for (const shape of SHAPES) {
        const asked = asksOf(size, shape, ASKS)
        for (const peer of ready.peers) await verify(peer, asked)
        for (const connections of plan.http.connections) {
          const rows = await runRounds(client, ready.peers, asked, connections, plan)
          checks.push(...rows.map(row => ({ ...row, size, shape: shape.name, connections })))
        }
      }
      say('  lists')
      lists.push(...(await measureLists(ready.peers, size)))
    } finally {
      await Promise.all(children.map(stop))
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return { checks, lists, loads, version: binary === null ? null : versionOf(binary) }
}

const keyOf = ({ object, relation, user }: Asked) => ({ object, relation, user })

/** How long a slow server is checked, in milliseconds. */
const PATIENCE = 2_000

/** Fails unless requests are answered as they must be: all, or as many as a slow one answers for a while. Warms as well. */
async function verify(peer: Peer, asked: readonly Asked[]): Promise<void> {
  const until = performance.now() + PATIENCE
  for (const one of asked) {
    if (performance.now() > until) return
    if ((await check(peer, keyOf(one))) !== one.allowed) throw new Error(`${peer.name}: ${JSON.stringify(one)}`)
  }
}

interface Sample extends Seen {
  readonly cpu: number
}

type Row = Omit<CheckRow, 'size' | 'shape' | 'connections'>

async function runRounds(
  client: ChildProcess,
  peers: readonly Peer[],
  asked: readonly Asked[],
  connections: number,
  { http: { rounds, slotMs } }: RelationsPlan,
): Promise<readonly Row[]> {
  const samples = peers.map((): Sample[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < peers.length; i += 1) {
      const turn = (i + round) % peers.length
      samples[turn]?.push(await sampleOf(client, peers[turn] as Peer, asked, connections, slotMs))
    }
  }
  const middle = (of: readonly Sample[], what: (sample: Sample) => number): number => median(of.map(what))
  return peers.map(({ name }, i) => {
    const own = samples[i] ?? []
    const ratios = own.map((s, r) => (samples[0]?.[r]?.perSecond ?? Number.NaN) / s.perSecond)
    return {
      name,
      p50: middle(own, s => s.p50),
      p99: middle(own, s => s.p99),
      perSecond: middle(own, s => s.perSecond),
      oursOver: median(ratios),
      refused: middle(own, s => s.failed / s.sent),
      cpu: middle(own, s => s.cpu),
    }
  })
}

async function sampleOf(
  client: ChildProcess,
  { name, child, door, store }: Peer,
  asked: readonly Asked[],
  connections: number,
  forMs: number,
): Promise<Sample> {
  const load: Load = {
    port: door.port,
    path: `${door.path}/stores/${store}/check`,
    headers: { authorization: `Bearer ${door.key}` },
    bodies: asked.map(one => JSON.stringify({ tuple_key: keyOf(one) })),
    connections,
    count: Number.MAX_SAFE_INTEGER,
    forMs,
  }
  const before = cpuTime(child.pid)
  client.send(load)
  const answer = await heard<FromClient>(client)
  if (answer.kind !== 'seen') throw new Error(`${name}: ${answer.kind === 'failed' ? answer.why : 'no answer'}`)
  return { ...answer.seen, cpu: (cpuTime(child.pid) - before) / answer.seen.sent }
}
