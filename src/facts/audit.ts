import type { JsonObject } from '../policy/json.ts'

/** Something that was done: kind `token.issued`, by whom, to what, and what else is worth knowing. Never a secret. */
export interface AuditEvent {
  /** Sorts by time. */
  readonly id: string
  readonly at: number
  readonly kind: string
  /** An entity, such as `agent:research-bot`. */
  readonly actor: string
  readonly target: string
  readonly data: JsonObject
}

/** Events on their way into the store: a JSON array. */
export interface AuditBatch {
  readonly count: number
  readonly text: string
}

export interface AuditQuery {
  readonly limit: number
  /** Only events strictly older than this one, newest first. */
  readonly before: string | null
  readonly kind: string | null
}

/** Where audit events go: `append` neither waits nor throws. */
export interface AuditLog {
  append(org: string, event: () => AuditEvent): void
  /** The queue is at its mark: nothing more should be done that is to be audited. */
  full(): boolean
}

export interface AuditStore {
  /** Events are only ever added; the same may be appended again, each is kept once. */
  appendAudit(org: string, batch: AuditBatch): Promise<void>
  audit(org: string, query: AuditQuery): Promise<readonly AuditEvent[]>
}
