import type { Term } from '../policy/ast.ts'
import type { Reason, Verdict } from '../policy/decision.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Answer, Fact, GrantFact, Question, Truth } from '../policy/question.ts'
import { type Asked, type Course, placeOf, questionOf } from './asking.ts'
import type { Clause, DatedClause, Link } from './clause.ts'

/** Facts that must be fetched before the link can be decided: as many as can be known at once. */
export interface Needs {
  readonly kind: 'needs'
  readonly questions: readonly Question[]
}

/** What a rule lacks whatever the call; told of a link by `tellLack`. A null clause: there is no rule at all. */
export interface Lack {
  readonly rule: string
  /** The clause as its author says it. */
  readonly says: string
  readonly clause: Clause | null
  readonly truth: 'no' | 'unknown'
}

/** A conjunct that stored facts alone did not make hold. `lack` is there where no call can change it. */
export interface Part {
  readonly clause: Clause
  readonly says: string
  readonly lack: Lack | null
}

/** A rule of which some call may be the case. `fixed` is its truth where every call gives the same. */
export interface ResidualRule {
  readonly id: string
  readonly sentence: string
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
  /** Present exactly for an approval. */
  readonly approval: ResidualApproval | null
}

/** `granted`: an approver has said yes to exactly this. `grants`: yeses of which one may do, as the call goes. */
export interface ResidualApproval {
  readonly granted: boolean
  readonly grants: readonly GrantFact[]
  /** The relation the approver holds, and on what; where it is null, the approver is named. */
  readonly relation: string | null
  readonly on: Term | null
}

/**
 * What is left of a policy set once stored facts are answered: rules with clauses that only a call can answer.
 * INVARIANT: it names nobody. Who and what it is about, and what was answered by value, stand beside it in a `Residual`; so
 * links that took the same course share one.
 */
export interface Left {
  readonly org: string
  /** Whether every call gets one and the same verdict. */
  readonly constant: boolean
  readonly forbids: readonly ResidualRule[]
  readonly approvals: readonly ResidualRule[]
  readonly permits: readonly ResidualRule[]
  /** Yeses to exactly this that no rule asked for: each permits it while it lasts. Empty where a permit always holds. */
  readonly grants: readonly GrantFact[]
  /** Whether what meters stand at matters to some rule or grant. */
  readonly metered: boolean
  /** What a deny lacks when no permit is left. */
  readonly near: readonly Lack[]
  /** The time clauses that could change the effect. */
  readonly times: readonly DatedClause[]
  /** Every question that was put to the store, in order. */
  readonly asked: readonly Asked[]
}

/**
 * What is left for one link. Holds as long as none of its answers changes, whatever the time and the context of the call.
 */
export interface Residual {
  readonly kind: 'residual'
  readonly link: Link
  readonly left: Left
  /** What the store answered, a place for each question that was asked. */
  readonly answers: readonly Answer[]
  /** How it came to be what it is; null where nobody keeps it. */
  readonly course: Course | null
  /** What was made of it before, so that decisions that follow from the same share it. */
  readonly made: Made
}

/**
 * The verdict where it is constant, for each permit the one reason there is where it holds, and the facts as a record has
 * them, with how often they were recorded, and what else records of its decisions share, for whoever makes them.
 */
interface Made {
  verdict: Verdict | null
  alone: (readonly Reason[] | undefined)[] | null
  facts: readonly JsonObject[] | null
  records: number
  alike: object | null
}

export const residualOf = (
  link: Link,
  left: Left,
  answers: readonly Answer[],
  course: Course | null = null,
): Residual => ({
  kind: 'residual',
  link,
  left,
  answers,
  course,
  made: { verdict: null, alone: null, facts: null, records: 0, alike: null },
})

/** Every question that was put to the store, with its answer. */
export function factsIn({ link, left, answers }: Residual): readonly Fact[] {
  const place = placeOf(left.org, link)
  return left.asked.map((asked, i) => {
    const question = questionOf(asked, place)
    const answer = answers[i]
    if (question === null || answer === undefined) throw new Error('a residual holds an answer to what cannot be asked')
    return { question, answer }
  })
}
