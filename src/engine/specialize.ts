import type { Facts } from '../policy/question.ts'
import { type Asking, NO_MORE, startAsking } from './asking.ts'
import { timesIn } from './boundary.ts'
import { candidatesOf, permitsForOthers } from './candidates.ts'
import { isMetered } from './charges.ts'
import type { Clause, CompiledRule, Conjunct, DatedClause, Link } from './clause.ts'
import type { PolicySet } from './compile.ts'
import { grantsFor } from './grants.ts'
import { lackOf, nearestMissing } from './near.ts'
import { reduce } from './reduce.ts'
import {
  type Lack,
  type Left,
  type Needs,
  type Part,
  type Residual,
  type ResidualApproval,
  type ResidualRule,
  residualOf,
} from './residual.ts'
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
  let near: readonly Lack[] = []
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
const needs = (asking: Asking): Needs => ({ kind: 'needs', questions: [...(asking.needs?.values() ?? [])] })

function surviving(rules: readonly CompiledRule[], asking: Asking): Surviving {
  const { steps } = asking.course
  const out: Surviving = { rules: [], pending: false }
  for (const rule of rules) {
    steps.push(rule.order)
    const left = survive(rule, asking)
    if (left === 'pending') out.pending = true
    else if (left !== null) out.rules.push(left)
    if (rule.effect === 'permit' && left !== null && left !== 'pending' && left.fixed === 'yes') break
  }
  steps.push(NO_MORE)
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
  const fixed = all.some(isOpen) ? null : truthOf(clause, NO_CALL)
  const { id, text: sentence, effect } = rule
  const metered = fixed === null && isMetered(clause)
  return { id, sentence, effect, fixed, clause, metered, parts, lift, approval }
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
  const lack = truth === 'yes' ? null : lackOf(rule, conjunct, truth, asking)
  return { clause, says: conjunct.says, lack }
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
  const { approver } = rule
  const found = grantsFor(asking, rule)
  if (found === 'pending') return 'pending'
  return { ...found, relation: approver === null ? '' : approver.relation, on: approver?.on ?? null }
}

type Rules = Partial<Pick<Left, 'forbids' | 'approvals' | 'permits' | 'grants' | 'near'>>

function residual(asking: Asking, rules: Rules, denied: boolean): Residual {
  const { forbids = [], approvals = [], permits = [], grants = [], near = [] } = rules
  const all = [...forbids, ...approvals, ...permits]
  const open = all.some(rule => rule.fixed === null)
  const granted = grants.length > 0 || approvals.some(({ approval }) => approval !== null && approval.grants.length > 0)
  const lifted = forbids.some(rule => rule.lift?.some(part => part.lack === null))
  const { org, link, asked, answers, course } = asking
  const left: Left = {
    org,
    constant: !granted && !lifted && !open,
    forbids,
    approvals,
    permits,
    grants,
    metered: granted || all.some(rule => rule.metered),
    near,
    times: denied || !open ? NO_TIMES : timesOf(all),
    asked,
  }
  return residualOf(link, left, answers, course)
}

const NO_TIMES: readonly DatedClause[] = Object.freeze([])

function timesOf(rules: readonly ResidualRule[]): readonly DatedClause[] {
  const times = new Set<DatedClause>()
  for (const rule of rules) if (rule.fixed === null) timesIn(rule.clause, times)
  return [...times]
}
