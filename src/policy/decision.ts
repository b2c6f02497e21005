import type { Charge, Overage } from './charge.ts'
import type { Entity } from './entity.ts'
import type { JsonObject } from './json.ts'

export type Effect = 'allow' | 'deny' | 'escalate'

/** A rule that determined the effect. `for` is whose link of the chain it decided. */
export interface Reason {
  readonly rule: string
  readonly sentence: string
  readonly effect: 'permit' | 'forbid' | 'approval' | 'grant'
  /** `unknown` when the rule could not be evaluated and failed closed. */
  readonly truth: 'yes' | 'unknown'
  readonly for: string
}

/**
 * A fact or clause that would have made a deny an allow.
 * `text` is English ("alice is not a member of team:eng"); `clause` is the clause of the rule, as the author would write it.
 */
export interface Missing {
  readonly rule: string
  readonly clause: string
  readonly text: string
  readonly truth: 'no' | 'unknown'
  /** Whose link of the chain it is missing for. */
  readonly for: string
}

export type Obligation = {
  readonly kind: 'approval'
  readonly rule: string
  /** Who may say yes: the relation they hold, and on what; where `relation` is null, `on` is themselves. */
  readonly relation: string | null
  readonly on: string
  /** Whose link of the chain needs it. */
  readonly for: string
}

/** What the engine says of one request; `Decision` is this with a name and a place in time. */
export interface Verdict {
  readonly effect: Effect
  readonly reasons: readonly Reason[]
  readonly obligations: readonly Obligation[]
  readonly missing: readonly Missing[]
  /** The first instant, in milliseconds since the epoch, at which a time clause could flip the answer. */
  readonly validUntil: number | null
  /** What acting on an allow takes from meters; left out where it takes nothing. */
  readonly charges?: readonly Charge[]
  /** Of a deny that nothing but limits made: the charges that do not fit, with what their meters stand at. */
  readonly over?: readonly Overage[]
}

export interface Decision extends Verdict {
  readonly id: string
  readonly policyVersion: number
  readonly revision: number
  /** Of an escalation: what to ask approvers for, as `authorization_details`. Follows from the request. */
  readonly ask?: readonly JsonObject[]
}

/** What explain returns: rule → clause → fact → the tuples that prove it. */
export type TraceNode = {
  readonly kind: 'link' | 'rule' | 'clause' | 'fact' | 'tuple'
  readonly text: string
  readonly truth: 'yes' | 'no' | 'unknown'
  readonly rule?: string
  readonly children: readonly TraceNode[]
}

export interface Trace {
  readonly verdict: Verdict
  readonly subject: Entity
  readonly links: readonly TraceNode[]
}
