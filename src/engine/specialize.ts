import type { Missing, Reason } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Facts, GrantFact } from '../policy/question.ts'
import { type Asking, startAsking } from './asking.ts'
import { timesIn } from './boundary.ts'
import { candidatesOf, permitsForOthers } from './candidates.ts'
import { isMetered } from './charges.ts'
import type { Clause, CompiledRule, Conjunct, DatedClause, Link } from './clause.ts'
import type { PolicySet } from './compile.ts'
import { grantsFor } from './grants.ts'
import { termName } from './names.ts'
import { missingFor, nearestMissing } from './near.ts'
import { reduce } from './reduce.ts'
import type { Needs, Part, Residual, ResidualApproval, ResidualRule } from './residual.ts'
import { conclude } from './settle.ts'
import { truthOf } from './truth.ts'
import { NO_CALL } from './words.ts'

export type { Link } from './clause.ts'
export type { Needs, Residual, ResidualRule } from './residual.ts'

interface Surviving {
  readonly rules: ResidualRule[]
  pending: boolean
}

/**
 * Answers, for one link, everything that stored facts answer. Stops looking at permits once one holds for every call,
 * and looks at none where a forbid or a required approval leaves them no say.
 */
export function specialize(set: PolicySet, link: Link, facts: Facts): Residual | Needs {
  const asking = startAsking(set, link, facts)
  const found = candidatesOf(set.index, asking.link)
  const forbids = surviving(found.forbids, asking)
  const denied = forbids.rules.some(isFixed)
  if (denied) return forbids.pending ? needs(asking) : residual(asking, { forbids: forbids.rules }, denied)

  const approvals = surviving(found.approvals, asking)
  const blocked = approvals.rules.some(r => isFixed(r) && r.approval !== null && isUngranted(r.approval))
  if (blocked && !forbids.pending) {
    return approvals.pending
      ? needs(asking)
      : residual(asking, { forbids: forbids.rules, approvals: approvals.rules }, false)
  }

  const permits = surviving(found.permits, asking)
  const sure = permits.rules.find(r => r.fixed === 'yes')
  const granted = sure === undefined ? grantsFor(asking, null) : NONE
  if (forbids.pending || approvals.pending || (permits.pending && sure === undefined)) return needs(asking)
  if (granted === 'pending') return needs(asking)
  let near: readonly Missing[] = []
  if (permits.rules.length === 0) {
    const others = found.permits.length > 0 ? found.permits : permitsForOthers(set.index, asking.link, 16)
    const nearest = nearestMissing(others, asking)
    if (nearest === null) return needs(asking)
    near = nearest
  }
  const rules = sure === undefined ? permits.rules : [sure]
  const grants = granted.grants
  return residual(asking, { forbids: forbids.rules, approvals: approvals.rules, permits: rules, grants, near }, false)
}

const NONE = { granted: false, grants: [] } as const
const isUngranted = ({ granted, grants }: ResidualApproval): boolean => !granted && grants.length === 0

const isFixed = ({ fixed }: ResidualRule): boolean => fixed !== null
const needs = (asking: Asking): Needs => ({ kind: 'needs', questions: [...asking.needs.values()] })

function surviving(rules: readonly CompiledRule[], asking: Asking): Surviving {
  const out: Surviving = { rules: [], pending: false }
  for (const rule of rules) {
    const left = survive(rule, asking)
    if (left === 'pending') out.pending = true
    else if (left !== null) out.rules.push(left)
    if (rule.effect === 'permit' && left !== null && left !== 'pending' && left.fixed === 'yes') break
  }
  return out
}

/** Null for a rule that applies to no call. */
function survive(rule: CompiledRule, asking: Asking): ResidualRule | 'pending' | null {
  const clauses: [Conjunct, Clause][] = []
  let pending = false
  for (const conjunct of rule.byCost) {
    const clause = reduce(conjunct.clause, asking)
    if (clause.kind === 'pending') pending = true
    else if (clause.kind !== 'known' || clause.truth === 'unknown') clauses.push([conjunct, clause])
    else if (clause.truth === 'no') return null
  }
  const approval = rule.approver === null ? null : approvalOf(rule, asking)
  const lift = rule.lift === null || pending ? null : liftOf(rule, rule.lift, asking)
  if (pending || approval === 'pending' || lift === 'pending') return 'pending'
  const all = clauses.map(([, clause]) => clause)
  const clause: Clause = all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'all', of: all }
  const unless = rule.lift === null ? null : rule.conjuncts.at(-1)
  const parts = clauses.filter(([c]) => c !== unless).map(([c, reduced]) => partOf(rule.id, c, reduced, asking))
  const reason = (effect: Reason['effect'], truth: Reason['truth']): Reason =>
    Object.freeze({ rule: rule.id, sentence: rule.text, effect, truth, for: printEntity(asking.subject) })
  const fixed = all.some(isOpen) ? null : truthOf(clause, NO_CALL)
  const effect = rule.effect
  const metered = fixed === null && isMetered(clause)
  const base = { id: rule.id, effect, fixed, clause, metered, parts, lift, approval }
  const yes = reason(effect, 'yes')
  return { ...base, yes, alone: Object.freeze([yes]), unknown: reason(effect, 'unknown') }
}

/** Whether some part of a reduced clause is for the call to answer. */
function isOpen(clause: Clause): boolean {
  switch (clause.kind) {
    case 'known':
      return false
    case 'all':
    case 'any':
      return clause.of.some(isOpen)
    case 'not':
      return isOpen(clause.of)
    default:
      return true
  }
}

function partOf(rule: string, conjunct: Conjunct, clause: Clause, asking: Asking): Part {
  const truth = isOpen(clause) ? 'yes' : truthOf(clause, NO_CALL)
  const missing = truth === 'yes' ? null : missingFor(rule, conjunct, truth, asking)
  return { clause, says: conjunct.says, missing }
}

function liftOf(rule: CompiledRule, lift: readonly Conjunct[], asking: Asking): readonly Part[] | 'pending' {
  const parts: Part[] = []
  let pending = false
  for (const conjunct of lift) {
    const clause = reduce(conjunct.clause, asking)
    if (clause.kind === 'pending') pending = true
    else if (clause.kind !== 'known' || clause.truth !== 'yes') parts.push(partOf(rule.id, conjunct, clause, asking))
  }
  return pending ? 'pending' : parts
}

function approvalOf(rule: CompiledRule, asking: Asking): ResidualApproval | 'pending' {
  const { org, link, subject } = asking
  const who = printEntity(subject)
  const approver = rule.approver
  const on = approver === null ? '' : approver.on.kind === 'subject' ? who : onText(approver.on, { org, link })
  const obligation = Object.freeze({
    kind: 'approval' as const,
    rule: rule.id,
    relation: approver === null ? '' : approver.relation,
    on,
    for: who,
  })
  const reason = (truth: Reason['truth']): Reason =>
    Object.freeze({ rule: rule.id, sentence: rule.text, effect: 'grant' as const, truth, for: who })
  const rest = { obligation, grantYes: reason('yes'), grantUnknown: reason('unknown') }
  const found = grantsFor(asking, rule)
  return found === 'pending' ? 'pending' : { ...found, ...rest }
}

/** Entities as `type:id`, so that whoever seeks the approver can look it up. */
const onText = (on: Parameters<typeof termName>[0], scene: Parameters<typeof termName>[1]): string =>
  on.kind === 'entity' ? printEntity(on.entity) : termName(on, scene)

interface Left {
  readonly forbids?: readonly ResidualRule[]
  readonly approvals?: readonly ResidualRule[]
  readonly permits?: readonly ResidualRule[]
  readonly grants?: readonly GrantFact[]
  readonly near?: readonly Missing[]
}

function residual(asking: Asking, left: Left, denied: boolean): Residual {
  const { forbids = [], approvals = [], permits = [], grants = [], near = [] } = left
  const rules = [...forbids, ...approvals, ...permits]
  const times = new Set<DatedClause>()
  if (!denied) for (const rule of rules) if (rule.fixed === null) timesIn(rule.clause, times)
  const granted = grants.length > 0 || approvals.some(({ approval }) => approval !== null && approval.grants.length > 0)
  const { org, link, read: facts } = asking
  const open: Residual = {
    kind: 'residual',
    org,
    link,
    constant: null,
    forbids,
    approvals,
    permits,
    grants,
    metered: rules.some(rule => rule.metered) || granted,
    near,
    times: [...times],
    facts,
  }
  if (rules.some(rule => rule.fixed === null)) return open
  if (granted) return open
  if (forbids.some(rule => rule.lift?.some(part => part.missing === null))) return open
  const verdict = conclude(open, NO_CALL)
  Object.freeze(verdict.reasons)
  Object.freeze(verdict.obligations)
  for (const missing of verdict.missing) Object.freeze(missing)
  Object.freeze(verdict.missing)
  return { ...open, constant: Object.freeze(verdict) }
}
