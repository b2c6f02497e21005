import type { Charge, Overage } from '../policy/charge.ts'
import type { Missing, Obligation, Reason, Verdict } from '../policy/decision.ts'
import { nextBoundary } from './boundary.ts'
import { budgetStanding } from './budgeted.ts'
import { chargesFor, isMetered, merged } from './charges.ts'
import type { Call } from './clause.ts'
import { besides, byGrant, isGrant, type Taken, takeOne } from './grants.ts'
import { fitsIn } from './limit.ts'
import type { Part, Residual, ResidualRule } from './residual.ts'
import { truthOf } from './truth.ts'
import { tell } from './words.ts'

/** No verdict names more than this many missing clauses. */
export const MOST_MISSING = 5

const NO_REASONS: readonly Reason[] = Object.freeze([])
const NO_OBLIGATIONS: readonly Obligation[] = Object.freeze([])
const NO_MISSING: readonly Missing[] = Object.freeze([])
const NO_CHARGES: readonly Charge[] = Object.freeze([])
const NOTHING_TAKEN: readonly Taken[] = Object.freeze([])

/** Applies one call to a residual. In this order: forbid, approval without a grant, grant, permit, deny. */
export function settle(residual: Residual, call: Call): Verdict {
  return residual.constant ?? conclude(residual, call)
}

/** As `settle`, computed anew. */
export function conclude(residual: Residual, call: Call): Verdict {
  const verdict = concluded(residual, call)
  if (verdict.effect !== 'deny' || !residual.metered) return verdict
  const over = overIn(residual, call)
  return over.length === 0 ? verdict : { ...verdict, over }
}

/** What does not fit, where all that stands against is that it does not. */
function overIn(residual: Residual, call: Call): readonly Overage[] {
  const supposed = { ...call, supposing: true }
  const otherwise = concluded(residual, supposed)
  if (otherwise.effect === 'deny') return []
  const charges = otherwise.charges ?? kept(residual.forbids, supposed)
  return charges.flatMap(charge => {
    const standing = isGrant(charge) ? undefined : budgetStanding(charge, call)
    return standing === undefined || fitsIn(charge, standing) !== 'no'
      ? []
      : [{ ...charge, used: standing.used, reserved: standing.reserved }]
  })
}

function concluded(residual: Residual, call: Call): Verdict {
  const validUntil = residual.times.length === 0 ? null : nextBoundary(residual.times, call)
  const { forbids, approvals, permits } = residual
  if (forbids.length > 0) {
    const denied = forbidden(residual, call, validUntil)
    if (denied !== null) return denied
  }
  if (approvals.length > 0) {
    const held = approve(residual, call, validUntil)
    if (held !== null) return held
  }
  let paid: Verdict | null = null
  for (const rule of permits) {
    const truth = rule.fixed ?? truthOf(rule.clause, call)
    if (truth !== 'yes') continue
    const charges = rule.metered ? chargesFor(rule.clause, 'yes', call) : NO_CHARGES
    const verdict = allow(residual, call, besides(rule.alone, NOTHING_TAKEN, validUntil), charges)
    // Where one permits it for nothing, no limit of another counts it.
    if (charges.length === 0) return verdict
    paid ??= verdict
  }
  if (paid !== null) return paid
  const taken = takeOne(residual.grants, call)
  if (taken !== null) return allow(residual, call, besides(byGrant(taken, residual), [taken], validUntil), NO_CHARGES)
  const missing = permits.length === 0 ? residual.near : nearest(permits, residual, call)
  return { effect: 'deny', reasons: NO_REASONS, obligations: NO_OBLIGATIONS, missing, validUntil }
}

function forbidden(residual: Residual, call: Call, validUntil: number | null): Verdict | null {
  let reasons: Reason[] | null = null
  const missing: Missing[] = []
  for (const rule of residual.forbids) {
    const truth = rule.fixed ?? truthOf(rule.clause, call)
    if (truth === 'no') continue
    reasons ??= []
    reasons.push(truth === 'yes' ? rule.yes : rule.unknown)
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
  for (const { approval, fixed, clause, yes, unknown } of residual.approvals) {
    const truth = fixed ?? truthOf(clause, call)
    if (truth === 'no' || approval === null) continue
    const one = approval.granted ? null : takeOne(approval.grants, call)
    if (approval.granted || one !== null) {
      granted.push(truth === 'yes' ? approval.grantYes : approval.grantUnknown)
      if (one !== null) taken.push(one)
    } else {
      waiting.push(truth === 'yes' ? yes : unknown)
      obligations.push(approval.obligation)
    }
  }
  if (waiting.length > 0) return { effect: 'escalate', reasons: waiting, obligations, missing: NO_MISSING, validUntil }
  if (granted.length === 0) return null
  return allow(residual, call, besides(granted, taken, validUntil), NO_CHARGES)
}

/** What it takes that rules do not stand in the way: those limits would make them do so, were they used up. */
const kept = (rules: readonly ResidualRule[], call: Call): readonly Charge[] =>
  rules.flatMap(({ metered, clause }) =>
    metered && truthOf(clause, call) === 'no' ? chargesFor(clause, 'no', call) : [],
  )

/** `permit`: what the permit takes, beside what `verdict` does. */
function allow(residual: Residual, call: Call, verdict: Verdict, permit: readonly Charge[]): Verdict {
  if (!residual.metered) return verdict
  const bars = [...kept(residual.forbids, call), ...kept(residual.approvals, call)]
  const charges = merged([...(verdict.charges ?? NO_CHARGES), ...bars, ...permit])
  return charges.length === 0 ? verdict : { ...verdict, charges }
}

/** Adds the parts that do not hold. */
function missingOf(parts: readonly Part[], rule: ResidualRule, residual: Residual, call: Call, into: Missing[]): void {
  for (const part of parts) {
    if (into.length >= MOST_MISSING) return
    if (part.missing !== null) {
      into.push(part.missing)
      continue
    }
    const truth = truthOf(part.clause, call)
    if (truth === 'yes') continue
    const { org, link } = residual
    const text = tell(part.clause, { org, link, call })
    into.push({ rule: rule.id, clause: part.says, text, truth, for: rule.yes.for })
  }
}

/** Adds the limits by which a rule stands in the way: what is used of them, and when they begin anew. */
function usedUp(rule: ResidualRule, { org, link }: Residual, call: Call, into: Missing[]): void {
  for (const { clause, says } of rule.parts) {
    if (into.length >= MOST_MISSING || !isMetered(clause) || truthOf(clause, call) !== 'yes') continue
    const text = tell(clause, { org, link, call })
    into.push({ rule: rule.id, clause: says, text, truth: 'no', for: rule.yes.for })
  }
}

/** A rule with fewer clauses that fail is nearer; among those, one with fewer that are unknown. */
export function nearness(no: number, unknown: number): number {
  return no * 1000 + unknown
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
      const truth = part.missing?.truth ?? truthOf(part.clause, call)
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

/** Whether a rule is told of: the nearest ones, and every one that fails only for what is unknown. */
export const isNear = (score: number, best: number): boolean => score === best || score < 1000

/** No more rules than this are compared for nearness. */
export const MOST_LOOKED = 16
