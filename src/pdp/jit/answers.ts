import type { Approval, Terms } from '../../agents/approval.ts'
import { type ApprovalEvent, type ApprovalProblem, approvalAfter, isOwn } from '../../agents/approval-steps.ts'
import { APPROVAL, meets } from '../../facts/approvals.ts'
import { wholeApprovalState } from '../../facts/tasks.ts'
import { factsOf } from '../../facts/world.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import { PdpError } from '../errors.ts'
import { chainOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import { amend } from '../registering.ts'
import type { Service } from '../service.ts'
import { grantsFor } from './grants.ts'
import { allows, quietly } from './quiet.ts'
import { approvalNamed } from './requests.ts'

export interface Answer {
  readonly yes: boolean
  readonly notes: string | null
  /** What the approver leaves of it; null: all. */
  readonly narrow: ((terms: Terms) => Terms) | null
}

/** Whoever calls, by themselves: nobody answers through somebody else unless rules let each of them. */
const answererOf = (principal: Principal): Entity => {
  const { subject, actors } = chainOf(principal)
  return actors.at(-1) ?? subject
}

/** Whether rules let the caller answer a request, or see it as one who could. */
export async function mayAnswer(pdp: Service, state: OrgState, principal: Principal, approval: Approval) {
  const { subject, actors } = chainOf(principal)
  for (const one of [subject, ...actors]) {
    if (isOwn(approval, one)) return false
    if (!allows(await quietly(pdp, state, one, 'approve', { type: APPROVAL, id: approval.id }))) return false
  }
  return true
}

/** Answers a request. Fails with `own_request`, `permission_denied`, `approval_over`, `answered_already`, `wider_than_asked`. */
export async function answer(
  pdp: Service,
  state: OrgState,
  principal: Principal,
  id: string,
  said: Answer,
  ip: string,
): Promise<Approval> {
  const before = approvalNamed(state, id)
  mustWait(pdp, state, before)
  const by = answererOf(principal)
  if (isOwn(before, by)) throw failureOf({ ok: false, code: 'own_request', message: OWN })
  await mustMayAnswer(pdp, state, principal, before, ip)
  const met = await demandsMet(pdp, state, by, before)
  return step(pdp, state, id, printEntity(by), found => {
    mustWait(pdp, state, found)
    const narrowed = said.yes && said.narrow !== null ? said.narrow(found.terms) : null
    return { kind: 'answer', by, yes: said.yes, notes: said.notes, meets: met, narrowed }
  })
}

const OWN = 'nobody answers a request of their own, or of their own chain'

function mustWait(pdp: Service, { registry }: OrgState, approval: Approval): void {
  const is = wholeApprovalState(registry, approval, pdp.clock())
  if (is !== 'pending')
    throw new PdpError('approval_over', `the request \`${approval.id}\` is ${is} already`, { status: is })
}

/** That it is decided who may is itself a decision, logged as any. */
async function mustMayAnswer(pdp: Service, state: OrgState, principal: Principal, approval: Approval, ip: string) {
  const chain = chainOf(principal)
  const decision = await pdp.decide(state, {
    org: state.org.slug,
    ...chain,
    action: 'approve',
    resource: { type: APPROVAL, id: approval.id },
    context: { ip },
    at: pdp.clock(),
  })
  if (decision.effect === 'allow') return
  throw new PdpError('permission_denied', `${printEntity(answererOf(principal))} may not answer this request`, {
    decision_id: decision.id,
  })
}

/** Which demands a yes of theirs would meet: those that name them, or all where they may stand in by now. */
async function demandsMet(pdp: Service, state: OrgState, by: Entity, approval: Approval): Promise<readonly number[]> {
  if (approval.demands.length === 0) return []
  const all = approval.demands.map((_, i) => i)
  if (allows(await quietly(pdp, state, by, 'cover', { type: APPROVAL, id: approval.id }))) return all
  return pdp.answered(state, world => {
    const facts = factsOf(world, () => undefined)
    return all.filter(i => {
      const demand = approval.demands[i]
      const found = demand && meets(by, demand.relation, demand.holder, question => facts.answer(question))
      return found?.kind === 'truth' && found.truth === 'yes'
    })
  })
}

/** One step of a request, by what it is now; what is granted comes with it. */
export async function step(
  pdp: Service,
  state: OrgState,
  id: string,
  by: string,
  event: (found: Approval) => ApprovalEvent,
): Promise<Approval> {
  const read = () => approvalNamed(state, id)
  return amend(pdp, state, read, { by, ifMatch: null }, found => {
    const now = pdp.clock()
    const next = approvalAfter(found, event(found), now)
    if (!next.ok) throw failureOf(next)
    const granted = found.state === 'pending' && next.approval.state === 'approved'
    return { entry: next.approval, besides: granted ? grantsFor(next.approval, now, by) : [] }
  })
}

function failureOf({ code, message }: ApprovalProblem): PdpError {
  return new PdpError(code === 'not_due' ? 'approval_over' : code, message)
}

/** Takes a request back: by the agent that asked, or by who might have answered. */
export async function cancel(pdp: Service, state: OrgState, principal: Principal, id: string): Promise<Approval> {
  const approval = approvalNamed(state, id)
  const by = answererOf(principal)
  const mine = by.type === 'agent' && by.id === approval.agent
  if (!mine && !(await mayAnswer(pdp, state, principal, approval))) {
    throw new PdpError('permission_denied', 'a request is taken back by who asked, or by who might answer it')
  }
  const is = wholeApprovalState(state.registry, approval, pdp.clock())
  return step(pdp, state, id, printEntity(by), () => ({ kind: is === 'approved' ? 'revoke' : 'cancel' }))
}

/** Says afterwards whether an emergency was one; what was not in order ends. */
export async function review(
  pdp: Service,
  state: OrgState,
  principal: Principal,
  id: string,
  said: { readonly ok: boolean; readonly notes: string | null },
  ip: string,
): Promise<Approval> {
  const by = answererOf(principal)
  await mustMayAnswer(pdp, state, principal, approvalNamed(state, id), ip)
  return step(pdp, state, id, printEntity(by), () => ({ kind: 'review', by, ...said }))
}
