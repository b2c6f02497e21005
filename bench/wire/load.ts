import type { Load } from '../http/load.ts'
import type { Asked, Asker } from './asked.ts'
import { writtenFor } from './asked.ts'
import type { Condition } from './plan.ts'
import type { Server } from './server.ts'

/** Questions of a batch: as many as the servers take unless they are told otherwise. */
export const BATCH_SIZE = 50

/** Relations that are written and deleted, round and round. */
const WRITTEN = 2_048

/** Most questions of one turn that are asked for the first time, by connections. */
const COLD = (connections: number): number => (connections === 1 ? 3_000 : 12_000)

/** What servers of one world are asked. */
export interface Questions {
  readonly warm: readonly Asked[]
  readonly batches: readonly (readonly Asked[])[]
  /** From the `from`th of those that are asked once. */
  readonly once: (from: number, count: number) => readonly Asked[]
}

export function questionsOf(asker: Asker, warm: number, batches: number): Questions {
  const once: Asked[] = []
  return {
    warm: asker.next(warm),
    batches: asker.groups(batches, BATCH_SIZE),
    once(from, count) {
      if (once.length < from + count) once.push(...asker.next(from + count - once.length))
      return once.slice(from, from + count)
    },
  }
}

export interface Turn {
  readonly condition: Condition
  readonly connections: number
  readonly forMs: number
  /** How many questions this server has been asked once. */
  readonly askedOnce: number
}

export function loadOf(server: Server, questions: Questions, turn: Turn): Load {
  const { condition, connections, forMs } = turn
  const { port, headers, protocol } = server
  const common = {
    port,
    headers,
    ...(protocol !== undefined && { protocol }),
    connections,
    forMs,
    count: Number.MAX_SAFE_INTEGER,
  }
  switch (condition.asked) {
    case 'batch': {
      const { path, sign, body } = server.batch
      const times = questions.batches.map(batch => batch.filter(one => one.allowed).length)
      return { ...common, path, bodies: questions.batches.map(body), expects: { sign, times } }
    }
    case 'cold': {
      const asked = questions.once(turn.askedOnce, COLD(connections))
      return { ...common, ...singles(server, asked), count: asked.length }
    }
    case 'warm':
      return {
        ...common,
        ...singles(server, questions.warm),
        order: 'zipf',
        ...(condition.writesEvery !== null && { writes: writesOf(server, questions, condition.writesEvery) }),
      }
  }
}

/** Every question once: to see that the answers are right. */
export const everyOne = (server: Server, { warm }: Questions): Load => ({
  port: server.port,
  headers: server.headers,
  ...(server.protocol !== undefined && { protocol: server.protocol }),
  connections: 8,
  count: warm.length,
  ...singles(server, warm),
})

const singles = ({ single }: Server, asked: readonly Asked[]) => ({
  path: single.path,
  bodies: asked.map(single.body),
  expects: { sign: single.sign, times: asked.map(one => (one.allowed ? 1 : 0)) },
})

function writesOf({ name, write }: Server, { warm }: Questions, every: number): NonNullable<Load['writes']> {
  if (write === null) throw new Error(`${name} stores no relations`)
  const pairs = writtenFor(warm, WRITTEN).map(write.pair)
  return { every, path: write.path, headers: write.headers, pairs }
}
