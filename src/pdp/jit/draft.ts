import type { Approval, Demand, Risk, Ruled } from '../../agents/approval.ts'
import { type Detail, type Operation, operationsOf } from '../../agents/detail.ts'
import type { Task } from '../../agents/task.ts'
import { approverHolder } from '../../engine/asking.ts'
import { linksOf } from '../../engine/decide.ts'
import { APPROVAL, attributesOf, gravest } from '../../facts/approvals.ts'
import { registeredAttribute } from '../../facts/registered.ts'
import type { Decision, Verdict } from '../../policy/decision.ts'
import { printEntity } from '../../policy/entity.ts'
import { sameJson } from '../../policy/json.ts'
import type { Request } from '../../policy/request.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { summaryOf } from '../summary.ts'
import { allows, quietly } from './quiet.ts'

/** What rules say of operations before anybody answered. */
export interface Judged {
  readonly operations: readonly Ruled[]
  readonly demands: readonly Demand[]
  /** Whether rules let all of it pass but for the yeses they want. */
  readonly permitted: boolean
  readonly decisions: readonly Decision[]
}

/**
 * Asks the engine for each operation of the details. What a rule forbids is refused at once: no yes would help. Fails with
 * `approval_refused`, `invalid_authorization_details`.
 */
export async function judge(
  pdp: Service,
  state: OrgState,
  { subject, actors, id }: Pick<Task, 'subject' | 'actors' | 'id'>,
  details: readonly Detail[],
  ip: string,
): Promise<Judged> {
  const operations: Ruled[] = []
  const demands: Demand[] = []
  const decisions: Decision[] = []
  let permitted = true
  for (const operation of details.flatMap(operationsOf)) {
    const request = requestOf(pdp, state, { subject, actors, id }, operation, ip)
    mustBeSo(state, operation)
    const decision = await pdp.decide(state, request)
    decisions.push(decision)
    const barred = decision.reasons.some(r => r.effect === 'forbid' && (r.truth === 'yes' || !operation.resource.many))
    if (barred) throw new PdpError('approval_refused', summaryOf(decision), { decision_id: decision.id })
    if (decision.effect === 'deny' || operation.resource.many) permitted = false
    operations.push({ operation, rules: [...new Set(decision.obligations.map(o => o.rule))] })
    demands.push(...demandsOf(state, request, decision))
  }
  const each = new Map(demands.map(d => [`${d.rule} ${d.relation} ${JSON.stringify(d.holder)}`, d]))
  return { operations, demands: [...each.values()], permitted, decisions }
}

function requestOf(
  pdp: Service,
  { org }: OrgState,
  { subject, actors, id }: Pick<Task, 'subject' | 'actors' | 'id'>,
  { action, resource, given }: Operation,
  ip: string,
): Request {
  const { type, many } = resource
  return {
    org: org.slug,
    subject,
    actors,
    action,
    resource: { type, id: many ? null : resource.id, properties: given },
    context: { ip },
    at: pdp.clock(),
    task: id,
  }
}

/** What is stored of a resource is shown to approvers as it is, never as the one who asks would have it. */
function mustBeSo({ registry, attributes }: OrgState, { resource, given }: Operation): void {
  if (resource.many) return
  for (const [name, value] of Object.entries(given)) {
    const stored = registeredAttribute(registry, resource, name) ?? attributes.get(resource, name)
    if (stored === undefined || sameJson(stored, value)) continue
    const message = `\`${name}\` of ${printEntity(resource)} is ${JSON.stringify(stored)}, not ${JSON.stringify(value)}`
    throw new PdpError('invalid_authorization_details', message)
  }
}

/** Whose yes each obligation asks for, so that it can be looked up whoever comes. */
function demandsOf(state: OrgState, request: Request, verdict: Verdict): readonly Demand[] {
  const links = linksOf(request)
  return verdict.obligations.map(({ rule, relation, on, for: whose }) => {
    const approver = state.set.rules.find(one => one.id === rule)?.approver ?? null
    const link = links.find(one => printEntity(one.subject) === whose)
    const holder = approver === null || link === undefined ? null : approverHolder(state.org.slug, link, approver.on)
    const sentence = verdict.reasons.find(r => r.rule === rule)?.sentence ?? ''
    return { rule, sentence, relation, on, holder, for: whose }
  })
}

/** How grave a request is: the gravest level that rules say it can reach. What is not known of it is not below that. */
export async function riskOf(pdp: Service, state: OrgState, draft: Omit<Approval, 'risk'>): Promise<Risk> {
  const properties = attributesOf({ ...draft, risk: null })
  for (const level of gravest) {
    const subject = { type: APPROVAL, id: draft.id, properties }
    if (allows(await quietly(pdp, state, subject, 'reach', { type: 'risk', id: level }))) return level
  }
  return 'critical'
}

export interface Answerable {
  readonly kind: 'granted' | 'people'
  /** The rule that grants it. */
  readonly rule: string | null
  readonly demands: readonly Demand[]
  readonly needs: number
}

/** Who must say yes: nobody where rules grant it, whom they name, or whoever may. Fails with `approval_refused`. */
export async function whoAnswers(pdp: Service, state: OrgState, draft: Approval): Promise<Answerable> {
  const properties = attributesOf(draft)
  const agent = { type: 'agent', id: draft.agent }
  const resource = { type: APPROVAL, id: draft.id, properties }
  const verdict = await quietly(pdp, state, agent, 'obtain', resource)
  const barred = verdict.reasons.find(r => r.effect === 'forbid')
  if (barred !== undefined)
    throw new PdpError('approval_refused', `denied by: ${barred.sentence}`, { rule: barred.rule })
  const isFree = draft.demands.length === 0 && draft.addressee === null
  if (allows(verdict) && isFree) {
    return { kind: 'granted', rule: verdict.reasons[0]?.sentence ?? '', demands: [], needs: 0 }
  }
  const request = {
    org: state.org.slug,
    subject: agent,
    actors: [],
    action: 'obtain',
    resource,
    context: {},
    at: draft.askedAt,
  }
  const demands = [...draft.demands, ...demandsOf(state, request, verdict)]
  const second = await quietly(pdp, state, { type: APPROVAL, id: draft.id, properties }, 'await', {
    type: 'second_approval',
    id: state.org.slug,
  })
  return { kind: 'people', rule: null, demands, needs: allows(second) ? 2 : 1 }
}
