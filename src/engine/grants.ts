import type { Charge } from '../policy/charge.ts'
import type { Reason, Verdict } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import { sameJson } from '../policy/json.ts'
import type { GrantFact } from '../policy/question.ts'
import { type Asking, answerAt, ask, grantQuestion, PENDING } from './asking.ts'
import type { Call, CompiledRule, Link } from './clause.ts'
import { ownValue } from './operand.ts'

/** What approvers said yes to for a link: for what a rule asked, or, without one, of their own accord. */
export interface Granted {
  readonly granted: boolean
  readonly grants: readonly GrantFact[]
}

/** A grant that an allow rests on. */
export interface Taken {
  readonly grant: GrantFact
  readonly charge: Charge
}

const NONE_LEFT: readonly never[] = Object.freeze([])
const NONE: Granted = { granted: false, grants: [] }

/** Questions for grants have the slots below zero: 0 is every rule's, so the one without a rule is far below. */
const NO_RULE = Number.MIN_SAFE_INTEGER

/** What is unknown of grants grants nothing. */
export function grantsFor(asking: Asking, rule: CompiledRule | null): Granted | 'pending' {
  const of = rule === null ? null : rule.id
  const question = grantQuestion(asking, of)
  if (question === null) return NONE
  const place = ask(asking, rule === null ? NO_RULE : -1 - rule.order, { kind: 'grant', rule: of }, question)
  if (place === PENDING) return 'pending'
  const answer = answerAt(asking, place)
  if (answer.kind === 'grants') {
    asking.course.own = true
    return { granted: false, grants: answer.grants }
  }
  return answer.kind === 'truth' && answer.truth === 'yes' ? { granted: true, grants: [] } : NONE
}

export const counterOf = (grant: string): string => `grant ${grant}`

/** A use of a grant is nobody's budget. */
export const isGrant = ({ counter }: Charge): boolean => counter.startsWith('grant ')

const chargeOf = ({ id, uses }: GrantFact): Charge => ({
  counter: counterOf(id),
  window: { kind: 'ever' },
  amount: 1,
  cap: uses,
  says: uses === 1 ? 'once' : `at most ${uses} times`,
  of: id,
})

/** Whether it is this task's, its time runs, and the resource is what was approved. */
function isOpen({ task, until, given }: GrantFact, { at, task: doing, resourceProperties }: Call): boolean {
  if (!(at < until) || (task !== null && task !== doing)) return false
  return (
    given === undefined ||
    Object.entries(given).every(([name, value]) => {
      const said = resourceProperties === undefined ? undefined : ownValue(resourceProperties, name)
      return said !== undefined && sameJson(said, value)
    })
  )
}

/** The first grant that is open and surely has a use left: what nobody counts is not left. */
export function takeOne(grants: readonly GrantFact[], call: Call): Taken | null {
  for (const grant of grants) {
    if (!isOpen(grant, call)) continue
    const charge = chargeOf(grant)
    if (call.fits?.(charge) === 'yes') return { grant, charge }
  }
  return null
}

/** What permits by a grant alone is told as. */
export const byGrant = ({ grant }: Taken, { link }: { readonly link: Link }): readonly Reason[] => [
  { rule: grant.id, sentence: grant.says, effect: 'grant', truth: 'yes', for: printEntity(link.subject) },
]

/** An allow that rests on grants: it takes a use of each, once, and lasts no longer than any. */
export function besides(reasons: readonly Reason[], taken: readonly Taken[], validUntil: number | null): Verdict {
  const verdict: Verdict = { effect: 'allow', reasons, obligations: NONE_LEFT, missing: NONE_LEFT, validUntil }
  if (taken.length === 0) return verdict
  const charges = [...new Map(taken.map(({ charge }) => [charge.counter, charge])).values()]
  const end = Math.min(validUntil ?? Number.POSITIVE_INFINITY, ...taken.map(({ grant }) => grant.until))
  return { ...verdict, charges, validUntil: end }
}
