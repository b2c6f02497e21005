import type { Cidr } from '../lib/cidr.ts'
import type {
  Approver,
  AttributeRef,
  CompareOp,
  Duration,
  Limit,
  ResourcePhrase,
  SubjectPhrase,
  Term,
} from '../policy/ast.ts'
import type { HeldBudgets, TaskFacts } from '../policy/budget.ts'
import type { Charge, Stands } from '../policy/charge.ts'
import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Answer, ConditionTest, Truth } from '../policy/question.ts'
import type { Literal } from '../policy/value.ts'

/**
 * One link of a delegation chain: who is judged, for which action on what. `actors` tells one chain from another for
 * grants: those who act for the subject, and for an actor's own link the whole chain from the request's subject on.
 */
export interface Link {
  /** Whether it is done for a task, whose budget counts as well. */
  readonly tasked?: boolean
  readonly subject: Entity
  /** Whom an actor acts for: the request's subject. Null on the subject's own link. */
  readonly principal: Entity | null
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string | null }
}

/** What only the call itself can say. `at` is in milliseconds since the epoch. */
export interface Call {
  readonly context: JsonObject
  readonly subjectProperties?: JsonObject | undefined
  readonly principalProperties?: JsonObject | undefined
  readonly resourceProperties?: JsonObject | undefined
  readonly at: number
  readonly task?: string | null | undefined
  /** Whether a charge fits what its meter stands at; left out where nobody counts, and all of it is unknown. */
  readonly fits?: ((charge: Charge) => Truth) | undefined
  /** What the task brings along; null where nothing is known of it. */
  readonly taskFacts?: TaskFacts | null | undefined
  /** Whether it is only supposed that whatever is limited fits. */
  readonly supposing?: boolean
  /** What a meter stands at, for whoever tells of it. */
  readonly stands?: Stands | undefined
  /** The link it is settled for, and what the store answered about it: what clauses name by their places. */
  readonly link?: Link | undefined
  readonly answers?: readonly Answer[] | undefined
}

/** Whom a clause means by its subject: whose link it is, or whom that one acts for. */
export type Who = 'subject' | 'principal'

/**
 * One side of a comparison. `attribute` is not asked yet; `stored` is what the store holds, the answer at that place;
 * `given` is for the call to give, because it is an attribute of the call or because the store holds none.
 */
export type Operand =
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'attribute'; readonly ref: AttributeRef; readonly who: Who; readonly slot: number }
  | { readonly kind: 'stored'; readonly ref: AttributeRef; readonly who: Who; readonly place: number }
  | { readonly kind: 'given'; readonly ref: AttributeRef; readonly who: Who }

/** `zone` is where an instant becomes a calendar day. */
export type CompareClause = {
  readonly kind: 'compare'
  readonly left: Operand
  readonly op: CompareOp
  readonly right: Operand
  readonly zone: string
}

export type OneOfClause = {
  readonly kind: 'one-of'
  readonly left: Operand
  readonly values: readonly Literal[]
  readonly zone: string
}

/** `days` has bit `n` set for ISO weekday `n`; `day` counts from 1970-01-01. Every zone is a known name. */
export type TimeClause =
  | { readonly kind: 'weekday'; readonly days: number; readonly zone: string }
  | { readonly kind: 'hours'; readonly from: number; readonly to: number; readonly zone: string }
  | {
      readonly kind: 'schedule'
      readonly name: string
      readonly days: number
      readonly from: number
      readonly to: number
      readonly zone: string
    }
  | {
      readonly kind: 'date'
      readonly op: 'before' | 'from' | 'on'
      readonly date: string
      readonly day: number
      readonly zone: string
    }

/** `days` are day numbers, `yearly` are days of every year as `MM-DD`. */
export type CalendarClause = {
  readonly kind: 'calendar'
  readonly name: string
  readonly days: ReadonlySet<number>
  readonly yearly: ReadonlySet<string>
  readonly zone: string
}

/** The instant is an attribute's, so what the store does not hold may still come with the call. */
export type ElapsedClause = {
  readonly kind: 'elapsed'
  readonly direction: 'since' | 'until'
  readonly left: Operand
  readonly op: 'lt' | 'le' | 'gt' | 'ge'
  readonly duration: Duration
  readonly zone: string
}

/** Every clause whose truth depends on when it is asked. */
export type DatedClause = TimeClause | CalendarClause | ElapsedClause | LimitClause | BudgetedClause

export type PlaceClause = {
  readonly kind: 'place'
  readonly left: Operand
  readonly countries: ReadonlySet<string>
  /** The region in words, to follow `in`. */
  readonly says: string
}

export type NetworkClause = {
  readonly kind: 'network'
  readonly ranges: readonly Cidr[]
  /** The network's name and blocks, as a denial tells them. */
  readonly says: string
}

/** What the link itself or the store answers. Clauses that ask the same of every link share a slot. */
export type StaticClause =
  | { readonly kind: 'always' }
  | { readonly kind: 'subject-type'; readonly type: string; readonly who: Who }
  | { readonly kind: 'subject-is'; readonly entity: Entity; readonly who: Who }
  | { readonly kind: 'acting' }
  | { readonly kind: 'delegated' }
  | { readonly kind: 'resource-type'; readonly type: string }
  | { readonly kind: 'resource-is'; readonly entity: Entity }
  | {
      readonly kind: 'related'
      readonly slot: number
      readonly object: Term
      readonly relation: string
      readonly user: Term
      readonly who: Who
    }
  | { readonly kind: 'covered'; readonly who: Who; readonly slot: number }

/**
 * At most `cap` smallest units of what `left` adds up to, each 10 ** -`scale`; of uses where it is null. A null cap is one
 * that no whole number of them says. Whose counter it is follows from the link.
 */
export type LimitClause = {
  readonly kind: 'limit'
  readonly limit: Limit
  readonly rule: string
  readonly who: Who
  readonly left: Operand | null
  readonly cap: number | null
  readonly scale: number
  /** The limit in words, as `500 uses per hour`. */
  readonly says: string
  readonly zone: string
}

/**
 * What an entity's budgets are, once they are known. `tool` and `model`: whether the link uses a tool, and which model it
 * does, by its resource.
 */
export type BudgetedClause = HeldBudgets & {
  readonly kind: 'budgeted'
  readonly by: 'budget' | 'approval'
  readonly who: Who
  readonly slot: number
  readonly zone: string
  readonly tool: boolean
  readonly model: string | null
  readonly asked: boolean
}

/** A clause about the value of an attribute. */
export type ValueClause = CompareClause | OneOfClause | ElapsedClause | PlaceClause

/** A test without parts. */
export type Leaf =
  | StaticClause
  | ValueClause
  | TimeClause
  | CalendarClause
  | NetworkClause
  | LimitClause
  | BudgetedClause

/**
 * A leaf whose truth no call can change. `place` is where the answer behind it stands among those of the link; `why` says
 * what could not be had, where the answer does not say it itself.
 */
export type Known = {
  readonly kind: 'known'
  readonly truth: Truth
  readonly of: Leaf
  readonly place: number | null
  readonly why: string | null
}

/** A leaf that holds under conditions of the org's model: the answer at that place names them, the call's context decides. */
export type Conditional = {
  readonly kind: 'conditional'
  readonly place: number
  readonly test: ConditionTest
  readonly of: Leaf
}

/** A clause as compiled, partly answered, or waiting for a fact (`pending`). */
export type Clause =
  | { readonly kind: 'all'; readonly of: readonly Clause[] }
  | { readonly kind: 'any'; readonly of: readonly Clause[] }
  | { readonly kind: 'not'; readonly of: Clause }
  | { readonly kind: 'pending'; readonly of: Leaf }
  | Known
  | Conditional
  | Leaf

/** One of the clauses that must all hold for a rule to apply; `says` is the author's words for it. */
export interface Conjunct {
  readonly clause: Clause
  readonly says: string
}

/**
 * A rule that applies when all its conjuncts hold. An `only` rule makes two: what it permits, and what it forbids
 * everyone else; the latter has in `lift` the conjuncts that would have kept it from applying.
 */
export interface CompiledRule {
  readonly order: number
  readonly id: string
  readonly text: string
  readonly effect: 'permit' | 'forbid' | 'approval'
  readonly actions: readonly string[] | null
  readonly subject: SubjectPhrase
  readonly resource: ResourcePhrase
  /** In the author's order. */
  readonly conjuncts: readonly Conjunct[]
  /** The same, cheapest to answer first. */
  readonly byCost: readonly Conjunct[]
  readonly lift: readonly Conjunct[] | null
  readonly approver: Approver | null
}
