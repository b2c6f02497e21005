import type { Entity } from './entity.ts'
import type { AttributeType, Literal } from './value.ts'

/**
 * What a rule may speak about besides a fixed entity: one entity, or a set of which some member will do.
 * `org` is the org whose rules these are, as the entity `org:<slug>`.
 * `some`: the entities of `type` on which `of` holds `relation` ("their team": teams of which they are a member).
 * `holder`: the entities of `type` that hold `relation` on `on` ("its owner": users that hold owner on the resource).
 * Inside a phrase, `subject` is whom the phrase describes: in "agents acting for users in team:eng" the users' team.
 */
export type Term =
  | { readonly kind: 'subject' }
  | { readonly kind: 'resource' }
  | { readonly kind: 'org' }
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'some'; readonly type: string; readonly relation: string; readonly of: Term }
  | { readonly kind: 'holder'; readonly type: string; readonly relation: string; readonly on: Term }

/**
 * Who a rule is about. `group` is a defined subset of a type, its condition taken from the definition.
 * `acting`: whom `actor` describes, while it acts for a subject whom `for` describes; never one that acts for itself.
 */
export type SubjectPhrase =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'type'; readonly type: string; readonly where: Condition | null }
  | { readonly kind: 'named'; readonly entity: Entity }
  | { readonly kind: 'role'; readonly relation: string; readonly on: Term }
  | { readonly kind: 'group'; readonly name: string; readonly type: string; readonly where: Condition }
  | { readonly kind: 'any-of'; readonly of: readonly SubjectPhrase[] }
  | { readonly kind: 'except'; readonly of: SubjectPhrase; readonly but: SubjectPhrase }
  | { readonly kind: 'acting'; readonly actor: SubjectPhrase; readonly for: SubjectPhrase }

/** What a rule is about. `where` is what the noun phrase itself says ("payments over $10k"). */
export type ResourcePhrase =
  | { readonly kind: 'anything' }
  | { readonly kind: 'type'; readonly type: string; readonly where: Condition | null }
  | { readonly kind: 'named'; readonly entity: Entity }
  | { readonly kind: 'any-of'; readonly of: readonly ResourcePhrase[] }
  | { readonly kind: 'except'; readonly of: ResourcePhrase; readonly but: ResourcePhrase }

export interface AttributeRef {
  readonly kind: 'attribute'
  readonly of: 'subject' | 'resource' | 'context'
  readonly name: string
  /** Null where no definition gives a type: then values are compared as they come. */
  readonly type: AttributeType | null
}

export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'contains'

/** ISO weekday: 1 Monday to 7 Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7

/**
 * A clause. `zone` is an IANA name, or null for the org's own zone. Minutes count from local midnight; `hours` holds
 * from `from` up to but not at `to`, past midnight where `to <= from`.
 * `related`: some member of `user` holds `relation` on some member of `object`, by itself or as a set of users.
 * `is`: who or what the rule is about is this very entity.
 * `delegated`: someone acts for the subject of the request.
 * `elapsed`: the time since (`direction` `since`) or until (`until`) the instant an attribute holds compares so with
 * `duration`. A limit from above (`lt`, `le`) holds only on its own side of the instant: "within the last hour" says
 * nothing of what is yet to come. Days and longer are counted on the calendar of `zone`.
 * `place`: the attribute holds one of the region's countries.
 * `limit`: what has been spent of a budget, this request included, stays within it.
 * `budgeted`: so it is for every budget that is kept for whom the rule is about: the org's, a team's, its own, its task's;
 * by `approval`, that the call costs no more than they may spend without one.
 */
export type Condition =
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'related'; readonly object: Term; readonly relation: string; readonly user: Term }
  | {
      readonly kind: 'compare'
      readonly left: AttributeRef
      readonly op: CompareOp
      readonly right: Literal | AttributeRef
    }
  | { readonly kind: 'one-of'; readonly left: AttributeRef; readonly values: readonly Literal[] }
  | { readonly kind: 'weekday'; readonly days: readonly Weekday[]; readonly zone: string | null }
  | { readonly kind: 'hours'; readonly from: number; readonly to: number; readonly zone: string | null }
  | { readonly kind: 'schedule'; readonly schedule: Schedule }
  | {
      readonly kind: 'date'
      readonly op: 'before' | 'from' | 'on'
      readonly date: string
      readonly zone: string | null
    }
  | { readonly kind: 'calendar'; readonly calendar: Calendar; readonly zone: string | null }
  | {
      readonly kind: 'elapsed'
      readonly direction: 'since' | 'until'
      readonly instant: AttributeRef
      readonly op: 'lt' | 'le' | 'gt' | 'ge'
      readonly duration: Duration
      readonly zone: string | null
    }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'place'; readonly of: AttributeRef; readonly region: Region }
  | { readonly kind: 'is'; readonly of: 'subject' | 'resource'; readonly entity: Entity }
  | { readonly kind: 'delegated' }
  | { readonly kind: 'limit'; readonly limit: Limit }
  | { readonly kind: 'covered' }
  | { readonly kind: 'budgeted'; readonly by: 'budget' | 'approval' }

/** `name` is null for a network or hours written out in the rule itself. Ranges are CIDR blocks, v4 or v6. */
export interface Network {
  readonly name: string | null
  readonly ranges: readonly string[]
}

export interface Schedule {
  readonly name: string
  readonly days: readonly Weekday[]
  readonly from: number
  readonly to: number
  readonly zone: string | null
}

/** Countries as ISO 3166-1 alpha-2 codes in capitals, sorted; `name` is null where the rule lists them itself. */
export interface Region {
  readonly name: string | null
  readonly countries: readonly string[]
}

/** Named days: `YYYY-MM-DD`, or `MM-DD` for one of every year. */
export interface Calendar {
  readonly name: string
  readonly days: readonly string[]
}

export type DurationUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

/** `count` is a whole number above zero. */
export interface Duration {
  readonly count: number
  readonly unit: DurationUnit
}

/**
 * At most `amount` in each period: of uses (`of` null, a whole number), or of what an attribute of the resource or the
 * call adds up to. `calendar` periods begin with the org's hour, day, week, month or year; `sliding` ones end now.
 */
export interface Limit {
  readonly amount: Literal
  readonly of: AttributeRef | null
  readonly per: Duration
  readonly window: 'calendar' | 'sliding'
}

/** Whose yes an approval rule asks for: who holds `relation` on `on`, or where that is null whoever `on` names. */
export interface Approver {
  readonly relation: string | null
  readonly on: Term
}

/**
 * `only` permits whom it names, and forbids everyone it does not: "only S can A R, C" is "S can A R, C" together with
 * "nobody can A R unless they are S and C". `condition` is what the sentence says besides subject and resource.
 */
export interface Rule {
  readonly kind: 'rule'
  readonly effect: 'permit' | 'forbid' | 'only' | 'approval'
  readonly subject: SubjectPhrase
  /** Action names, or null for any action. */
  readonly actions: readonly string[] | null
  readonly resource: ResourcePhrase
  readonly condition: Condition | null
  /** Present exactly when `effect` is `approval`. */
  readonly approver: Approver | null
}

export interface AttributeDefinition {
  readonly name: string
  readonly type: AttributeType
}

/**
 * `verb`: the action `verb`, on resources of `type` (null: of any), stands for itself and for all of `means`.
 * `role`: who holds `relation` on something of `type` (null: of any that has both) counts as holding `also` on it too.
 */
export type Definition =
  | { readonly kind: 'synonym'; readonly word: string; readonly means: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'attributes'; readonly type: string; readonly attributes: readonly AttributeDefinition[] }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'schedule'; readonly schedule: Schedule }
  | { readonly kind: 'region'; readonly region: Region }
  | { readonly kind: 'calendar'; readonly calendar: Calendar }
  | { readonly kind: 'name'; readonly name: string; readonly entity: Entity }
  | { readonly kind: 'verb'; readonly verb: string; readonly type: string | null; readonly means: readonly string[] }
  | { readonly kind: 'role'; readonly relation: string; readonly type: string | null; readonly also: string }
  | { readonly kind: 'group'; readonly name: string; readonly type: string; readonly where: Condition }

export type Statement = Rule | Definition
