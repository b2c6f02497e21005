import type { CompareOp } from '../policy/ast.ts'
import type { Token } from './token.ts'

/** The shape of a sentence, before its words are looked up. Every part keeps the tokens it was read from. */

export type Conjunction = 'and' | 'or' | ',' | null

/** One of a list, with the word that joins it to what stands before. */
export interface Joined<T> {
  readonly conj: Conjunction
  readonly mark: Token | null
  readonly intro: Token | null
  readonly node: T
}

export interface Listed<T> {
  readonly items: readonly T[]
  readonly conjs: readonly Conjunction[]
}

export type Words = readonly Token[]

export type Phrase = NounPhrase | NamedPhrase | SomeonePhrase | AnythingPhrase | OfThing

export interface NounPhrase {
  readonly kind: 'noun'
  readonly det: Token | null
  /** `their` in `their documents`. */
  readonly owner: Token | null
  readonly words: Words
  readonly mods: readonly Joined<Mod>[]
}

export interface NamedPhrase {
  readonly kind: 'named'
  readonly token: Token
}

export interface SomeonePhrase {
  readonly kind: 'someone'
  readonly token: Token
  readonly mods: readonly Joined<Mod>[]
}

export interface AnythingPhrase {
  readonly kind: 'anything'
  readonly token: Token
}

/** `the document's owner`. */
export interface OfThing {
  readonly kind: 'of-thing'
  readonly of: Words
  readonly words: Words
}

export type TermNode =
  | { readonly kind: 'pronoun'; readonly token: Token }
  | { readonly kind: 'own'; readonly owner: Token; readonly words: Words }
  | { readonly kind: 'the'; readonly words: Words }
  | { readonly kind: 'bare'; readonly words: Words }
  | { readonly kind: 'named'; readonly token: Token }
  | OfThing
  | { readonly kind: 'any'; readonly type: Words; readonly term: TermNode; readonly relation: Words }

/** An attribute of someone or something: `owner` for `their amount`, `of` for `the payment's amount`. */
export interface RefNode {
  readonly kind: 'ref'
  readonly owner: Token | null
  readonly of: Words
  readonly name: Words
}

export interface Comparison {
  readonly not: boolean
  readonly op: CompareOp | 'is' | 'one-of'
  /** A token of class `value` or `values`, or another attribute. */
  readonly right: Token | RefNode
}

export type Mod =
  | { readonly kind: 'not'; readonly of: Mod }
  | { readonly kind: 'participle'; readonly token: Token; readonly preposition: Token; readonly term: TermNode }
  | { readonly kind: 'in' | 'of'; readonly token: Token; readonly term: TermNode }
  | { readonly kind: 'amount'; readonly op: CompareOp; readonly value: Token }
  | { readonly kind: 'attribute'; readonly name: Words; readonly comparison: Comparison }
  | { readonly kind: 'as'; readonly term: TermNode; readonly relation: Words }
  | { readonly kind: 'verb'; readonly words: Words }
  | { readonly kind: 'held'; readonly relation: Words }
  | { readonly kind: 'member'; readonly relation: Words; readonly term: TermNode }
  | { readonly kind: 'such'; readonly clauses: readonly Joined<Clause>[] }

export type Clause =
  | { readonly kind: 'not'; readonly of: Clause }
  | { readonly kind: 'group'; readonly clauses: readonly Joined<Clause>[] }
  | { readonly kind: 'weekdays'; readonly days: Token; readonly zone: Token | null }
  | { readonly kind: 'hours'; readonly from: Token | null; readonly to: Token | null; readonly zone: Token | null }
  | {
      readonly kind: 'date'
      readonly op: 'on' | 'before' | 'after' | 'from' | 'until'
      readonly date: Token
      readonly zone: Token | null
    }
  | { readonly kind: 'dates'; readonly from: Token; readonly to: Token; readonly zone: Token | null }
  | { readonly kind: 'schedule' | 'network' | 'ranges' | 'covered'; readonly token: Token }
  | { readonly kind: 'compared'; readonly ref: RefNode; readonly comparison: Comparison }
  | { readonly kind: 'role'; readonly actor: TermNode; readonly relation: Words; readonly term: TermNode }
  | {
      readonly kind: 'done'
      readonly actor: TermNode
      readonly token: Token
      readonly preposition: Token
      readonly term: TermNode
    }
  | { readonly kind: 'actor-in'; readonly actor: TermNode; readonly token: Token; readonly term: TermNode }

export interface Predicate {
  /** Null for `do anything`. */
  readonly verbs: readonly Token[] | null
  /** Null where the sentence names none: anything. */
  readonly resources: Listed<Phrase> | null
}

export interface RuleNode {
  readonly kind: 'rule'
  readonly effect: 'permit' | 'forbid' | 'only' | 'approval'
  /** Null for `nobody`. */
  readonly subjects: Listed<Phrase> | null
  readonly predicate: Predicate
  readonly tail: readonly Joined<Clause>[]
  readonly approver: Phrase | null
}

export interface AttributeNode {
  readonly name: Words
  readonly type: 'money' | 'choice' | 'kind'
  /** The currency, the choices or the kind. */
  readonly token: Token
}

export type DefinitionNode =
  | {
      readonly kind: 'noun-is'
      readonly det: Token | null
      readonly words: Words
      readonly be: Token
      readonly phrase: NounPhrase
    }
  | { readonly kind: 'name-is'; readonly words: Words; readonly token: Token }
  | { readonly kind: 'network-is'; readonly words: Words; readonly token: Token }
  | {
      readonly kind: 'hours-are'
      readonly words: Words
      readonly from: Token
      readonly to: Token
      readonly days: Token | null
      readonly zone: Token | null
    }
  | {
      readonly kind: 'attributes-are'
      readonly det: Token | null
      readonly words: Words
      readonly has: Token
      readonly attributes: readonly AttributeNode[]
    }
