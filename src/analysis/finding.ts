import type { Effect } from '../policy/decision.ts'
import type { Json } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'

/** A rule a finding is about. */
export interface Concerned {
  readonly id: string
  readonly sentence: string
}

export interface StoredAttribute {
  readonly entity: string
  readonly name: string
  readonly value: Json
}

/**
 * One request that shows a finding, with every stored fact it needs: relations not listed do not hold, attributes not
 * listed are absent. `effect` is what the engine itself decides; `before` what it decided under the rules before.
 */
export interface Example {
  readonly request: Request
  readonly tuples: readonly TupleText[]
  readonly attributes: readonly StoredAttribute[]
  readonly before: Effect | null
  readonly effect: Effect
  readonly text: string
}

export type FindingKind = 'never-matches' | 'contradicts' | 'shadowed' | 'duplicate' | 'wider' | 'narrower'

/**
 * `never-matches`: no request satisfies the rule, or where `clause` is given that part of it; `because` are clauses that
 * cannot hold together. `contradicts`: the first rule permits what the second never lets through. `shadowed`: the first
 * rule never decides, because of the others. `duplicate`: two rules mean the same. `wider` and `narrower`: what the
 * first rule's coming or going changes.
 */
export type Finding =
  | {
      readonly kind: 'never-matches'
      readonly rules: readonly Concerned[]
      readonly clause: string | null
      readonly because: readonly string[]
      readonly example: null
      readonly text: string
    }
  | {
      readonly kind: Exclude<FindingKind, 'never-matches'>
      readonly rules: readonly Concerned[]
      readonly example: Example
      readonly text: string
    }

/**
 * `complete` is false where something could not be told: `unknown` says what, and why. `more` counts findings beyond
 * those listed.
 */
export interface Analysis {
  readonly findings: readonly Finding[]
  readonly more: number
  readonly complete: boolean
  readonly unknown: readonly string[]
}
