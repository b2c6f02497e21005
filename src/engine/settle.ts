import type { Charge, Overage } from '../policy/charge.ts'
import type { Missing, Obligation, Reason, Verdict } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import { nextBoundary } from './boundary.ts'
import { budgetStanding } from './budgeted.ts'
import { chargesFor, isMetered, merged } from './charges.ts'
import type { Call } from './clause.ts'
import { besides, byGrant, isGrant, type Taken, takeOne } from './grants.ts'
import { fitsIn } from './limit.ts'
import { bareCall, termName } from './names.ts'
import { tellLack } from './near.ts'
import { isNear, MOST_LOOKED, MOST_MISSING, nearness } from './nearness.ts'
import type { Part, Residual, ResidualApproval, ResidualRule } from './residual.ts'
import { truthOf } from './truth.ts'
import { tell } from './words.ts'

const NO_REASONS: readonly Reason[] = Object.freeze([])
const NO_OBLIGATIONS: readonly Obligation[] = Object.freeze([])
const NO_MISSING: readonly Missing[] = Object.freeze([])
const NO_CHARGES: readonly Charge[] = Object.freeze([])
const NOTHING_TAKEN: readonly Taken[] = Object.freeze([])

/** Applies one call to a residual. In this order: forbid, approval without a grant, grant, permit, deny. */
export function settle(residual: Residual, call: Call): Verdict {
  const { left, link, answers } = residual
  if (left.constant) return constantOf(residual)
  return concluded(residual, call.answers === answers && call.link === link ? call : { ...call, link, answers })
}

/** The verdict that every call gets, where the residual is constant. Made once, and frozen. */
export function constantOf(residual: Residual): Verdict {
  const { made } = residual
  made.verdict ??= frozen(concluded(residual, bareCall(residual)))
  return made.verdict
}

function frozen(verdict: Verdict): Verdict {
  for (const list of [verdict.reasons, verdict.obligations, verdict.missing]) {
    for (const one of list) Object.freeze(one)
    Object.freeze(list)
  }
  return Object.freeze(verdict)
}

function concluded(residual: Residual, call: Call): Verdict {
  const verdict = verdictOf(residual, call)
  if (verdict.effect !== 'deny' || !residual.left.metered) return verdict
  const over = overIn(residual, call)
  return over.length === 0 ? verdict : { ...verdict, over }
}

/** What does not fit, where all that stands against is that it does not. */
function overIn(residual: Residual, call: Call): readonly Overage[] {
  const supposed = { ...call, supposing: true }
  const otherwise = verdictOf(residual, supposed)
  if (otherwise.effect === 'deny') return []
  const charges = otherwise.charges ?? kept(residual.left.forbids, supposed)
  return charges.flatMap(charge => {
    const standing = isGrant(charge) ? undefined : budgetStanding(charge, call)
    return standing === undefined || fitsIn(charge, standing) !== 'no'
      ? []
      : [{ ...charge, used: standing.used, reserved: standing.reserved }]
  })
}

/** What the rules say of a rule's truth, for a link. */
const reasonOf = (
  { id, sentence, effect }: ResidualRule,
  truth: Reason['truth'],
  { link }: Residual,
  as: Reason['effect'] = effect,
): Reason => ({ rule: id, sentence, effect: as, truth, for: printEntity(link.subject) })

/** That a permit holds, as the only reason there is. */
function aloneOf(residual: Residual, permit: number, rule: ResidualRule): readonly Reason[] {
  const { made } = residual
  made.alone ??= []
  const known = made.alone[permit]
  if (known !== undefined) return known
  const alone = Object.freeze([Object.freeze(reasonOf(rule, 'yes', residual))])
  made.alone[permit] = alone
  return alone
}

function verdictOf(residual: Residual, call: Call): Verdict {
  const { forbids, approvals, permits, times, grants, near } = residual.left
  const validUntil = times.length === 0 ? null : nextBoundary(times, call)
  if (forbids.length > 0) {
    const denied = forbidden(residual, call, validUntil)
    if (denied !== null) return denied
  }
  if (approvals.length > 0) {
    const held = approve(residual, call, validUntil)
    if (held !== null) return held
  }
  let paid: Verdict | null = null
  for (let i = 0; i < permits.length; i += 1) {
    const rule = permits[i] as ResidualRule
    const truth = rule.fixed ?? truthOf(rule.clause, call)
    if (truth !== 'yes') continue
    const charges = rule.metered ? chargesFor(rule.clause, 'yes', call) : NO_CHARGES
    const verdict = allow(residual, call, besides(aloneOf(residual, i, rule), NOTHING_TAKEN, validUntil), charges)
    // Where one permits it for nothing, no limit of another counts it.
    if (charges.length === 0) return verdict
    paid ??= verdict
  }
  if (paid !== null) return paid
  const taken = takeOne(grants, call)
  if (taken !== null) return allow(residual, call, besides(byGrant(taken, residual), [taken], validUntil), NO_CHARGES)
  const missing = permits.length === 0 ? near.map(lack => tellLack(lack, residual)) : nearest(permits, residual, call)
  return { effect: 'deny', reasons: NO_REASONS, obligations: NO_OBLIGATIONS, missing, validUntil }
}

function forbidden(residual: Residual, call: Call, validUntil: number | null): Verdict | null {
  let reasons: Reason[] | null = null
  const missing: Missing[] = []
  for (const rule of residual.left.forbids) {
    const truth = rule.fixed ?? truthOf(rule.clause, call)
    if (truth === 'no') continue
    reasons ??= []
    reasons.push(reasonOf(rule, truth, residual))
    if (rule.lift !== null) missingOf(rule.lift, rule, residual, call, missing)
    if (truth === 'unknown') missingOf(rule.parts, rule, residual, call, missing)
    else if (rule.metered) usedUp(rule, residual, call, missing)
  }
  if (reasons === null) return null
  return { effect: 'deny', reasons, obligations: NO_OBLIGATIONS, missing, validUntil }
}

/** Null when no approval rule applies: then permits decide. */
function approve(residual: Residual, call: Call, validUntil: number | null): Verdict | null {
  const waiting: Reason[] = []
  const obligations: Obligation[] = []
  const granted: Reason[] = []
  const taken: Taken[] = []
  for (const rule of residual.left.approvals) {
    const { approval, fixed, clause } = rule
    const truth = fixed ?? truthOf(clause, call)
    if (truth === 'no' || approval === null) continue
    const one = approval.granted ? null : takeOne(approval.grants, call)
    if (approval.granted || one !== null) {
      granted.push(reasonOf(rule, truth, residual, 'grant'))
      if (one !== null) taken.push(one)
    } else {
      waiting.push(reasonOf(rule, truth, residual))
      obligations.push(obligationOf(rule.id, approval, residual))
    }
  }
  if (waiting.length > 0) return { effect: 'escalate', reasons: waiting, obligations, missing: NO_MISSING, validUntil }
  if (granted.length === 0) return null
  return allow(residual, call, besides(granted, taken, validUntil), NO_CHARGES)
}

/** Entities as `type:id`, so that whoever seeks the approver can look it up. */
function obligationOf(rule: string, { relation, on }: ResidualApproval, { left, link }: Residual): Obligation {
  const who = printEntity(link.subject)
  const place = { org: left.org, link }
  const holder =
    on === null ? '' : on.kind === 'subject' ? who : on.kind === 'entity' ? printEntity(on.entity) : termName(on, place)
  return { kind: 'approval', rule, relation, on: holder, for: who }
}

/** What it takes that rules do not stand in the way: those limits would make them do so, were they used up. */
const kept = (rules: readonly ResidualRule[], call: Call): readonly Charge[] =>
  rules.flatMap(({ metered, clause }) =>
    metered && truthOf(clause, call) === 'no' ? chargesFor(clause, 'no', call) : [],
  )

/** `permit`: what the permit takes, beside what `verdict` does. */
function allow(residual: Residual, call: Call, verdict: Verdict, permit: readonly Charge[]): Verdict {
  const { metered, forbids, approvals } = residual.left
  if (!metered) return verdict
  const bars = [...kept(forbids, call), ...kept(approvals, call)]
  const charges = merged([...(verdict.charges ?? NO_CHARGES), ...bars, ...permit])
  return charges.length === 0 ? verdict : { ...verdict, charges }
}

/** Adds the parts that do not hold. */
function missingOf(parts: readonly Part[], rule: ResidualRule, residual: Residual, call: Call, into: Missing[]): void {
  for (const part of parts) {
    if (into.length >= MOST_MISSING) return
    if (part.lack !== null) {
      into.push(tellLack(part.lack, residual))
      continue
    }
    const truth = truthOf(part.clause, call)
    if (truth === 'yes') continue
    const { left, link } = residual
    const text = tell(part.clause, { org: left.org, link, call })
    into.push({ rule: rule.id, clause: part.says, text, truth, for: printEntity(link.subject) })
  }
}

/** Adds the limits by which a rule stands in the way: what is used of them, and when they begin anew. */
function usedUp(rule: ResidualRule, { left, link }: Residual, call: Call, into: Missing[]): void {
  for (const { clause, says } of rule.parts) {
    if (into.length >= MOST_MISSING || !isMetered(clause) || truthOf(clause, call) !== 'yes') continue
    const text = tell(clause, { org: left.org, link, call })
    into.push({ rule: rule.id, clause: says, text, truth: 'no', for: printEntity(link.subject) })
  }
}

function nearest(permits: readonly ResidualRule[], residual: Residual, call: Call): readonly Missing[] {
  const missing: Missing[] = []
  const [only] = permits
  if (only !== undefined && permits.length === 1) {
    missingOf(only.parts, only, residual, call, missing)
    return missing
  }
  let best = Number.POSITIVE_INFINITY
  const scores: number[] = []
  const looked = permits.slice(0, MOST_LOOKED)
  for (const { parts } of looked) {
    let no = 0
    let unknown = 0
    for (const part of parts) {
      const truth = part.lack?.truth ?? truthOf(part.clause, call)
      if (truth === 'no') no += 1
      else if (truth === 'unknown') unknown += 1
    }
    scores.push(nearness(no, unknown))
    best = Math.min(best, nearness(no, unknown))
  }
  for (const [i, rule] of looked.entries()) {
    if (isNear(scores[i] ?? best, best)) missingOf(rule.parts, rule, residual, call, missing)
  }
  return missing
}
