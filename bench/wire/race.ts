import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT_CORE, canPin, heard, startModule, stop } from '../http/children.ts'
import { installed, versionOf } from '../http/installed.ts'
import { memoryOf } from '../http/usage.ts'
import { median, showTime } from '../stats.ts'
import { askerOf } from './asked.ts'
import { answersOf, serveBare } from './bare.ts'
import { serveCerbos } from './cerbos.ts'
import { everyOne, loadOf, type Questions, questionsOf } from './load.ts'
import { serveOpenfga } from './openfga.ts'
import { serveOurs, withoutWhy } from './ours.ts'
import { BATCH, type Condition, type SizePlan, WARM, type WirePlan } from './plan.ts'
import type { Keep, Server } from './server.ts'
import { serveSpicedb } from './spicedb.ts'
import { type AskedOnce, put, type Sample, turns } from './turns.ts'
import { buildWorld, type World } from './world.ts'

/** Medians over the rounds. */
export interface WireRow {
  readonly size: number
  readonly condition: Condition
  readonly connections: number
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Its p50 over that of ours in the same round. */
  readonly overOurs: number
  /** Its throughput over bare Koa's in the same round. */
  readonly ofKoa: number
  /** Its requests a second over those it was asked in the same turn, one question each. */
  readonly overSingles: number
  readonly settledPerSecond: number
  readonly cpu: number
  readonly writeP50: number
  readonly writeP99: number
}

/** What a process took for a world, in bytes, and what loading it took, in nanoseconds. */
export interface HeldRow {
  readonly pid: number | undefined
  readonly size: number
  readonly name: string
  readonly load: number | null
  readonly loaded: number
  readonly peak: number
}

export interface Versions {
  readonly openfga: string | null
  readonly spicedb: string | null
}

export interface Raced {
  readonly rows: readonly WireRow[]
  readonly held: readonly HeldRow[]
  readonly versions: Versions
}

export async function raceWire(plan: WirePlan, say: (text: string) => void): Promise<Raced> {
  const binaries = { openfga: installed('openfga'), spicedb: installed('spicedb') }
  const rows: WireRow[] = []
  const held: HeldRow[] = []
  for (const size of plan.sizes) {
    const raced = await raceSize(size, plan, binaries, say)
    rows.push(...raced.rows)
    held.push(...raced.held)
  }
  const version = (binary: string | null): string | null => (binary === null ? null : versionOf(binary))
  return { rows, held, versions: { openfga: version(binaries.openfga), spicedb: version(binaries.spicedb) } }
}

async function raceSize(
  { tuples, conditions }: SizePlan,
  plan: WirePlan,
  binaries: Versions,
  say: (text: string) => void,
): Promise<Pick<Raced, 'rows' | 'held'>> {
  const directory = mkdtempSync(join(tmpdir(), 'lumoauth-bench-'))
  const children: ChildProcess[] = []
  const keep: Keep = child => void children.push(child)
  try {
    const world = buildWorld(tuples)
    const questions = questionsOf(askerOf(world), plan.questions, plan.batches)
    say(`  loading ${tuples.toLocaleString('en-US')} tuples`)
    const servers = await serversOf(world, tuples, questions, binaries, directory, keep, say)
    const loaded = servers.map(({ child }) => memoryOf(child.pid).now)
    const client = startModule(CLIENT_CORE, './client.ts', [])
    keep(client)
    await heard(client)
    const first = conditions.flat().some(({ asked }) => asked === 'batch') ? [BATCH, WARM] : [WARM]
    for (const server of servers) await makeWarm(client, server, questions, first, plan.warmMs)
    const rows: WireRow[] = []
    const once: AskedOnce = new Map()
    for (const together of conditions) {
      const able = servers.filter(server => together.every(condition => isAble(server, condition)))
      for (const connections of plan.connections) {
        say(`  ${together.map(({ name }) => name).join(', ')}, ${connections} at once`)
        const { rounds, slotMs } = plan
        const seen = await turns(client, able, questions, { conditions: together, connections, rounds, slotMs }, once)
        const singles = seen[together.findIndex(({ asked }) => asked === 'warm')] ?? []
        for (const [i, condition] of together.entries()) {
          rows.push(
            ...rowsOf(able, seen[i] ?? [], singles).map(row => ({ size: tuples, condition, connections, ...row })),
          )
        }
      }
    }
    const held = servers.map(({ name, child, load }, i) => ({
      pid: child.pid,
      size: tuples,
      name,
      load,
      loaded: loaded[i] ?? Number.NaN,
      peak: memoryOf(child.pid).peak,
    }))
    return { rows, held }
  } finally {
    await Promise.all(children.map(stop))
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Bare servers and Cerbos, which is told everything in the request, are the same for a world of any size: they race at the small one. */
async function serversOf(
  world: World,
  tuples: number,
  questions: Questions,
  binaries: Versions,
  directory: string,
  keep: Keep,
  say: (text: string) => void,
): Promise<readonly Server[]> {
  const isSmall = tuples <= SMALL
  const servers: Server[] = []
  const add = (more: readonly Server[]): void => {
    servers.push(...more)
    for (const { name, load } of new Map(more.map(s => [s.child, s])).values()) {
      if (load !== null) say(`    ${name}: ${showTime(load)}`)
    }
  }
  const ours = await serveOurs({ name: 'ours', size: tuples, database: 'other' }, keep)
  add([ours, withoutWhy(ours)])
  if (isSmall) {
    if (canPin)
      add([await serveOurs({ name: 'ours, database on the same core', size: tuples, database: 'same' }, keep)])
    const answers = await answersOf(ours, [...questions.warm, ...questions.batches.flat()])
    for (const kind of ['koa', 'node'] as const) add([await serveBare(kind, ours, answers, keep)])
    add([await serveCerbos(world, directory, keep)])
  }
  if (binaries.openfga !== null) add(await serveOpenfga(binaries.openfga, world, isSmall, directory, keep))
  if (binaries.spicedb !== null) add(await serveSpicedb(binaries.spicedb, world, keep))
  return servers
}

/** Most tuples of a world that every server takes. */
const SMALL = 10_000

const isAble = ({ isAskedCold, write }: Server, { asked, writesEvery }: Condition): boolean =>
  (isAskedCold || asked !== 'cold') && (write !== null || writesEvery === null)

/** Sees that all answers are right, and runs for a while as it will when it counts. */
export async function makeWarm(
  client: ChildProcess,
  server: Server,
  questions: Questions,
  conditions: readonly Condition[],
  forMs: number,
): Promise<void> {
  await put(client, server, everyOne(server, questions))
  for (const condition of conditions) {
    await put(client, server, loadOf(server, questions, { condition, connections: 32, forMs, askedOnce: 0 }))
  }
}

function rowsOf(
  servers: readonly Server[],
  samples: readonly (readonly Sample[])[],
  singles: readonly (readonly Sample[])[],
) {
  const of = (name: string): readonly Sample[] => samples[servers.findIndex(s => s.name === name)] ?? []
  const [ours, koa] = [of('ours'), of('bare Koa')]
  return servers.map(({ name }, i) => {
    const own = samples[i] ?? []
    const middle = (what: (sample: Sample) => number): number => median(own.map(what))
    const over = (other: readonly Sample[], what: (sample: Sample) => number): number =>
      median(own.map((sample, round) => what(sample) / (other[round] === undefined ? Number.NaN : what(other[round]))))
    return {
      name,
      p50: middle(s => s.p50),
      p99: middle(s => s.p99),
      perSecond: middle(s => s.perSecond),
      overOurs: over(ours, s => s.p50),
      ofKoa: over(koa, s => s.perSecond),
      overSingles: over(singles[i] ?? [], s => s.perSecond),
      settledPerSecond: middle(s => s.settledPerSecond),
      cpu: middle(s => s.cpu),
      writeP50: middle(s => s.writeP50),
      writeP99: middle(s => s.writeP99),
    }
  })
}
