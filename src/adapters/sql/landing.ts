import type { Change, Engine } from '../../facts/store.ts'

/** Where a change lands: the org whose row the transaction holds, the revision it will get, and the instant. */
export interface Landing {
  readonly org: string
  readonly revision: number
  readonly at: number
  /** What the org has by then, earlier changes of the same write included. */
  readonly engine: Engine | null
}

export type Of<K extends Change['kind']> = Extract<Change, { kind: K }>
