import { AsyncLocalStorage } from 'node:async_hooks'

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

const current = new AsyncLocalStorage<Origin>()

/**
 * INVARIANT: nothing decides by it. It goes along with a call so that what is written deep inside says where it came from,
 * without every function in between passing it on.
 */
export const origin = (): Origin | undefined => current.getStore()

export const doing = <T>(from: Origin, work: () => T): T => current.run(from, work)
