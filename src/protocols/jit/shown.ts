import type { Approval, ApprovalState } from '../../agents/approval.ts'
import { unmet } from '../../agents/approval-steps.ts'
import type { Task } from '../../agents/task.ts'
import { wholeApprovalState, wholeTaskState } from '../../pdp/jit/states.ts'
import type { OrgState } from '../../pdp/org.ts'
import { printEntity } from '../../policy/entity.ts'
import { iso, isoOrNull } from '../registry/shapes.ts'

/** Where links of an answer begin. */
export interface Place {
  readonly prefix: '/orgs' | '/t'
  readonly org: string
}

export const jitBase = ({ prefix, org }: Place): string => `${prefix}/${org}/api/v1/jit`

export function taskBody({ registry }: OrgState, task: Task, now: number) {
  const agent = registry.agentBySlug(task.agent)
  return {
    task_id: task.id,
    caep_session_id: task.session,
    status: wholeTaskState(registry, task, now),
    name: task.name,
    type: task.type,
    parent_task_id: task.parent,
    expires_at: iso(task.expiresAt),
    agent_id: agent?.id ?? task.agent,
    agent: { id: agent?.id ?? null, slug: task.agent, name: agent?.name ?? task.agent },
    on_behalf_of: task.subject.type === 'agent' ? null : printEntity(task.subject),
    budget: task.budget,
  }
}

/** A request as the agent that made it sees it. */
export function requestBody({ registry }: OrgState, approval: Approval, place: Place, now: number) {
  const status = wholeApprovalState(registry, approval, now)
  const url = `${jitBase(place)}/request/${approval.id}`
  return {
    request_id: approval.id,
    status,
    risk_level: approval.risk,
    task_id: approval.task,
    ...partsOf(approval, status, url),
  }
}

function partsOf(approval: Approval, status: ApprovalState, url: string) {
  switch (status) {
    case 'approved':
      return {
        token_url: `${url}/token`,
        granted_ttl: approval.terms.ttl / 1000,
        max_uses: approval.terms.uses,
        authorization_details: approval.terms.details,
        expires_at: isoOrNull(approval.until),
        ...(approval.byPolicy !== null && { approved_by_policy: approval.byPolicy }),
      }
    case 'denied': {
      const said = approval.answers.find(a => !a.yes)?.notes ?? null
      return { review_notes: said, deny_reason: said }
    }
    case 'pending':
      return { status_url: `${url}/status`, expires_at: iso(approval.expiresAt), message: waitsFor(approval) }
    default:
      return {}
  }
}

/** Whose answer a request still waits for, in a sentence. */
function waitsFor(approval: Approval): string {
  const left = unmet(approval).flatMap(i => approval.demands[i] ?? [])
  const named = left.map(({ relation, on }) => (relation === null ? on : `the ${relation} of ${on}`))
  const missing = approval.needs - approval.answers.filter(a => a.yes).length
  const people = missing > 1 ? `${missing} approvers` : 'an approver'
  const who = [...new Set([...named, ...(approval.addressee === null ? [] : [`user:${approval.addressee}`])])]
  return `waits for ${who.length === 0 ? people : `${who.join(' and ')}${missing > who.length ? ' and another approver' : ''}`}`
}

/** What an approver must know before they answer, but for what has to be fetched. */
export function approverBody(state: OrgState, approval: Approval, place: Place, now: number) {
  const { registry } = state
  const status = wholeApprovalState(registry, approval, now)
  const task = registry.tasks.get(approval.task)
  const agent = registry.agentBySlug(approval.agent)
  return {
    request_id: approval.id,
    status,
    risk_level: approval.risk,
    task_id: approval.task,
    task:
      task === undefined
        ? null
        : { name: task.name, type: task.type, justification: task.justification, parent: task.parent },
    agent: { id: agent?.id ?? null, slug: approval.agent, name: agent?.name ?? approval.agent },
    on_behalf_of: approval.subject.type === 'agent' ? null : printEntity(approval.subject),
    chain: [approval.subject, ...approval.actors].map(printEntity),
    authorization_details: approval.asked.details,
    actions: approval.operations.map(({ operation: { action, resource } }) => ({
      action,
      resource: `${resource.type}:${resource.id}${resource.many ? '*' : ''}`,
    })),
    justification: approval.justification,
    requested_ttl: approval.asked.ttl / 1000,
    max_uses: approval.asked.uses,
    permitted_otherwise: approval.permitted,
    rules: approval.demands.map(({ rule, sentence, relation, on, for: whose }) => ({
      rule,
      sentence,
      relation,
      on,
      for: whose,
    })),
    addressee: approval.addressee,
    needs: approval.needs,
    waits_for: status === 'pending' ? waitsFor(approval) : null,
    answers: approval.answers.map(a => ({
      by: printEntity(a.by),
      answer: a.yes ? 'yes' : 'no',
      at: iso(a.at),
      notes: a.notes,
    })),
    approved_by_policy: approval.byPolicy,
    granted:
      approval.until === null
        ? null
        : {
            authorization_details: approval.terms.details,
            ttl: approval.terms.ttl / 1000,
            max_uses: approval.terms.uses,
            until: iso(approval.until),
          },
    requested_at: iso(approval.askedAt),
    expires_at: iso(approval.expiresAt),
    escalated: approval.escalated,
    repeats: approval.repeats,
    via: approval.via,
    emergency:
      approval.emergency === null
        ? null
        : {
            reviewed:
              approval.emergency.reviewed === null
                ? null
                : {
                    by: printEntity(approval.emergency.reviewed.by),
                    ok: approval.emergency.reviewed.ok,
                    at: iso(approval.emergency.reviewed.at),
                    notes: approval.emergency.reviewed.notes,
                  },
          },
    denials: approval.denials,
    approve_url: `${jitBase(place)}/approve/${approval.id}`,
    deny_url: `${jitBase(place)}/deny/${approval.id}`,
  }
}
