import type { Change } from '../../facts/store.ts'

/** Where a change lands: the org whose row the transaction holds, the revision it will get, and the instant. */
export interface Landing {
  readonly org: string
  readonly revision: number
  readonly at: number
}

export type Of<K extends Change['kind']> = Extract<Change, { kind: K }>
