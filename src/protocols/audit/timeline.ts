import { z } from 'zod'
import { MOST_MOMENTS, type Moment, type Place, storyOf, timelineOf } from '../../pdp/audit/timeline.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { DecisionRow, Service } from '../../pdp/service.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { listBody, listOf, paging } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { entryBody, messageOf } from './entry.ts'
import { read } from './logs.ts'

const moment = z.looseObject({ at: z.string(), type: z.string(), summary: z.string() })

/** What an agent did, newest first, and the story of a task, from its beginning. */
export function timelineRoutes(service: Service): readonly Route[] {
  const { store } = service
  const story = (operation: string, path: string): Route =>
    route({
      operation,
      method: 'GET',
      path,
      tag: 'audit',
      summary: `All that was done for a task, in its order; ${MOST_MOMENTS} moments at the most`,
      needs: read,
      answers: { 200: { description: 'the story', schema: z.looseObject({ data: z.array(moment) }) } },
      async handle({ state, params }) {
        const task = params.id ?? ''
        const moments = await storyOf(store, state.org.slug, task)
        return { status: 200, body: { task_id: task, data: moments.map(momentBody), resourceType: 'story' } }
      },
    })
  return [
    route({
      operation: 'agentTimeline',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/agents/{id}/timeline',
      tag: 'audit',
      summary: 'What an agent did and what became of it: tool calls, tokens, requests, risks, newest first',
      needs: read,
      query: z.object(paging),
      answers: { 200: { description: 'moments', schema: listOf(moment, 'timeline') } },
      async handle({ state, params, query }) {
        const agent = agentOf(state, params.id ?? '')
        const place = placeFrom(query.page_token)
        const { moments, next } = await timelineOf(store, state.org.slug, agent, place, query.limit)
        const token = next === null ? '' : tokenOf(next)
        return { status: 200, body: listBody('timeline', moments.map(momentBody), query.limit, token) }
      },
    }),
    story('taskStory', '/orgs/{org}/api/v1/admin/tasks/{id}/story'),
    story('jitTaskStory', '/orgs/{org}/api/v1/jit/task/{id}/story'),
  ]
}

function agentOf({ registry }: OrgState, id: string): string {
  const agent = registry.agents.get(id) ?? registry.agentBySlug(id)
  if (agent === undefined) throw new PdpError('identity_not_found', `there is no agent \`${id}\``)
  return `agent:${agent.slug}`
}

const tokenOf = ({ seq, decision }: Place): string => `${seq ?? ''}.${decision ?? ''}`

function placeFrom(token: string | undefined): Place {
  if (token === undefined) return { seq: null, decision: null }
  const [, seq, decision] = /^(\d{0,15})\.([\w-]{0,100})$/.exec(token) ?? []
  if (seq === undefined) throw new PdpError('invalid_page_token', 'the page token is not one of a timeline')
  return { seq: seq === '' ? null : Number(seq), decision: decision === '' ? null : (decision ?? null) }
}

/** What a moment is about, as the seed of a dashboard has it. */
function momentBody(one: Moment) {
  const at = new Date(one.at).toISOString()
  if (one.kind === 'decision') return { at, ...decisionBody(one.row) }
  const { event } = one
  const { kind } = event
  return { at, type: typeOf(kind), summary: messageOf(event), event: entryBody(event) }
}

const TYPES: Readonly<Record<string, string>> = {
  token: 'token',
  credential: 'token',
  approval: 'permission_request',
  grant: 'permission_request',
  task: 'task',
  budget: 'budget',
  capability: 'capability',
  consent: 'consent',
  mcp: 'tool_call',
}

function typeOf(kind: string): string {
  if (kind.startsWith('security.')) return 'risk'
  if (kind === 'agent.action') return 'tool_call'
  return TYPES[kind.slice(0, kind.indexOf('.'))] ?? 'change'
}

function decisionBody({ id, effect, subject, action, resource, record }: DecisionRow) {
  const { actors, task } = record.request as unknown as {
    readonly actors?: readonly Entity[]
    readonly task?: string | null
  }
  const chain = [subject, ...(actors ?? []).map(printEntity)]
  const isTool = /^(?:mcp_)?tool[:/]|^mcp_tool:/.test(resource)
  const type = isTool ? 'tool_call' : effect === 'escalate' ? 'permission_request' : 'decision'
  const reasons = (record.reasons ?? []) as unknown as readonly JsonObject[]
  return {
    type,
    summary: `${chain.toReversed().join(' for ')}: ${action} ${resource}: ${effect}`,
    decision: { id, effect, subject, action, resource, chain, task_id: task ?? null, reasons },
  }
}
