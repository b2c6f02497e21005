import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { agentHistory } from '../../pdp/registry-history.ts'
import type { Service } from '../../pdp/service.ts'
import { listBody, listOf, paging } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { agentsBase, readAgents } from './agents.ts'
import { iso } from './shapes.ts'

const entry = z.object({
  revision: z.int(),
  at: z.string(),
  by: z.string(),
  what: z.string(),
  changes: z.array(z.object({ member: z.string(), before: z.unknown(), after: z.unknown() })),
})

export const agentHistoryRoute = (service: Service): Route =>
  route({
    operation: 'agentHistory',
    method: 'GET',
    path: `${agentsBase}/{id}/history`,
    tag: 'agents',
    summary:
      'Who did what to an agent and when, oldest first, also of one that was deleted; a page may be short before the end',
    needs: readAgents,
    query: z.object(paging),
    answers: { 200: { description: 'what happened', schema: listOf(entry, 'history') } },
    async handle({ state, params, query }) {
      const { registry } = state
      const agent = registry.agents.get(params.id ?? '') ?? registry.agentBySlug(params.id ?? '')
      if (agent === undefined) throw new PdpError('identity_not_found', `there is no agent \`${params.id}\``)
      const { entries, next } = await agentHistory(service, state, agent, query.page_token ?? null, query.limit)
      const data = entries.map(one => ({ ...one, at: iso(one.at) }))
      return { status: 200, body: listBody('history', data, query.limit, next ?? '') }
    },
  })
