import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { recordOf } from '../../pdp/record.ts'
import type { DecisionRow, Service } from '../../pdp/service.ts'
import { decisionContext, jsonObject } from '../authzen/shapes.ts'
import { contextOf } from '../decision.ts'
import { type Route, route } from '../route.ts'
import { listBody, listOf, one, paging } from './shapes.ts'

const effect = z.enum(['allow', 'deny', 'escalate'])
const row = z.object({
  id: z.string(),
  at: z.string(),
  effect,
  subject: z.string(),
  action: z.string(),
  resource: z.string(),
})
const whole = row.extend({ request: jsonObject, context: decisionContext, facts: z.array(jsonObject) })
const read = { scope: 'org', act: { action: 'read', type: 'org_decision' } } as const

/** The decision log. A decision appears here moments after it was answered. */
export function decisionRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'listDecisions',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/decisions',
      tag: 'decisions',
      summary: 'Decisions, newest first',
      needs: read,
      query: z.object({ ...paging, effect: effect.optional(), subject: z.string().max(1024).optional() }),
      answers: { 200: { description: 'decisions', schema: listOf(row, 'decisions') } },
      async handle({ state, query }) {
        const found = await service.store.decisions(state.org.slug, {
          limit: query.limit + 1,
          before: query.page_token ?? null,
          effect: query.effect ?? null,
          subject: query.subject ?? null,
        })
        const data = found.slice(0, query.limit)
        const next = found.length > query.limit ? (data.at(-1)?.id ?? '') : ''
        return { status: 200, body: listBody('decisions', data.map(rowBody), query.limit, next) }
      },
    }),
    route({
      operation: 'getDecision',
      method: 'GET',
      path: '/orgs/{org}/api/v1/decisions/{id}',
      tag: 'decisions',
      summary: 'One decision with its request and the facts it read',
      needs: read,
      answers: { 200: { description: 'the decision', schema: one(whole) } },
      async handle({ state, params }) {
        const found = await service.store.decision(state.org.slug, params.id ?? '')
        if (found === null) throw new PdpError('decision_not_found', `there is no decision \`${params.id}\``)
        const { request, decision } = recordOf(found)
        const body = { ...rowBody(found), request, context: contextOf(decision), facts: found.record.facts }
        return { status: 200, body: { data: body } }
      },
    }),
  ]
}

const rowBody = ({ id, at, effect, subject, action, resource }: DecisionRow) => ({
  id,
  at: new Date(at).toISOString(),
  effect,
  subject,
  action,
  resource,
})
