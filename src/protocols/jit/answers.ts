import { z } from 'zod'
import type { Approval, Terms } from '../../agents/approval.ts'
import { statusOf } from '../../pdp/budgets/status.ts'
import { PdpError } from '../../pdp/errors.ts'
import { answer, mayAnswer, review } from '../../pdp/jit/answers.ts'
import { doneBefore } from '../../pdp/jit/before.ts'
import { approvalNamed } from '../../pdp/jit/requests.ts'
import { wholeApprovalState } from '../../pdp/jit/states.ts'
import type { Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { budgetBody } from '../budgets/shown.ts'
import { pageBody, pages } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'
import { detailsIn, reviewed, saidNo, saidYes, shown } from './shapes.ts'
import { approverBody } from './shown.ts'
import { base, readSelf, tag, useSelf } from './tasks.ts'

const STATES = ['pending', 'approved', 'denied', 'expired', 'cancelled', 'consumed', 'all'] as const

const filter = z.object({
  ...pages,
  status: z.enum(STATES).default('pending'),
  agent: z.string().max(200).optional(),
  task_id: z.string().max(128).optional(),
  risk: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  emergency: z.enum(['unreviewed', 'all']).optional(),
})

export function answerRoutes(service: Service): readonly Route[] {
  const answered = { 200: { description: 'the request', schema: shown } }
  return [
    route({
      operation: 'approvePermission',
      method: 'POST',
      path: `${base}/jit/approve/{id}`,
      tag,
      summary: 'Say yes to a request, to all of it or to less',
      needs: useSelf,
      optionalBody: true,
      body: saidYes,
      answers: answered,
      async handle({ state, principal, params, body, ip, prefix }) {
        const said = { yes: true, notes: body.notes ?? null, narrow: narrowingOf(body) }
        const approval = await answer(service, state, principal, params.id ?? '', said, ip)
        const place = { prefix, org: state.org.slug }
        const more = approval.state === 'approved' ? { granted_ttl: approval.terms.ttl / 1000 } : {}
        return { status: 200, body: { ...approverBody(state, approval, place, service.clock()), ...more } }
      },
    }),
    route({
      operation: 'denyPermission',
      method: 'POST',
      path: `${base}/jit/deny/{id}`,
      tag,
      summary: 'Say no to a request',
      needs: useSelf,
      optionalBody: true,
      body: saidNo,
      answers: answered,
      async handle({ state, principal, params, body, ip, prefix }) {
        const said = { yes: false, notes: body.reason ?? null, narrow: null }
        const approval = await answer(service, state, principal, params.id ?? '', said, ip)
        return { status: 200, body: approverBody(state, approval, { prefix, org: state.org.slug }, service.clock()) }
      },
    }),
    route({
      operation: 'reviewPermission',
      method: 'POST',
      path: `${base}/jit/review/{id}`,
      tag,
      summary: 'Say afterwards whether emergency access was in order; where it was not, it ends',
      needs: useSelf,
      body: reviewed,
      answers: answered,
      async handle({ state, principal, params, body, ip, prefix }) {
        const said = { ok: body.ok, notes: body.notes ?? null }
        const approval = await review(service, state, principal, params.id ?? '', said, ip)
        return { status: 200, body: approverBody(state, approval, { prefix, org: state.org.slug }, service.clock()) }
      },
    }),
    route({
      operation: 'pendingPermissions',
      method: 'GET',
      path: `${base}/jit/pending`,
      tag,
      summary: 'Requests that the caller may answer; with `status`, what became of others',
      needs: readSelf,
      query: filter,
      answers: { 200: { description: 'requests, the oldest first', schema: shown } },
      async handle({ state, principal, query, prefix }) {
        const now = service.clock()
        const place = { prefix, org: state.org.slug }
        const found = await answerable(service, state, principal, query, now)
        const { resourceType: _, ...body } = pageBody('requests', found, query, one =>
          approverBody(state, one, place, now),
        )
        const { data } = body
        return { status: 200, body: { ...body, pending_requests: data, requests: data, count: found.length } }
      },
    }),
    route({
      operation: 'getPermission',
      method: 'GET',
      path: `${base}/jit/request/{id}`,
      tag,
      summary: 'All that an approver must know of a request, and what the agent did just before',
      needs: readSelf,
      answers: answered,
      async handle({ state, principal, params, prefix }) {
        const approval = approvalNamed(state, params.id ?? '')
        if (!(await mayAnswer(service, state, principal, approval))) {
          throw new PdpError('approval_not_found', `there is no request \`${approval.id}\` for you to answer`)
        }
        const place = { prefix, org: state.org.slug }
        const [before, budget] = await Promise.all([
          doneBefore(service, state, approval),
          budgetOf(service, state, approval),
        ])
        const shown = { ...approverBody(state, approval, place, service.clock()), ...before }
        const body = { ...shown, budget: { ...(before.budget as JsonObject), ...budget } }
        return { status: 200, body }
      },
    }),
  ]
}

/** What the agent is held to, and what is left of it. */
async function budgetOf(service: Service, state: OrgState, { agent: slug }: Approval) {
  const agent = state.registry.agentBySlug(slug)
  return agent === undefined ? null : budgetBody(agent.budgetPolicy, await statusOf(service, state, agent))
}

function narrowingOf(body: z.infer<typeof saidYes>): ((terms: Terms) => Terms) | null {
  const { ttl, max_uses: uses, authorization_details: details } = body
  if (ttl === undefined && uses === undefined && details === undefined) return null
  const left = details === undefined ? null : detailsIn(details as Json)
  return terms => ({
    details: left ?? terms.details,
    // SDKs send the time they asked for, which may be more than was to be had.
    ttl: ttl === undefined ? terms.ttl : ttl * 1000,
    uses: uses ?? terms.uses,
  })
}

async function answerable(
  service: Service,
  state: OrgState,
  principal: Principal,
  query: z.infer<typeof filter>,
  now: number,
): Promise<readonly Approval[]> {
  const { registry } = state
  const wanted = [...registry.approvals.values()].filter(one => {
    if (query.agent !== undefined && one.agent !== (registry.agents.get(query.agent)?.slug ?? query.agent)) return false
    if (query.task_id !== undefined && one.task !== query.task_id) return false
    if (query.risk !== undefined && one.risk !== query.risk) return false
    if (query.emergency === 'unreviewed') return one.emergency !== null && one.emergency.reviewed === null
    if (query.emergency === 'all' && one.emergency === null) return false
    return query.status === 'all' || wholeApprovalState(registry, one, now) === query.status
  })
  const may = await Promise.all(wanted.map(one => mayAnswer(service, state, principal, one)))
  return wanted.filter((_, i) => may[i] === true).sort((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1))
}
