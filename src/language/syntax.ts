import type { CompareOp, DurationUnit, Region } from '../policy/ast.ts'
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

export type Phrase =
  | NounPhrase
  | NamedPhrase
  | SomeonePhrase
  | AnythingPhrase
  | OfThing
  /** `it`, `them`, `they`: whom or what the sentence before is about; so does a bare `access`. */
  | { readonly kind: 'pronoun'; readonly token: Token }
  | { readonly kind: 'grouped'; readonly list: Listed<Phrase> }
  | { readonly kind: 'except'; readonly token: Token; readonly of: Listed<Phrase>; readonly but: Listed<Phrase> }
  | { readonly kind: 'acting'; readonly token: Token; readonly actor: Listed<Phrase>; readonly for: Listed<Phrase> }

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
  readonly of: TermNode
  readonly words: Words
}

export type TermNode =
  | { readonly kind: 'pronoun'; readonly token: Token }
  /** `any of the eng and ops teams`: the quantifier, then the names. */
  | { readonly kind: 'several'; readonly token: Token }
  | { readonly kind: 'own'; readonly owner: Token; readonly words: Words }
  | { readonly kind: 'the'; readonly words: Words }
  /** `a document`, which what follows may take up. */
  | { readonly kind: 'a'; readonly words: Words }
  | { readonly kind: 'bare'; readonly words: Words }
  | { readonly kind: 'named'; readonly token: Token }
  | OfThing
  | { readonly kind: 'any'; readonly type: Words; readonly term: TermNode; readonly relation: Words }
  | { readonly kind: 'any-holder'; readonly type: Words; readonly term: TermNode; readonly relation: Words }
  /** `a folder shared with their team`; `preposition` is null for `a folder in the finance org`. */
  | {
      readonly kind: 'nested'
      readonly type: Words
      readonly token: Token
      readonly preposition: Token | null
      readonly term: TermNode
    }
  /** `the owner of the document`. */
  | { readonly kind: 'holder-of'; readonly words: Words; readonly term: TermNode }

/** An attribute of someone or something: `owner` for `their amount`, `of` for `the payment's amount`. */
export interface RefNode {
  readonly kind: 'ref'
  readonly owner: Token | null
  readonly of: Words
  readonly name: Words
}

export interface Comparison {
  readonly not: boolean
  readonly op: CompareOp | 'is' | 'one-of' | 'compared'
  /** A token of class `value`, `values` or, with `compared`, of class `compared`; or another attribute. */
  readonly right: Token | RefNode
}

export type Mod =
  | { readonly kind: 'not'; readonly of: Mod }
  | { readonly kind: 'participle'; readonly token: Token; readonly preposition: Token; readonly term: TermNode }
  | { readonly kind: 'in' | 'of'; readonly token: Token; readonly term: TermNode }
  | { readonly kind: 'amount'; readonly op: CompareOp; readonly value: Token }
  | { readonly kind: 'detail'; readonly token: Token; readonly detail: Detail }
  | { readonly kind: 'attribute'; readonly name: Words; readonly comparison: Comparison }
  | { readonly kind: 'as'; readonly term: TermNode; readonly relation: Words }
  | { readonly kind: 'verb'; readonly words: Words }
  | { readonly kind: 'held'; readonly relation: Words }
  /** `who can read it`, or with no term `they can read`. */
  | { readonly kind: 'can'; readonly verb: Token; readonly term: TermNode | null }
  | { readonly kind: 'member'; readonly relation: Words; readonly term: TermNode }
  | { readonly kind: 'such'; readonly clauses: readonly Joined<Clause>[] }

export type Clause =
  | { readonly kind: 'not'; readonly of: Clause }
  /** `unclear`: joined by an `and` that can be meant as `or`. */
  | { readonly kind: 'group'; readonly clauses: readonly Joined<Clause>[]; readonly unclear?: boolean }
  /** `they are contractors`, `the document is archived`: a token of class `values`. */
  | { readonly kind: 'so'; readonly actor: TermNode; readonly token: Token }
  /** `they are the owner`. */
  | { readonly kind: 'holds'; readonly actor: TermNode; readonly words: Words }
  /** `they own it`. */
  | { readonly kind: 'does'; readonly words: Words; readonly term: TermNode }
  /** `…, Berlin time` behind a comma: the zone of every time before it. */
  | { readonly kind: 'zone'; readonly token: Token }
  | { readonly kind: 'weekdays'; readonly days: Token; readonly zone: Token | null }
  | { readonly kind: 'hours'; readonly from: Token | null; readonly to: Token | null; readonly zone: Token | null }
  | {
      readonly kind: 'date'
      readonly op: 'on' | 'before' | 'after' | 'from' | 'until'
      readonly day: DayNode
      /** `until March`: with that month or without it. */
      readonly unclear: boolean
      readonly zone: Token | null
    }
  | { readonly kind: 'dates'; readonly from: DayNode; readonly to: DayNode; readonly zone: Token | null }
  | { readonly kind: 'calendar'; readonly token: Token; readonly zone: Token | null }
  | ElapsedNode
  | WhereNode
  | { readonly kind: 'device' | 'signed-with'; readonly token: Token; readonly words: Words }
  | { readonly kind: 'signed-in'; readonly token: Token; readonly ago: AgoNode }
  | LimitNode
  | { readonly kind: 'said'; readonly actor: TermNode; readonly token: Token; readonly detail: Detail }
  | { readonly kind: 'schedule' | 'covered'; readonly token: Token }
  | { readonly kind: 'budgeted'; readonly by: 'budget' | 'approval'; readonly token: Token }
  | { readonly kind: 'delegated' }
  | { readonly kind: 'is'; readonly actor: TermNode; readonly token: Token }
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

/** A day as written; null where the calendar has none such. */
export interface DayNode {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly day: string | null
}

/** `count` is NaN where it is no whole number above zero. */
export interface DurationNode {
  readonly count: number
  readonly unit: DurationUnit
  readonly start: number
  readonly end: number
}

/** `more than 30 days ago`; null where the words alone do not say which way, as `within 30 days`. */
export interface AgoNode {
  readonly direction: 'since' | 'until' | 'old' | null
  readonly op: 'lt' | 'le' | 'gt' | 'ge'
  readonly duration: DurationNode
  readonly zone: Token | null
}

/** `their start date`, or by what happened then: `they joined`, `the document was created`. */
export type InstantNode =
  | { readonly kind: 'ref'; readonly ref: RefNode }
  | {
      readonly kind: 'happened'
      readonly of: 'subject' | 'resource' | null
      readonly noun: Words
      readonly verb: Token
    }

export interface ElapsedNode {
  readonly kind: 'elapsed'
  /** `both`: within so much of it, before or after. */
  readonly direction: 'since' | 'until' | 'both'
  readonly op: AgoNode['op']
  readonly duration: DurationNode
  readonly instant: InstantNode
  readonly zone: Token | null
}

export type PlaceItem = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'country'; readonly code: string }
  | { readonly kind: 'region'; readonly region: Region }
  | { readonly kind: 'network' | 'ranges' | 'defined'; readonly token: Token }
)

export interface WhereNode {
  readonly kind: 'where'
  readonly negated: boolean
  /** The word it begins with. */
  readonly lead: string
  readonly items: readonly PlaceItem[]
  readonly start: number
  readonly end: number
  /** Right behind a noun, of which it could as well be said. */
  readonly attached?: boolean
}

export interface LimitNode {
  readonly kind: 'limit'
  /** More than so much, not at most. */
  readonly over: boolean
  readonly token: Token
  /** `3` of `3 times`, or the amount. */
  readonly amount: Token | number
  readonly of: RefNode | null
  readonly per: DurationNode
  readonly window: 'calendar' | 'sliding'
}

export type ComparedNode =
  | { readonly kind: 'order'; readonly op: CompareOp; readonly word: Token; readonly value: Token }
  | { readonly kind: 'between'; readonly from: Token; readonly to: Token }
  | { readonly kind: 'ago'; readonly ago: AgoNode }
  | { readonly kind: 'days'; readonly clause: Clause }
  | { readonly kind: 'place'; readonly where: WhereNode }

/** What a chunk of class `detail` says of a noun. */
export type Detail =
  | ComparedNode
  | { readonly kind: 'happened'; readonly verb: Token; readonly when: AgoNode | Clause }
  | { readonly kind: 'with'; readonly name: Words; readonly counted: boolean; readonly value: ComparedNode | Token }
  | { readonly kind: 'having'; readonly without: boolean; readonly words: Words }
  | { readonly kind: 'valued'; readonly participle: Token; readonly value: Token }
  | { readonly kind: 'currency'; readonly token: Token }
  | { readonly kind: 'clause'; readonly clause: Clause }

export type Predicate =
  | {
      readonly kind: 'verbs'
      /** Null for `do anything`. */
      readonly verbs: readonly Token[] | null
      /** Null where the sentence names none: anything. */
      readonly resources: Listed<Phrase> | null
      /** `spend up to $50 a month`: a limit right behind the verb. */
      readonly limit?: LimitNode
    }
  /** `do that`: what the sentence before is about. */
  | { readonly kind: 'same'; readonly token: Token }

export interface RuleNode {
  readonly kind: 'rule'
  readonly effect: 'permit' | 'forbid' | 'only' | 'approval'
  /** Null for `nobody`. */
  readonly subjects: Listed<Phrase> | null
  /** One rule for each. */
  readonly predicates: readonly Predicate[]
  readonly tail: readonly Joined<Clause>[]
  readonly approver: Phrase | null
  /** What stands before the sentence proper: `On weekdays, …`. */
  readonly front: readonly Joined<Clause>[]
}
