import type { Missing, Obligation, Reason, Verdict } from '../policy/decision.ts'
import type { Fact, GrantFact, Question, Truth } from '../policy/question.ts'
import type { Clause, DatedClause, Link } from './clause.ts'

/** Facts that must be fetched before the link can be decided: as many as can be known at once. */
export interface Needs {
  readonly kind: 'needs'
  readonly questions: readonly Question[]
}

/** A conjunct that stored facts alone did not make hold. `missing` is ready where no call can change it. */
export interface Part {
  readonly clause: Clause
  readonly says: string
  readonly missing: Missing | null
}

/** A rule of which some call may be the case. `fixed` is its truth where every call gives the same. */
export interface ResidualRule {
  readonly id: string
  readonly effect: 'permit' | 'forbid' | 'approval'
  readonly fixed: Truth | null
  /** What is left of all its conjuncts, as one clause. */
  readonly clause: Clause
  /** Whether what meters stand at matters to it. */
  readonly metered: boolean
  /** What is left of each, but for what `lift` tells. */
  readonly parts: readonly Part[]
  /** For what an `only` rule forbids: the parts that would have kept it from applying. */
  readonly lift: readonly Part[] | null
  readonly yes: Reason
  /** `yes` as the only reason there is: one list for all decisions, so that whoever keeps them may keep it once. */
  readonly alone: readonly Reason[]
  readonly unknown: Reason
  /** Present exactly for an approval. */
  readonly approval: ResidualApproval | null
}

/** `granted`: an approver has said yes to exactly this. `grants`: yeses of which one may do, as the call goes. */
export interface ResidualApproval {
  readonly granted: boolean
  readonly grants: readonly GrantFact[]
  readonly obligation: Obligation
  readonly grantYes: Reason
  readonly grantUnknown: Reason
}

/**
 * What is left of a policy set for one link once stored facts are answered: rules with clauses that only a call can
 * answer. Holds as long as none of `facts` changes, whatever the time and the context of the call.
 */
export interface Residual {
  readonly kind: 'residual'
  readonly org: string
  readonly link: Link
  /** The verdict of every call, where it is one and the same. */
  readonly constant: Verdict | null
  readonly forbids: readonly ResidualRule[]
  readonly approvals: readonly ResidualRule[]
  readonly permits: readonly ResidualRule[]
  /** Yeses to exactly this that no rule asked for: each permits it while it lasts. Empty where a permit always holds. */
  readonly grants: readonly GrantFact[]
  /** Whether what meters stand at matters to some rule or grant. */
  readonly metered: boolean
  /** What a deny lacks when no permit is left. */
  readonly near: readonly Missing[]
  /** The time clauses that could change the effect. */
  readonly times: readonly DatedClause[]
  /** Every question that was put to the store, with its answer. */
  readonly facts: readonly Fact[]
}
