import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { explainNow } from '../../pdp/explain.ts'
import type { OrgState } from '../../pdp/org.ts'
import { searchAsked } from '../../pdp/question-search.ts'
import { type Asking, answerQuestion, type QuestionAnswer, understand } from '../../pdp/questions.ts'
import type { Service } from '../../pdp/service.ts'
import type { Found } from '../../policy/ask.ts'
import type { Decision } from '../../policy/decision.ts'
import { type Entity, parseEntity } from '../../policy/entity.ts'
import { decisionContext, jsonObject, pageAnswer } from '../authzen/shapes.ts'
import { contextOf } from '../decision.ts'
import { traceNode } from '../explain/shapes.ts'
import { instantFrom } from '../request.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'

const asked = z.object({
  question: z.string().min(1).max(4096),
  /** Who `I` is, as `type:id`. */
  as: z.string().min(3).max(2048).optional(),
  /** When it is asked, RFC 3339; the words for time of the question are told from it. */
  time: z.string().max(64).optional(),
  page: z.object({ token: z.string().max(8192).optional(), limit: z.int().min(1).max(1000).optional() }).optional(),
})

const understood = z.object({ understood: z.string(), assumptions: z.array(z.string()) })

const decisions = understood.extend({
  decision: z.boolean(),
  effect: z.enum(['allow', 'deny', 'escalate']),
  requests: z.array(
    z.object({
      request: jsonObject,
      decision: z.boolean(),
      context: decisionContext,
      trace: z.array(traceNode).optional(),
    }),
  ),
})

const results = understood.extend({
  results: z.array(
    z.object({ action: z.string().optional(), type: z.string().optional(), id: z.string().nullable().optional() }),
  ),
  page: pageAnswer,
})

export const questionAnswer = z.union([decisions, results])

const CHECK = { action: 'check', type: 'org_access' } as const
const EXPLAIN = { action: 'explain', type: 'org_access' } as const
const LIMIT = 100

type Body = z.infer<typeof asked>

/** Questions in English, answered by the engine. */
export function questionRoutes(service: Service): readonly Route[] {
  const common = {
    method: 'POST',
    tag: 'questions',
    summary: 'Ask in English who may do what',
    needs: { scope: 'org', act: CHECK },
    body: asked,
    answers: {
      200: {
        description: 'the question as it was understood, and its decisions or what was found',
        schema: questionAnswer,
      },
    },
    handle: (call: Call<Body, undefined>) => answer(service, call),
  } as const
  return [
    route({ ...common, operation: 'ask', path: '/api/v1/questions' }),
    route({ ...common, operation: 'askInOrg', path: '/orgs/{org}/api/v1/questions' }),
  ]
}

async function answer(service: Service, { state, body, principal, ip }: Call<Body, undefined>): Promise<Reply> {
  const now = body.time === undefined ? service.clock() : instantFrom(body.time, 'time')
  const { question, canonical, assumptions } = understand(state, body.question, askerFrom(body.as), now)
  if (question.kind === 'requests' && question.explain) await service.enter(principal, state.org.slug, EXPLAIN, ip)
  const page = { limit: body.page?.limit ?? LIMIT, token: body.page?.token ?? null }
  const found = await answerQuestion(state, question, asking(service, state), now, page)
  return { status: 200, body: { understood: canonical, assumptions, ...bodyOf(found) } }
}

const asking = (service: Service, state: OrgState): Asking<Decision> => ({
  decide: request => service.decide(state, request),
  explain: request => service.answered(state, world => explainNow(world, request), { prove: true }),
  search: (ask, at, page) => service.answered(state, world => searchAsked(world, ask, at, page), { whole: true }),
})

function askerFrom(text: string | undefined): Entity | null {
  const entity = text === undefined ? null : parseEntity(text)
  if (text === undefined || entity !== null) return entity
  throw new PdpError('invalid_request', '`as` must be who asks, as `type:id`')
}

/** What an answer is made of, as JSON. */
export function bodyOf(found: QuestionAnswer<Decision>) {
  if (found.kind === 'search') {
    const rows = found.found.map(rowOf)
    return { results: rows, page: { next_token: found.nextToken, count: rows.length } }
  }
  const requests = found.decided.map(({ request: { at, ...rest }, decision, trace }) => ({
    request: { ...rest, at: new Date(at).toISOString() },
    decision: decision.effect === 'allow',
    context: contextOf(decision),
    ...(trace !== null && { trace: trace.links }),
  }))
  return { decision: found.effect === 'allow', effect: found.effect, requests }
}

const rowOf = ({ subject, action, resource }: Found) => ({
  ...(action !== undefined && { action }),
  ...(subject ?? resource),
})
