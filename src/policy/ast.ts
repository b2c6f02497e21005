import type { Entity } from './entity.ts'
import type { AttributeType, Literal } from './value.ts'

/**
 * What a rule may speak about besides a fixed entity.
 * `org` is the org whose rules these are, as the entity `org:<slug>`.
 * `some`: some entity of `type` on which `of` holds `relation` ("their team": some team of which they are a member).
 */
export type Term =
  | { readonly kind: 'subject' }
  | { readonly kind: 'resource' }
  | { readonly kind: 'org' }
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'some'; readonly type: string; readonly relation: string; readonly of: Term }

/** Who a rule is about. `group` is a defined subset of a type, its condition taken from the definition. */
export type SubjectPhrase =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'type'; readonly type: string; readonly where: Condition | null }
  | { readonly kind: 'named'; readonly entity: Entity }
  | { readonly kind: 'role'; readonly relation: string; readonly on: Term }
  | { readonly kind: 'group'; readonly name: string; readonly type: string; readonly where: Condition }
  | { readonly kind: 'any-of'; readonly of: readonly SubjectPhrase[] }

/** What a rule is about. `where` is what the noun phrase itself says ("payments over $10k"). */
export type ResourcePhrase =
  | { readonly kind: 'anything' }
  | { readonly kind: 'type'; readonly type: string; readonly where: Condition | null }
  | { readonly kind: 'named'; readonly entity: Entity }
  | { readonly kind: 'any-of'; readonly of: readonly ResourcePhrase[] }

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
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'covered' }

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

/** Whose yes an approval rule asks for: who holds `relation` on `on`. */
export interface Approver {
  readonly relation: string
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

export type Definition =
  | { readonly kind: 'synonym'; readonly word: string; readonly means: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'attributes'; readonly type: string; readonly attributes: readonly AttributeDefinition[] }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'schedule'; readonly schedule: Schedule }
  | { readonly kind: 'name'; readonly name: string; readonly entity: Entity }
  | { readonly kind: 'group'; readonly name: string; readonly type: string; readonly where: Condition }

export type Statement = Rule | Definition
