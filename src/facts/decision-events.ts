import { timedId } from '../lib/ids.ts'
import type { AuditEvent } from './audit.ts'
import { ITSELF } from './change-events.ts'

/** Which batch of the decision log is meant, and the SHA-256 of its text. */
export interface LoggedBatch {
  readonly first: string
  readonly last: string
  readonly count: number
  readonly digest: string
}

export const DECISIONS_LOGGED = 'decisions.logged'

/** Holds a batch of decisions in the chain: what is changed in it, or gone, no longer fits its event. */
export const batchEvent = ({ first, last, count, digest }: LoggedBatch, at: number): AuditEvent => ({
  id: timedId('log', at),
  at,
  kind: DECISIONS_LOGGED,
  actor: ITSELF,
  target: `decisions:${first}`,
  data: { count, digest, first, last },
})
