import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../stats.ts'
import { httpCase } from './cases.ts'
import { CLIENT_CORE, canPin, heard, startModule, stop } from './children.ts'
import { cpuTime } from './cpu.ts'
import type { FromClient, Load, Seen } from './load.ts'
import { ask, type Served, serveCerbos, serveKoa, serveOurs } from './servers.ts'

export interface HttpOptions {
  readonly rounds: number
  /** Requests of one server before anything counts. */
  readonly warm: number
  readonly connections: readonly number[]
  /** Requests of one server in one round. */
  readonly count: (connections: number) => number
}

/** Medians over the rounds. */
export interface HttpRow {
  readonly name: string
  readonly connections: number
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Throughput as a share of bare Koa's in the same round. */
  readonly ofKoa: number
  /** Requests a second when the time until the last decision is in the log counts too. */
  readonly settledPerSecond: number
  /** Processor time of the server for one request, all its threads, in nanoseconds. */
  readonly cpu: number
}

interface Sample extends Seen {
  readonly settledPerSecond: number
  readonly cpu: number
}

/** Measures all servers in turns, each in a process of its own, asked by a client in another. */
export async function raceServers(options: HttpOptions): Promise<readonly HttpRow[]> {
  const given = httpCase()
  const directory = mkdtempSync(join(tmpdir(), 'lumoauth-bench-'))
  const children: ChildProcess[] = []
  const keep = <T extends { readonly child: ChildProcess }>(served: T): T => {
    children.push(served.child)
    return served
  }
  try {
    const ours = keep(await serveOurs(given, 'other'))
    const koa = keep(await serveKoa(given, ours))
    const servers = [ours, koa, keep(await serveCerbos(given, directory))]
    if (canPin) servers.push(keep(await serveOurs(given, 'same')))
    for (const served of servers) await verify(served, given.requests)
    const { child: client } = keep({ child: startModule(CLIENT_CORE, './client.ts', []) })
    await heard(client)
    return await runRounds(client, servers, options)
  } finally {
    await Promise.all(children.map(stop))
    rmSync(directory, { recursive: true, force: true })
  }
}

async function verify({ name, target, allows }: Served, requests: ReturnType<typeof httpCase>['requests']) {
  for (const [n, { allowed }] of requests.entries()) {
    const answer = await ask(target, target.bodies[n] ?? '')
    if (allows(answer) !== allowed) throw new Error(`${name} answers request ${n} with ${answer}`)
  }
}

async function runRounds(client: ChildProcess, servers: readonly Served[], options: HttpOptions): Promise<HttpRow[]> {
  const rows: HttpRow[] = []
  for (const served of servers) await sampleOf(client, served, 32, options.warm)
  for (const connections of options.connections) {
    const count = options.count(connections)
    const samples = servers.map((): Sample[] => [])
    for (let round = 0; round < options.rounds; round += 1) {
      for (let i = 0; i < servers.length; i += 1) {
        const turn = (i + round) % servers.length
        samples[turn]?.push(await sampleOf(client, servers[turn] as Served, connections, count))
      }
    }
    const koa = samples[servers.findIndex(s => s.name === 'bare Koa')] ?? []
    for (const [i, { name }] of servers.entries()) rows.push(rowOf(name, connections, samples[i] ?? [], koa))
  }
  return rows
}

function rowOf(name: string, connections: number, samples: readonly Sample[], koa: readonly Sample[]): HttpRow {
  const middle = (of: (sample: Sample) => number): number => median(samples.map(of))
  return {
    name,
    connections,
    p50: middle(s => s.p50),
    p99: middle(s => s.p99),
    perSecond: middle(s => s.perSecond),
    ofKoa: median(samples.map((s, i) => s.perSecond / (koa[i]?.perSecond ?? Number.NaN))),
    settledPerSecond: middle(s => s.settledPerSecond),
    cpu: middle(s => s.cpu),
  }
}

async function sampleOf(client: ChildProcess, served: Served, connections: number, count: number): Promise<Sample> {
  const before = cpuTime(served.child.pid)
  const load: Load = { ...served.target, connections, count }
  client.send(load)
  const answer = await heard<FromClient>(client)
  if (answer.kind !== 'seen') throw new Error(`${served.name}: ${answer.kind === 'failed' ? answer.why : 'no answer'}`)
  const { seen } = answer
  if (seen.failed > 0) throw new Error(`${served.name} refused ${seen.failed} of ${count} requests`)
  const done = performance.now()
  while ((await served.owed()) > 0) await new Promise(resolve => setTimeout(resolve, 5))
  const seconds = count / seen.perSecond + (performance.now() - done) / 1000
  const cpu = (cpuTime(served.child.pid) - before) / count
  return { ...seen, settledPerSecond: count / seconds, cpu }
}
