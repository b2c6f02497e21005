import type { Entity } from './entity.ts'
import type { Json } from './json.ts'

/** Who a relation is asked of: an entity, or some entity of `type` on which `of` holds `relation`. */
export type Holder = { readonly kind: 'entity'; readonly entity: Entity } | SomeHolder

export interface SomeHolder {
  readonly kind: 'some'
  readonly type: string
  readonly relation: string
  readonly of: Holder
}

/** What the engine asks of the stored world. A fact is an answered question. */
export type Question = RelationQuestion | AttributeQuestion | GrantQuestion

/**
 * Does `user` hold `relation` on `object`? For a `some` holder: is there an entity of its type on which `of` holds its
 * relation, such that the entity itself, or the set of those who hold that relation on it, holds `relation` on `object`?
 */
export interface RelationQuestion {
  readonly kind: 'relation'
  readonly object: Entity
  readonly relation: string
  readonly user: Holder
}

export interface AttributeQuestion {
  readonly kind: 'attribute'
  readonly entity: Entity
  readonly name: string
}

/** Has an approver said yes to exactly this (a live grant, with uses left)? */
export interface GrantQuestion {
  readonly kind: 'grant'
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: Entity
  /** The rule that asked for the approval. */
  readonly rule: string
}

/** A stored tuple in OpenFGA's words; `user` is `type:id`, `type:*` or `type:id#relation`. */
export interface TupleText {
  readonly object: string
  readonly relation: string
  readonly user: string
}

export type Truth = 'yes' | 'no' | 'unknown'

/**
 * `proof` lists the tuples that make a yes; it is asked for only when someone wants to read it.
 * `why` says what could not be had for an unknown: a limit, a store that is away, a missing resource id.
 */
export type Answer =
  | {
      readonly kind: 'truth'
      readonly truth: Truth
      readonly proof?: () => readonly TupleText[]
      readonly why?: string
    }
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
}
