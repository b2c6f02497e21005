import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { Configuration, CredentialsMethod, OpenFgaApi } from '@openfga/sdk'
import type { z } from 'zod'
import { ServerError } from '../../facts/server.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { type CallFault, callFault } from './fault.ts'
import { createGate } from './gate.ts'

/** Where a server is, and how long it is waited for. */
export interface OpenfgaTarget {
  readonly url: string
  readonly token: string | null
  /** Longest wait for one answer, all its tries. */
  readonly timeoutMs: number
  /** More tries of what may be asked twice. */
  readonly retries: number
  /** Calls under way at once. */
  readonly concurrency: number
}

/** What is passed to the SDK with a call. */
export interface Options {
  readonly signal: AbortSignal
  readonly [option: string]: unknown
}

export interface CallHow {
  readonly operation: string
  /** A write is made once, and what is not answered is not known. */
  readonly writing?: boolean
  readonly timeoutMs?: number
}

/** Calls of one server, by what became of them. */
export interface CallCounts {
  readonly calls: ReadonlyMap<string, { answered: number; failed: number }>
  readonly open: boolean
}

export interface Caller {
  /** Makes a call, reads its answer, tries again where that is safe. Fails with a `ServerError`. */
  call<T>(how: CallHow, make: (api: OpenFgaApi, options: Options) => Promise<unknown>, schema: z.ZodType<T>): Promise<T>
  readonly counts: CallCounts
  close(): void
}

const FIRST_WAIT_MS = 50
const MOST_BYTES = 32 * 1024 * 1024

export function createCaller(target: OpenfgaTarget): Caller {
  const { url, token, timeoutMs: usual, retries, concurrency } = target
  const credentials = token === null ? undefined : { method: CredentialsMethod.ApiToken, config: { token } }
  const api = new OpenFgaApi(
    new Configuration({
      apiUrl: url,
      ...(credentials !== undefined && { credentials: credentials as never }),
      retryParams: { maxRetry: 0, minWaitInMs: 1 },
    }),
  )
  const agents = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) }
  const fixed = { ...agents, proxy: false, maxRedirects: 0, maxContentLength: MOST_BYTES, timeout: 0 }
  const breaker: Breaker = createBreaker()
  const gate = createGate(concurrency)
  const calls = new Map<string, { answered: number; failed: number }>()

  const once = async <T>(
    { operation, writing = false }: CallHow,
    make: (api: OpenFgaApi, options: Options) => Promise<unknown>,
    schema: z.ZodType<T>,
    within: number,
  ): Promise<T | CallFault> => {
    if (!breaker.admits()) {
      const why = 'it has failed several times in a row and is left alone for a moment'
      return { error: new ServerError('unavailable', why), away: false }
    }
    const count = calls.get(operation) ?? { answered: 0, failed: 0 }
    calls.set(operation, count)
    try {
      const answer = await timed(options => make(api, options), fixed, within)
      const read = schema.safeParse(answer)
      if (!read.success) throw new ServerError(writing ? 'unknown' : 'unavailable', 'its answer cannot be read')
      breaker.succeeded()
      count.answered += 1
      return read.data
    } catch (error) {
      const fault = callFault(error, writing)
      if (fault.away) breaker.failed()
      else breaker.succeeded()
      count.failed += 1
      return fault
    }
  }

  return {
    async call(how, make, schema) {
      const { writing = false, timeoutMs = usual } = how
      const tries = writing ? 1 : retries + 1
      const deadline = Date.now() + timeoutMs
      if (!(await gate.enter(timeoutMs))) throw new ServerError('unavailable', 'too many calls wait for it')
      try {
        for (let tried = 1; ; tried++) {
          const left = deadline - Date.now()
          // A try that hangs leaves time for the next.
          const within = tried < tries ? Math.max(1, Math.min(left, timeoutMs / 2)) : Math.max(1, left)
          const found = await once(how, make, schema, within)
          if (!isFault(found)) return found
          const wait = Math.random() * FIRST_WAIT_MS * 2 ** tried
          if (!found.away || tried >= tries || Date.now() + wait >= deadline) throw found.error
          await sleep(wait)
        }
      } finally {
        gate.leave()
      }
    },
    counts: {
      calls,
      get open() {
        return breaker.open
      },
    },
    close() {
      agents.httpAgent.destroy()
      agents.httpsAgent.destroy()
    },
  }
}

const isFault = (found: unknown): found is CallFault =>
  typeof found === 'object' && found !== null && 'error' in found && found.error instanceof ServerError

/** Ends at the deadline whatever the client does: a stream that drips is cut as well. */
async function timed(make: (options: Options) => Promise<unknown>, fixed: object, within: number): Promise<unknown> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), within)
  try {
    return await make({ ...fixed, signal: ending.signal })
  } finally {
    clearTimeout(timer)
  }
}
