import type { TaskFacts } from './budget.ts'
import type { Stands, Window } from './charge.ts'
import type { Entity } from './entity.ts'
import type { Json, JsonObject } from './json.ts'

/** One entity, or a set of which some member will do. */
export type Holder = { readonly kind: 'entity'; readonly entity: Entity } | EntitySet
export type EntitySet = SomeHolder | HolderOf

/** The entities of `type` on which some member of `of` holds `relation`. */
export interface SomeHolder {
  readonly kind: 'some'
  readonly type: string
  readonly relation: string
  readonly of: Holder
}

/** The entities of `type` that hold `relation` on some member of `on`. */
export interface HolderOf {
  readonly kind: 'holder'
  readonly type: string
  readonly relation: string
  readonly on: Holder
}

/** What the engine asks of the stored world. A fact is an answered question. */
export type Question = RelationQuestion | AttributeQuestion | GrantQuestion | MeterQuestion | TaskQuestion

/**
 * Does some member of `user` hold `relation` on some member of `object`? A member of a `some` holds it by itself or as
 * the set of those who hold the `some`'s relation on it; every other by itself.
 */
export interface RelationQuestion {
  readonly kind: 'relation'
  readonly object: Entity | EntitySet
  readonly relation: string
  readonly user: Holder
}

export interface AttributeQuestion {
  readonly kind: 'attribute'
  readonly entity: Entity
  readonly name: string
}

/** Has an approver said yes to exactly this? */
export interface GrantQuestion {
  readonly kind: 'grant'
  readonly subject: Entity
  /** Whom the subject acts for; null where it is the subject of the request. */
  readonly principal: Entity | null
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: Entity
  /** The rule that asked for the approval; null: what was approved though no rule asked. */
  readonly rule: string | null
}

/** A yes that was not taken back. Whether its task is at work, its time runs and a use is left is for the call to say. */
export interface GrantFact {
  readonly id: string
  /** Only for what is done for this task; null: for any, and for none. */
  readonly task: string | null
  /** How often it may be used in all. */
  readonly uses: number
  /** When it ends, in milliseconds since the epoch. */
  readonly until: number
  /** What the call must say of the resource: the very words that were approved. */
  readonly given?: JsonObject
  /** Who said yes to what, in a sentence. */
  readonly says: string
}

/** What does a meter stand at? Asked of `Facts.stands` while a call is settled, and recorded with what it said. */
export interface MeterQuestion {
  readonly kind: 'meter'
  readonly counter: string
  readonly window: Window
}

/** What does a task bring to a decision? Asked of `Facts.task` while a call is settled, and recorded. */
export interface TaskQuestion {
  readonly kind: 'task'
  readonly id: string
}

/** A stored tuple in OpenFGA's words; `user` is `type:id`, `type:*` or `type:id#relation`. */
export interface TupleText {
  readonly object: string
  readonly relation: string
  readonly user: string
}

export type Truth = 'yes' | 'no' | 'unknown'

/** Conditions an answer waits for, each with what is stored for it. Three-valued, whatever the order of the parts. */
export type When =
  | { readonly kind: 'condition'; readonly name: string; readonly context: JsonObject }
  | { readonly kind: 'any' | 'all'; readonly of: readonly When[] }
  | { readonly kind: 'not'; readonly of: When }
  | { readonly kind: 'unknown'; readonly why: string }

/** Evaluates a condition of the model the facts were read under, in a call's context. `why` goes with unknown. */
export type ConditionTest = (
  name: string,
  stored: JsonObject,
  context: JsonObject,
) => { readonly truth: Truth; readonly why?: string }

/**
 * `proof` lists the tuples that make a yes; it is asked for only when someone wants to read it.
 * `missing` lists the fewest tuples that, written, would make a no a yes, null where nothing near would; it too is asked
 * for only by a reader, and at once, as it looks at what is stored by then.
 * `why` says what could not be had for an unknown: a limit, a store that is away, a missing resource id. `when` says
 * what conditions would make of an unknown, once there is a call to evaluate them in.
 */
export type Answer =
  | {
      readonly kind: 'truth'
      readonly truth: Truth
      readonly proof?: () => readonly TupleText[]
      readonly missing?: () => readonly TupleText[] | null
      readonly why?: string
      readonly when?: When
    }
  /** Answers for grants: any one of these may do. A truth may answer as well where a rule asked and nobody counts uses. */
  | { readonly kind: 'grants'; readonly grants: readonly GrantFact[] }
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly why: string }

/** An answered question, as a decision records it. */
export interface Fact {
  readonly question: Question
  readonly answer: Answer
}

/** Answers a question at once, or undefined when it must be fetched first. Must give one answer to one question. */
export interface Facts {
  answer(question: Question): Answer | undefined
  /** Without it, what waits for conditions is unknown. */
  readonly condition?: ConditionTest | undefined
  /** Without it, what waits for meters is unknown. */
  readonly stands?: Stands | undefined
  /** What is known of the caller's task. Without it, what waits for its budget is unknown. */
  readonly task?: ((id: string) => TaskFacts | undefined) | undefined
}
