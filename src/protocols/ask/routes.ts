import type { z } from 'zod'
import { timedId } from '../../lib/ids.ts'
import { type AskAnswer, type AskPorts, answerAsk } from '../../pdp/ask/answer.ts'
import { chainOf, nameOf, type Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { evidenceIn } from '../evidence.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { bodyOf } from './encode.ts'
import * as shape from './shapes.ts'

const USE = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const
const PAGE = 100

type Body = z.infer<typeof shape.asked>

/** What whoever calls may do, asked by the name of an action or in English, answered by the engine. */
export function askRoutes(ports: AskPorts): readonly Route[] {
  return [
    route({
      operation: 'agentsAsk',
      method: 'POST',
      path: '/orgs/{org}/api/v1/agents/ask',
      tag: 'agents',
      summary: 'May whoever calls do this? By the name of an action, or in English',
      needs: USE,
      body: shape.asked,
      answers: {
        200: {
          description: 'yes or no, why, and what was understood; a no is an answer, not an error',
          schema: shape.answer,
        },
      },
      handle: call => ask(ports, call),
    }),
  ]
}

async function ask(ports: AskPorts, call: Call<Body, undefined>): Promise<Reply> {
  const { state, body, principal, ip, headers } = call
  const { action = null, question = null, spend = false, page } = body
  const context = body.context ?? {}
  const key = body.idempotency_key ?? headers['idempotency-key']
  const id = timedId('ask', ports.service.clock())
  const given = typeof key === 'string' && key !== '' ? `ask ${nameOf(principal)} ${key}` : `ask ${id}`
  const evidence = await evidenceIn(ports.service, state, call, body.capability)
  const answer = await answerAsk(ports, state, {
    principal,
    ip,
    action,
    question,
    context,
    evidence,
    spend: spend ? { id: given } : null,
    page: { limit: page?.limit ?? PAGE, token: page?.token ?? null },
  })
  const event = timedId('log', ports.service.clock())
  const sent = bodyOf(answer, { action, question, context }, event)
  audited(ports, state, { event, by: principal, spend, question, ip }, answer, sent)
  return { status: 200, body: sent }
}

interface Event {
  readonly event: string
  readonly by: Principal
  readonly spend: boolean
  readonly question: string | null
  readonly ip: string
}

function audited(
  { service }: AskPorts,
  state: OrgState,
  { event, by: principal, spend, question, ip }: Event,
  { reading, effect, answered }: AskAnswer,
  { allowed, understood }: { readonly allowed: boolean; readonly understood: readonly string[] },
): void {
  const at = service.clock()
  const [first] = answered
  const { type = 'question', id = null } = first?.request.resource ?? {}
  const data: JsonObject = {
    allowed,
    effect,
    understood,
    understood_by: reading.by,
    confidence: reading.confidence,
    decisions: answered.map(one => one.decision.id),
  }
  const { subject, actors } = chainOf(principal)
  const kind = spend ? 'agent.action' : 'agent.asked'
  service.audit.append(state.org.slug, () => ({
    id: event,
    at,
    kind,
    actor: nameOf(principal),
    target: id === null ? type : `${type}:${id}`,
    subject: printEntity(subject),
    chain: actors.map(printEntity),
    task: principal.kind === 'token' ? principal.token.task : null,
    decision: (answered.find(one => one.effect === effect) ?? first)?.decision.id ?? null,
    outcome: allowed ? 'success' : effect === 'escalate' ? 'pending' : 'denied',
    ip,
    data,
    // The words may tell of anybody; they go with whoever asked.
    ...(question !== null && { persons: { [printEntity(subject)]: { question: question.slice(0, 1_000) } } }),
  }))
}
