import type { JsonObject } from '../policy/json.ts'

export const OUTCOMES = ['success', 'denied', 'failure', 'pending'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Something that was done: kind `token.issued`, by whom, to what, and what else is worth knowing. Never a secret. */
export interface AuditEvent {
  /** Sorts by time. */
  readonly id: string
  readonly at: number
  readonly kind: string
  /** Who acted itself, as an entity such as `agent:research-bot`: the last of the chain. */
  readonly actor: string
  readonly target: string
  readonly data: JsonObject
  /** On whose behalf; left out, the actor's own. */
  readonly subject?: string
  /** Who acts for the subject, nearest to it first; the actor is the last. */
  readonly chain?: readonly string[]
  readonly task?: string | null
  readonly decision?: string | null
  /** Left out: `success`. */
  readonly outcome?: Outcome
  /** W3C trace id, or the id of the request, that it was done in. */
  readonly trace?: string | null
  readonly ip?: string | null
  /** More members of `data`, by the entity they tell of: they can be erased. Lists of one name are put together. */
  readonly persons?: Readonly<Record<string, JsonObject>>
}

/** An event in the chain of its org. */
export interface ChainedEvent extends AuditEvent {
  /** From 1 without gaps. */
  readonly seq: number
  readonly link: AuditLink
}

/**
 * How an event hangs in the chain. What the hash was made of is `open`, the canonical text of what tells of no person, and
 * `sealed`, a commitment to each part that does.
 */
export interface AuditLink {
  readonly prevHash: string
  readonly hash: string
  readonly open: string
  readonly sealed: readonly string[]
  /** What opens each commitment; null where it was erased. */
  readonly parts: readonly (PersonalPart | null)[]
}

/** What an event tells of one person, or of whoever else it was about. */
export interface PersonalPart {
  readonly of: string
  readonly members: JsonObject
  readonly salt: string
}

/** An event on its way into the store: all of it but its place in a chain. */
export interface SealedEvent {
  readonly id: string
  readonly at: number
  readonly kind: string
  readonly outcome: Outcome
  readonly actor: string
  /** Everybody and everything it is found by. */
  readonly names: readonly string[]
  /** As in `AuditLink`; the parts as the text of an array. */
  readonly open: string
  readonly sealed: readonly string[]
  readonly parts: string
}

/** Events on their way into the store. */
export interface AuditBatch {
  readonly count: number
  readonly events: readonly SealedEvent[]
}

export interface AuditQuery {
  readonly limit: number
  /** Only events strictly before this place in the chain, newest first. */
  readonly before: number | null
  readonly kind: string | null
  readonly kinds?: readonly string[]
  /** Who acted itself. */
  readonly actor?: string
  /** Whom the event names in any place: as actor, subject, in the chain, as target, task or decision. Each must be. */
  readonly names?: readonly string[]
  readonly outcome?: Outcome
  /** Milliseconds since the epoch; `until` itself is left out. */
  readonly from?: number
  readonly until?: number
  /** Passed over before the first. */
  readonly skip?: number
  /** Any but these. */
  readonly notKinds?: readonly string[]
}

/** The end of an org's chain; `seq` is 0 where it has none yet. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

/** Where audit events go: `append` neither waits nor throws. */
export interface AuditLog {
  append(org: string, event: () => AuditEvent): void
  /** The queue is at its mark: nothing more should be done that is to be audited. */
  full(): boolean
}

/** The org's word, signed, that its chain was this up to a place. */
export interface Checkpoint {
  readonly seq: number
  readonly hash: string
  readonly at: number
  readonly jws: string
}

/** An event with what the store finds it by: both must say the same. */
export interface StoredEvent {
  readonly chained: ChainedEvent
  readonly found: Readonly<Record<'id' | 'kind' | 'outcome', string>> & {
    readonly at: number
    readonly actor: string | null
    /** Numbers of names, as text. */
    readonly names: readonly string[]
  }
}

/** A batch of the decision log as it is there, with its text and what it is found by. */
export interface StoredBatch {
  readonly first: string
  readonly last: string
  readonly count: number
  /** Where its event is in the chain. */
  readonly seq: number | null
  /** What the store finds it by, in one text; and the same made of its text anew. */
  readonly found: string
  readonly made: string
  readonly text: string
  /** SHA-256 of the bytes as they are kept. */
  readonly packed: string
}

/** Parts of an event that are to go, and what it is found by without them. */
export interface Erasure {
  readonly seq: number
  /** Places in its parts. */
  readonly erased: readonly number[]
  readonly actor: string | null
  readonly names: readonly string[]
}

export interface AuditStats {
  readonly kinds: readonly { readonly kind: string; readonly outcome: Outcome; readonly count: number }[]
  readonly days: readonly { readonly day: string; readonly count: number }[]
}

export interface AuditStore {
  /** Adds events to the end of the org's chain; the same may be appended again, each is kept once. */
  appendAudit(org: string, batch: AuditBatch): Promise<void>
  /** Newest first. */
  audit(org: string, query: AuditQuery): Promise<readonly ChainedEvent[]>
  /** Events after a place in the chain, oldest first, at most `limit`. */
  auditSince(org: string, seq: number, limit: number): Promise<readonly ChainedEvent[]>
  auditHead(org: string): Promise<AuditHead>
  auditEvent(org: string, which: { readonly id: string } | { readonly seq: number }): Promise<ChainedEvent | null>
  auditStats(org: string, from: number, until: number): Promise<AuditStats>
  /** As `auditSince`, for whoever doubts the store. */
  auditStored(org: string, seq: number, limit: number): Promise<readonly StoredEvent[]>
  /** Batches of decisions in the order of their keys, after one. */
  decisionBatches(
    org: string,
    after: Pick<StoredBatch, 'first' | 'last' | 'count'> | null,
    limit: number,
  ): Promise<readonly StoredBatch[]>

  checkpoints(org: string, after: number, limit: number): Promise<readonly Checkpoint[]>
  /** Keeps a checkpoint with the event that tells of it; false where there is one of that place already. */
  addCheckpoint(org: string, checkpoint: Checkpoint, event: AuditEvent): Promise<boolean>
  /** Orgs with so many events since their last checkpoint, or some and none since an instant, across orgs. */
  checkpointsDue(events: number, before: number, limit: number): Promise<readonly string[]>

  /** Orgs with events older than they keep them, up to a checkpoint, and for how long they do, across orgs. */
  auditExpired(
    now: number,
    standardDays: number,
    limit: number,
  ): Promise<readonly { readonly org: string; readonly days: number }[]>
  /** Removes all up to a checkpoint, with the batches of decisions told of there. How many events. */
  dropAudit(org: string, through: number, event: AuditEvent): Promise<number>
  eraseAudit(org: string, erasures: readonly Erasure[]): Promise<void>
  /** Erases a user from the decision log, batch by batch, and from what their registration was before; how many decisions. */
  eraseDecisions(org: string, user: string, at: number): Promise<number>
}
