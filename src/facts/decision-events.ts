import { timedId } from '../lib/ids.ts'
import type { AuditEvent } from './audit.ts'
import { ITSELF } from './change-events.ts'

/** Which batch of the decision log is meant, and the SHA-256 of its text and of the bytes that are kept of it. */
export interface LoggedBatch {
  readonly first: string
  readonly last: string
  readonly count: number
  readonly digest: string
  readonly packed: string
}

export const DECISIONS_LOGGED = 'decisions.logged'
export const DECISIONS_ERASED = 'decisions.erased'
/** All batches there were before the chain began. */
export const DECISIONS_ADOPTED = 'decisions.adopted'

/** Holds a batch of decisions in the chain: what is changed in it, or gone, no longer fits its event. */
export const batchEvent = ({ first, last, count, digest, packed }: LoggedBatch, at: number): AuditEvent => ({
  id: timedId('log', at),
  at,
  kind: DECISIONS_LOGGED,
  actor: ITSELF,
  target: `decisions:${first}`,
  data: { count, digest, first, last, packed },
})

/** A batch whose text is another since a person was erased from it. */
export const erasedEvent = (batch: LoggedBatch, was: string, at: number): AuditEvent => ({
  ...batchEvent(batch, at),
  kind: DECISIONS_ERASED,
  data: { ...batch, was },
})
