import type { Origin } from '../lib/origin.ts'
import type { Entity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { AuditStore } from './audit.ts'
import type { ChangedOrgs } from './changed-orgs.ts'
import type { DeliveryStore } from './deliveries.ts'
import type { Engine } from './engine.ts'
import type { DecisionRow, Loggable } from './logged.ts'
import type { Registered, RegisteredKind } from './registry.ts'
import type { TranslationRow } from './translation-row.ts'
import type { UsedIds } from './used-ids.ts'

export { answersAway, type Engine } from './engine.ts'
export type { DecisionRow } from './logged.ts'
export type { Notifier } from './notifier.ts'
export { StoreError, type StoreErrorCode } from './store-error.ts'
export type { TranslationRow } from './translation-row.ts'

/** `slug` is the name in URLs, immutable and never reused; `zone` is an IANA time zone. */
export interface Org {
  readonly slug: string
  readonly name: string
  readonly zone: string
}

/** What a key may do is said by the shipped rules, in terms of its role. A null org is a key of the whole instance. */
export interface KeyRecord {
  readonly id: string
  readonly org: string | null
  readonly name: string
  readonly role: string
  /** SHA-256 of the whole key, hex. The key itself is kept nowhere. */
  readonly hash: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly revokedAt: number | null
}

export interface StoredTuple extends TupleText {
  /** OpenFGA condition name and its stored context. */
  readonly condition: { readonly name: string; readonly context: JsonObject } | null
}

/**
 * An OpenFGA store of an org beside the one its policies use. Its model and tuples are kept as those of an org of their
 * own, whose slug is `spaceOf` the two; what decides for the org itself knows nothing of them.
 */
export interface RelationStore {
  readonly id: string
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly deletedAt: number | null
}

/** No slug of an org that a caller may name holds a slash. */
export const spaceOf = (org: string, store: string): string => `${org}/${store}`
export const isSpace = (slug: string): boolean => slug.includes('/')

/** One change of an org's state: what a write asks for, and what the changelog keeps. */
export type Change =
  | { readonly kind: 'model'; readonly id: string; readonly dsl: string }
  | { readonly kind: 'tuples'; readonly writes: readonly StoredTuple[]; readonly deletes: readonly TupleText[] }
  | {
      readonly kind: 'attributes'
      readonly entity: Entity
      readonly set: JsonObject
      readonly unset: readonly string[]
    }
  | {
      readonly kind: 'policy'
      readonly version: number
      readonly text: string
      readonly author: string
      readonly note: string
    }
  | { readonly kind: 'org'; readonly name: string; readonly zone: string }
  | { readonly kind: 'key'; readonly key: KeyRecord }
  | { readonly kind: 'store'; readonly store: RelationStore }
  | {
      readonly kind: 'registered'
      readonly entry: Registered
      /** Who did it, as an entity. */
      readonly by: string
      /** The version it replaces, null for a new one; left out, whatever there is. Else `stale_version`. */
      readonly replaces?: number | null
    }
  | { readonly kind: 'unregistered'; readonly of: RegisteredKind; readonly id: string; readonly by: string }
  /**
   * Null: the org's own tuples answer. `was`: the state it must have until then, null for none; else it fails with
   * `relations_moving`. `feed`: where the server's changes are read from; null leaves that as it is.
   */
  | {
      readonly kind: 'engine'
      readonly engine: Engine | null
      readonly was: Engine['state'] | null
      readonly feed: string | null
    }
  /** What was made of these tuples is no longer sure, whether or not they changed. */
  | { readonly kind: 'stale'; readonly tuples: readonly TupleText[] }

export type TuplesChange = Extract<Change, { readonly kind: 'tuples' }>

/** A change as it was committed. Revisions of an org count from 1 without gaps. */
export interface LoggedChange {
  readonly revision: number
  readonly at: number
  readonly change: Change
}

export interface WriteOptions {
  /**
   * Writing a tuple that exists or deleting one that is missing: `error` refuses the whole write
   * (`tuple_exists`, `tuple_missing`); `ignore` leaves it as it is and out of the changelog.
   */
  readonly onConflict: 'error' | 'ignore'
  /** The same for deleting one that is missing, where that differs. */
  readonly onMissing?: 'error' | 'ignore'
  /** Who does it, for the audit. */
  readonly from?: Origin | undefined
}

export interface PolicyVersion {
  readonly version: number
  readonly text: string
  readonly author: string
  readonly note: string
  readonly publishedAt: number
}

export interface PolicyDraft {
  readonly id: string
  readonly text: string
  readonly author: string
  readonly updatedAt: number
  /** The version its author started from: publishing it over a newer one is a conflict. Null where it was not noted. */
  readonly baseVersion: number | null
}

export interface StoredAttribute {
  readonly entity: Entity
  readonly name: string
  readonly value: Json
}

/** What decides for an org, without what there can be millions of. */
export interface SnapshotHead {
  readonly org: Org
  readonly revision: number
  readonly model: { readonly id: string; readonly dsl: string } | null
  readonly policy: PolicyVersion | null
  readonly keys: readonly KeyRecord[]
  readonly stores?: readonly RelationStore[]
  readonly registered?: readonly Registered[]
  /** Where a server answers, `tuples` is empty. */
  readonly engine?: Engine | null
}

/** All that decides for an org, read at one revision. */
export interface Snapshot extends SnapshotHead {
  readonly attributes: readonly StoredAttribute[]
  readonly tuples: readonly StoredTuple[]
}

/** A snapshot while it is read: what there can be millions of comes in pages, and no page is kept. */
export interface OpenSnapshot {
  readonly head: SnapshotHead
  readonly tupleCount: number
  attributes(): AsyncIterable<readonly StoredAttribute[]>
  tuples(): AsyncIterable<readonly StoredTuple[]>
}

/** Rows on their way into the log: their JSON in UTF-8, which the store keeps and reads back, and what it is found by. */
export interface DecisionBatch {
  readonly count: number
  /** Least and greatest id, as the database holds and orders them. */
  readonly first: string
  readonly last: string
  readonly earliest: number
  readonly latest: number
  readonly effects: ReadonlySet<DecisionRow['effect']>
  readonly subjects: ReadonlySet<string>
  readonly bytes: Uint8Array
}

export interface DecisionQuery {
  readonly limit: number
  /** Only rows strictly older than this row id, newest first. */
  readonly before: string | null
  readonly effect: DecisionRow['effect'] | null
  readonly subject: string | null
  /** Whose they are as subject or actor, or the task they were for, as `taskName` has it. */
  readonly about?: string
}

/**
 * What must last. Every call acts within one org under row-level security; those that cannot name an org first
 * (`orgs`, `org`, `createOrg`, `findKey`, `changedSince`, `recentOrgs`) go through functions the database owner defined
 * for exactly that.
 * Writes of one org are ordered: a write returns once it is durable, with the revision it got.
 */
export interface Store extends AuditStore, DeliveryStore, UsedIds {
  orgs(after: string | null, limit: number): Promise<readonly Org[]>
  org(slug: string): Promise<Org | null>
  /** Fails with `org_exists`. */
  createOrg(org: Org): Promise<Org>
  findKey(id: string): Promise<KeyRecord | null>
  createInstanceKey(key: KeyRecord): Promise<void>

  /**
   * Applies all changes or none. A `policy` change whose version is not the latest plus one fails with
   * `version_conflict`. When nothing really changed (ignored conflicts) the current revision is returned.
   */
  write(org: string, changes: readonly Change[], options: WriteOptions): Promise<number>
  /** Changes after a revision, oldest first, at most `limit`. */
  changes(org: string, after: number, limit: number): Promise<readonly LoggedChange[]>
  revision(org: string): Promise<number>
  /** Where the changes of the org's server are read from; null without one. */
  feed(org: string): Promise<string | null>
  /**
   * Takes over what the server's changes say, in their order, and goes on reading them from `to`: all at once, and only
   * where they were to be read from `from`, so that of several nodes that read the same changes one takes them over. The
   * revision; null where another has done so, or the org has no server.
   */
  follow(org: string, from: string, to: string, changes: readonly TuplesChange[]): Promise<number | null>
  /** A page of the tuples the database holds for the org, whoever answers; `next` begins the one after, null at the end. */
  keptTuples(
    org: string,
    after: string | null,
  ): Promise<{ readonly tuples: readonly StoredTuple[]; readonly next: string | null }>
  /** Stores tuples that are being copied back from a server, beside the changelog. Fails with `relations_moving`. */
  fillTuples(org: string, tuples: readonly StoredTuple[]): Promise<void>
  /** Removes some of the org's tuples a server has; false when none is left. Fails with `relations_moving`. */
  drainTuples(org: string): Promise<boolean>
  /** Reads an org as of one instant; the snapshot is open until `read` settles. */
  readSnapshot<T>(org: string, read: (snapshot: OpenSnapshot) => Promise<T>): Promise<T>
  /** The same all at once, for what is small. */
  snapshot(org: string): Promise<Snapshot>
  /** Every org that may have changed since a horizon this gave before, across orgs; none where there is no horizon yet. */
  changedSince(horizon: string | null): Promise<ChangedOrgs>
  /** Slugs of the orgs written to last, newest first. */
  recentOrgs(limit: number): Promise<readonly string[]>

  /** A model the org has or had; models are never deleted. */
  model(org: string, id: string): Promise<{ readonly id: string; readonly dsl: string } | null>
  /** Newest first; `before` is the id of a model, itself left out. */
  models(org: string, before: string | null, limit: number): Promise<readonly { id: string; dsl: string }[]>
  /** When each of these tuples was written, in milliseconds since the epoch; null for one that is not there. */
  writtenAt(org: string, tuples: readonly TupleText[]): Promise<readonly (number | null)[]>
  /** Assertions that were kept with a model. */
  assertions(org: string, model: string): Promise<readonly JsonObject[]>
  saveAssertions(org: string, model: string, assertions: readonly JsonObject[]): Promise<void>
  versions(org: string, before: number | null, limit: number): Promise<readonly PolicyVersion[]>
  version(org: string, version: number): Promise<PolicyVersion | null>
  saveDraft(org: string, draft: PolicyDraft): Promise<void>
  draft(org: string, id: string): Promise<PolicyDraft | null>
  drafts(org: string, limit: number): Promise<readonly PolicyDraft[]>
  deleteDraft(org: string, id: string): Promise<boolean>

  /** All of the batches or none. The same rows may be appended again, together or one by one: each is read back once. */
  appendDecisions(org: string, batches: readonly DecisionBatch[]): Promise<void>
  decision(org: string, id: string): Promise<DecisionRow | null>
  decisions(org: string, query: DecisionQuery): Promise<readonly DecisionRow[]>

  recordTranslation(org: string, row: TranslationRow): Promise<void>
  translation(org: string, id: string): Promise<TranslationRow | null>
  /** Newest first; `before` is the id of a row, itself left out. */
  translations(org: string, before: string | null, limit: number): Promise<readonly TranslationRow[]>

  /** Resolves when the database answers; fails with `unavailable`. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * Where decisions go: neither `append` nor `lost` waits or throws. INVARIANT: nothing a row holds is changed once it is made.
 */
export interface DecisionLog {
  append(org: string, row: Loggable): void
  /** A decision was made whose row could not be. */
  lost(org: string, error: unknown): void
  /** The queue is at its mark: nothing more should be decided until it drains. */
  full(): boolean
}
