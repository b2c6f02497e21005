import { z } from 'zod'
import { AGENT_TYPES, STATUSES } from '../../agents/agent.ts'
import { agentsWhere } from '../../pdp/agent-list.ts'
import { createAgent, deleteAgent, updateAgent } from '../../pdp/agents.ts'
import { nameOf } from '../../pdp/keys.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { agentBody, agentCreate, agentSaid, agentShown, agentUpdate } from './agent-shape.ts'
import { keysIn, shownOnce } from './credential-shape.ts'
import { done, oneWith, owner, ownerFrom, pageBody, pageOf, pages, versioned } from './shapes.ts'

export const agentsBase = '/orgs/{org}/api/v1/admin/agents'
export const readAgents = { scope: 'org', act: { action: 'read', type: 'org_agent' } } as const
export const writeAgents = { scope: 'org', act: { action: 'write', type: 'org_agent' } } as const

const filter = z.object({
  ...pages,
  search: z.string().max(200).optional(),
  status: z.enum(STATUSES).optional(),
  type: z.enum(AGENT_TYPES).optional(),
  owner: owner.optional(),
})

export function agentRoutes(service: Service): readonly Route[] {
  const one = (method: 'PUT' | 'PATCH', operation: string): Route =>
    route({
      operation,
      method,
      path: `${agentsBase}/{id}`,
      tag: 'agents',
      summary: 'Change what is said and leave the rest; `If-Match` with the ETag refuses a change that crossed another',
      needs: writeAgents,
      body: agentUpdate,
      answers: { 200: { description: 'the agent', schema: oneWith(agentBody) } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const agent = await updateAgent(service, state, params.id ?? '', agentSaid(body), editor)
        const data = agentShown(state, agent, service.clock())
        return versioned(agent.version, { data, message: 'Agent updated successfully' })
      },
    })
  return [
    route({
      operation: 'createAgent',
      method: 'POST',
      path: agentsBase,
      tag: 'agents',
      summary: 'Register an agent; a secret or an API key made with it is shown this once',
      needs: writeAgents,
      body: agentCreate,
      answers: { 201: { description: 'the agent', schema: oneWith(agentBody.extend(shownOnce)) } },
      async handle({ state, body, principal }) {
        const { name, slug, identityType, status, blueprint, jwks, jwksUri, ...more } = body
        const said = {
          ...agentSaid(more),
          name,
          slug,
          identityType,
          status,
          blueprint,
          keys: keysIn({ jwks, jwksUri }),
        }
        const { agent, shown } = await createAgent(service, state, said, nameOf(principal))
        const data = { ...agentShown(state, agent, service.clock()), ...shown }
        return versioned(agent.version, { data, message: 'Agent created successfully' }, 201)
      },
    }),
    route({
      operation: 'listAgents',
      method: 'GET',
      path: agentsBase,
      tag: 'agents',
      summary: 'Agents of the org, in the order they came',
      needs: readAgents,
      query: filter,
      answers: { 200: { description: 'agents', schema: pageOf(agentBody, 'agents') } },
      handle({ state, query }) {
        const { owner: owned, ...asked } = query
        const found = agentsWhere(state, { ...asked, owner: owned === undefined ? undefined : ownerFrom(owned) })
        const now = service.clock()
        return { status: 200, body: pageBody('agents', found, query, agent => agentShown(state, agent, now)) }
      },
    }),
    route({
      operation: 'getAgent',
      method: 'GET',
      path: `${agentsBase}/{id}`,
      tag: 'agents',
      summary: 'One agent, by its id or its slug',
      needs: readAgents,
      answers: { 200: { description: 'the agent; its version is the ETag', schema: oneWith(agentBody) } },
      handle({ state, params }) {
        const agent = agentNamed(state, params.id ?? '')
        return versioned(agent.version, { data: agentShown(state, agent, service.clock()) })
      },
    }),
    one('PATCH', 'updateAgent'),
    one('PUT', 'putAgent'),
    route({
      operation: 'deleteAgent',
      method: 'DELETE',
      path: `${agentsBase}/{id}`,
      tag: 'agents',
      summary: 'Revoke an agent and forget all but its name, which is never given again',
      needs: writeAgents,
      answers: { 200: { description: 'it is gone', schema: done } },
      async handle({ state, params, principal, ifMatch }) {
        await deleteAgent(service, state, params.id ?? '', { by: nameOf(principal), ifMatch })
        return { status: 200, body: { message: 'Agent deleted successfully' } }
      },
    }),
  ]
}
