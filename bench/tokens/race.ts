import type { ChildProcess } from 'node:child_process'
import { CLIENT_CORE, canPin, heard, startModule, stop } from '../http/children.ts'
import type { FromClient, Load, Seen } from '../http/load.ts'
import { cpuTime } from '../http/usage.ts'
import { median } from '../stats.ts'
import { bodiesFor, FORM, METHODS, type Method } from './cases.ts'
import type { TokensPlan } from './plan.ts'
import { type Issuing, serveOurs, servePeer, verify } from './servers.ts'
import { measureUses, type UseRow } from './uses.ts'

/** Medians over the rounds. */
export interface TokenRow {
  readonly name: string
  readonly method: Method
  readonly connections: number
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Throughput over the peer's in the same round. */
  readonly overPeer: number
  /** Tokens a second when the time until the last decision is in the log counts too. */
  readonly settledPerSecond: number
  /** Processor time of the server for one token, all its threads, in nanoseconds. */
  readonly cpu: number
}

export interface Sample extends Seen {
  readonly settledPerSecond: number
  readonly cpu: number
}

export interface TokensMeasured {
  readonly tokens: readonly TokenRow[]
  readonly uses: readonly UseRow[]
}

/** Measures ours and the peer in turns, each in a process of its own, asked by a client in another. */
export async function raceTokens(plan: TokensPlan, say: (text: string) => void): Promise<TokensMeasured> {
  const children: ChildProcess[] = []
  const keep = <T extends { readonly child: ChildProcess }>(served: T): T => {
    children.push(served.child)
    return served
  }
  try {
    const ours = keep(await serveOurs('other'))
    const servers = [ours, keep(await servePeer())]
    if (canPin) servers.push(keep(await serveOurs('same')))
    const { child: client } = keep({ child: startModule(CLIENT_CORE, './client.ts', []) })
    await heard(client)
    const tokens: TokenRow[] = []
    for (const method of METHODS) {
      say(`  ${method}`)
      for (const server of servers) {
        await verify(server, method)
        await sampleOf(client, server, loadOf(server, method, 32, plan.warm))
      }
      for (const connections of plan.connections) {
        tokens.push(...(await runRounds(client, servers, method, connections, plan)))
      }
    }
    return { tokens, uses: await measureUses(client, ours, plan) }
  } finally {
    await Promise.all(children.map(stop))
  }
}

const loadOf = ({ clients }: Issuing, method: Method, connections: number, count: number): Load => ({
  port: clients.port,
  path: clients.path,
  headers: FORM,
  bodies: bodiesFor(method, clients, count),
  connections,
  count,
})

async function runRounds(
  client: ChildProcess,
  servers: readonly Issuing[],
  method: Method,
  connections: number,
  plan: TokensPlan,
): Promise<readonly TokenRow[]> {
  const samples = servers.map((): Sample[] => [])
  for (let round = 0; round < plan.rounds; round += 1) {
    for (let i = 0; i < servers.length; i += 1) {
      const turn = (i + round) % servers.length
      const server = servers[turn] as Issuing
      samples[turn]?.push(await sampleOf(client, server, loadOf(server, method, connections, plan.count(connections))))
    }
  }
  const peer = samples[servers.findIndex(s => s.name === 'oidc-provider')] ?? []
  return servers.map(({ name }, i) => {
    const own = samples[i] ?? []
    const ratios = own.map((s, round) => s.perSecond / (peer[round]?.perSecond ?? Number.NaN))
    return { name, method, connections, ...middleOf(own), overPeer: median(ratios) }
  })
}

export const middleOf = (samples: readonly Sample[]) => ({
  p50: median(samples.map(s => s.p50)),
  p99: median(samples.map(s => s.p99)),
  perSecond: median(samples.map(s => s.perSecond)),
  settledPerSecond: median(samples.map(s => s.settledPerSecond)),
  cpu: median(samples.map(s => s.cpu)),
})

export async function sampleOf(client: ChildProcess, { name, child, owed }: Issuing, load: Load): Promise<Sample> {
  const before = cpuTime(child.pid)
  client.send(load)
  const answer = await heard<FromClient>(client)
  if (answer.kind !== 'seen') throw new Error(`${name}: ${answer.kind === 'failed' ? answer.why : 'no answer'}`)
  const { seen } = answer
  if (seen.failed > 0) throw new Error(`${name} refused ${seen.failed} of ${load.count} requests`)
  const done = performance.now()
  while ((await owed()) > 0) await new Promise(resolve => setTimeout(resolve, 5))
  const seconds = load.count / seen.perSecond + (performance.now() - done) / 1000
  return { ...seen, settledPerSecond: load.count / seconds, cpu: (cpuTime(child.pid) - before) / load.count }
}
