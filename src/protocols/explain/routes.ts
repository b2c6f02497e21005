import { z } from 'zod'
import { explainLogged, explainNow, renderTrace } from '../../pdp/explain.ts'
import type { Service } from '../../pdp/service.ts'
import type { Decision, Trace } from '../../policy/decision.ts'
import type { Request } from '../../policy/request.ts'
import { action, decisionContext, jsonObject, resource, subject } from '../authzen/shapes.ts'
import { contextOf } from '../decision.ts'
import { requestFrom } from '../request.ts'
import { type Route, route } from '../route.ts'
import { traceNode } from './shapes.ts'

const byId = z.object({ decision_id: z.string().min(1).max(100) })
const asked = z.object({ subject, action, resource, context: jsonObject.optional() })

const explanation = z.object({
  decision: z.boolean(),
  context: decisionContext,
  request: jsonObject,
  trace: z.array(traceNode),
})

/** Why a decision is what it is: asked anew, or of one that was made, replayed from the log. */
export function explainRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'explain',
      method: 'POST',
      path: '/orgs/{org}/api/v1/explain',
      tag: 'explain',
      summary: 'The rules, clauses, facts and tuples behind a decision, new or by id',
      needs: { scope: 'org', act: { action: 'explain', type: 'org_access' } },
      body: z.union([byId, asked]),
      answers: {
        200: {
          description: 'the decision and its trace; with `Accept: text/plain` a tree to read',
          schema: explanation,
          text: true,
        },
      },
      async handle({ state, body, accept }) {
        if ('decision_id' in body) {
          const { request, decision, trace } = await explainLogged(
            service.store,
            service.shipped,
            state,
            body.decision_id,
          )
          return reply(request, decision, trace, accept)
        }
        const request = requestFrom(state.org.slug, body, service.clock())
        const trace = await service.answered(state, world => explainNow(world, request), { prove: true })
        return reply(request, await service.decide(state, request), trace, accept)
      },
    }),
  ]
}

function reply(request: Request, decision: Decision, trace: Trace, accept: 'json' | 'text') {
  if (accept === 'text') return { status: 200, text: `${renderTrace(trace)}\ndecision ${decision.id}\n` }
  const { at, ...rest } = request
  return {
    status: 200,
    body: {
      decision: decision.effect === 'allow',
      context: contextOf(decision),
      request: { ...rest, at: new Date(at).toISOString() },
      trace: trace.links,
    },
  }
}
