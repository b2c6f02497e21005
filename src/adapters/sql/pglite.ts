import { Worker } from 'node:worker_threads'
import { bodyBeside } from '../threads.ts'
import type { Database, Param, Queryable, Row } from './database.ts'
import { failure, unavailable } from './failure.ts'
import type { PgliteCall, PgliteReply } from './pglite-calls.ts'

const BODY = bodyBeside(import.meta.url, 'pglite-worker')

type Ask =
  | Omit<Extract<PgliteCall, { kind: 'query' }>, 'id'>
  | Omit<Extract<PgliteCall, { kind: 'exec' }>, 'id'>
  | { kind: 'close' }

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void
  readonly reject: (error: Error) => void
}

/**
 * The embedded database, in a thread of its own. It has one connection, so calls outside a transaction wait until it ends.
 * A thread that dies fails all calls from then on with `unavailable`. Keeps the process alive only while a call is running.
 */
export function openPglite(dataDir: string): Database {
  const worker = new Worker(BODY, { workerData: { dataDir }, name: 'pglite', stdout: false, stderr: false })
  const waiting = new Map<number, Waiting>()
  let dead: string | null = null
  let calls = 0

  const die = (why: string): void => {
    dead = dead ?? why
    for (const call of waiting.values()) call.reject(unavailable(why))
    waiting.clear()
  }
  worker.on('error', () => die('crashed'))
  worker.on('exit', () => die('closed'))
  worker.on('message', (reply: PgliteReply) => {
    const call = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (waiting.size === 0) worker.unref()
    if ('rows' in reply) call?.resolve(reply.rows)
    else call?.reject(failure(reply.error))
  })
  worker.unref()

  const ask = (call: Ask): Promise<readonly unknown[]> => {
    if (dead !== null) return Promise.reject(unavailable(dead))
    calls += 1
    const id = calls
    worker.ref()
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...call, id })
    })
  }

  const direct: Queryable = {
    query: async <R extends Row>(sql: string, params: readonly Param[] = []) =>
      (await ask({ kind: 'query', sql, params: params.map(alone) })) as readonly R[],
    exec: async script => {
      await ask({ kind: 'exec', script })
    },
  }

  const tidied = checkpoints(direct, () => calls)
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.then(tidied, tidied)
    return mine
  }

  return {
    query: <R extends Row>(sql: string, params?: readonly Param[]) => inTurn(() => direct.query<R>(sql, params)),
    exec: script => inTurn(() => direct.exec(script)),
    transaction: work => inTurn(() => within(direct, work)),
    close: () =>
      inTurn(async () => {
        if (dead !== null) return
        await ask({ kind: 'close' })
        await worker.terminate()
      }),
  }
}

/** Calls after which it is looked at how long the write-ahead log has become, and the bytes it may have. */
const LOOK_EVERY = 500
const LOG_BYTES = 64 * 2 ** 20

/**
 * Between transactions, now and then, what the write-ahead log says is written to its place: a server has a process for that,
 * and without it the log would grow, and the next start with it, for as long as this one runs.
 */
function checkpoints(direct: Queryable, calls: () => number): () => Promise<void> {
  let looked = 0
  return async () => {
    if (calls() - looked < LOOK_EVERY) return
    looked = calls()
    try {
      const [found] = await direct.query<{ readonly due: boolean }>(
        `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) > $1::float8::numeric as due
           from pg_control_checkpoint()`,
        [LOG_BYTES],
      )
      if (found?.due === true) await direct.exec('checkpoint')
    } catch {
      // The log keeps all of it until the next look.
    }
  }
}

/** Bytes that are a part of more would take all of it along. */
const alone = (param: Param): Param =>
  param instanceof Uint8Array && param.byteLength < param.buffer.byteLength ? new Uint8Array(param) : param

async function within<T>(direct: Queryable, work: (tx: Queryable) => Promise<T>): Promise<T> {
  await direct.exec('begin')
  let result: T
  try {
    result = await work(direct)
  } catch (error) {
    await direct.exec('rollback')
    throw error
  }
  await direct.exec('commit')
  return result
}
