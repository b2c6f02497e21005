import { AsyncLocalStorage } from 'node:async_hooks'
import type { Span } from './span.ts'

/** Who does what is being done right now, and in which request: for the record alone. */
export interface Origin {
  /** As entities: who acts itself, on whose behalf, and through whom. Null where the caller is not known yet. */
  readonly actor: string | null
  readonly subject?: string | undefined
  readonly chain?: readonly string[] | undefined
  readonly task?: string | null
  /** W3C trace id, else the id of the request. */
  readonly trace: string | null
  readonly ip: string | null
}

/** What goes along with a call. It is made when it is asked for: most calls write nothing, or their trace alone. */
export interface Going {
  readonly origin: () => Origin
  readonly trace: () => string | null
  /** The span of the request; null where it is not traced. */
  readonly span: Span | null
}

const current = new AsyncLocalStorage<Going>()

/**
 * INVARIANT: nothing decides by it. It goes along with a call so that what is written deep inside says where it came from,
 * without every function in between passing it on.
 */
export const origin = (): Origin | undefined => current.getStore()?.origin()

/** The trace of the origin; undefined where there is no origin. */
export const trace = (): string | null | undefined => current.getStore()?.trace()

/** The span that what is done right now is part of. */
export const span = (): Span | null => current.getStore()?.span ?? null

export const doing = <T>(going: Going, work: () => T): T => current.run(going, work)
