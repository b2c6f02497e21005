import type { ChildProcess } from 'node:child_process'
import { heard } from '../http/children.ts'
import type { FromClient, Load, Seen } from '../http/load.ts'
import { cpuTime, mainThreadTime } from '../http/usage.ts'
import { loadOf, type Questions } from './load.ts'
import type { Condition } from './plan.ts'
import type { Server } from './server.ts'

/** One turn of one server. */
export interface Sample extends Seen {
  /** Requests a second when the time until the last decision is in the log counts too. */
  readonly settledPerSecond: number
  /** Processor time of the server for one request, all its threads, in nanoseconds. */
  readonly cpu: number
  /** Of its main thread alone. */
  readonly mainCpu: number
}

export interface Rounds {
  /** What each server is asked in its turn, one after the other: on a noisy machine only what is near in time can be compared. */
  readonly conditions: readonly Condition[]
  readonly connections: number
  readonly rounds: number
  readonly slotMs: number
}

/** How many questions a process has been asked once: those are not asked again. */
export type AskedOnce = Map<ChildProcess, number>

/** Servers in turns, each round begun by another. Samples by condition and server, one for each round. */
export async function turns(
  client: ChildProcess,
  servers: readonly Server[],
  questions: Questions,
  { conditions, connections, rounds, slotMs }: Rounds,
  once: AskedOnce,
): Promise<readonly (readonly (readonly Sample[])[])[]> {
  const samples = conditions.map(() => servers.map((): Sample[] => []))
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < servers.length; i += 1) {
      const at = (i + round) % servers.length
      const server = servers[at] as Server
      for (const [n, condition] of conditions.entries()) {
        const askedOnce = once.get(server.child) ?? 0
        const turn = { condition, connections, forMs: slotMs, askedOnce }
        const sample = await put(client, server, loadOf(server, questions, turn))
        if (condition.asked === 'cold') once.set(server.child, askedOnce + sample.sent)
        samples[n]?.[at]?.push(sample)
      }
    }
  }
  return samples
}

/** Fails where a request is refused, or an answer is not what it must be. */
export async function put(client: ChildProcess, server: Server, load: Load): Promise<Sample> {
  const { name, child, owed } = server
  const before = [cpuTime(child.pid), mainThreadTime(child.pid)] as const
  client.send(load)
  const answer = await heard<FromClient>(client)
  if (answer.kind !== 'seen') throw new Error(`${name}: ${answer.kind === 'failed' ? answer.why : 'no answer'}`)
  const { seen } = answer
  if (seen.failed > 0) throw new Error(`${name} refused ${seen.failed} of ${seen.sent} requests: ${seen.failure}`)
  if (seen.wrong > 0) throw new Error(`${name} answered ${seen.wrong} of ${seen.sent} wrongly: ${seen.failure}`)
  const done = performance.now()
  const seconds = seen.sent / seen.perSecond + (owed === null ? 0 : (await restOf(child, owed)) - done) / 1000
  return {
    ...seen,
    settledPerSecond: seen.sent / seconds,
    cpu: (cpuTime(child.pid) - before[0]) / seen.sent,
    mainCpu: (mainThreadTime(child.pid) - before[1]) / seen.sent,
  }
}

/** How long a process must have taken no processor time to be asked whether it is done, in milliseconds. */
const AT_REST = 60

/**
 * When a process that still writes its log came to rest. It is watched from outside, and asked only then: asking costs
 * more than some of what is measured.
 */
async function restOf(child: ChildProcess, owed: () => Promise<number>): Promise<number> {
  let taken = cpuTime(child.pid)
  let busyAt = performance.now()
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 5))
    const now = cpuTime(child.pid)
    if (now > taken) {
      taken = now
      busyAt = performance.now()
    } else if (performance.now() - busyAt > AT_REST && (await owed()) === 0) {
      return busyAt
    }
  }
}
