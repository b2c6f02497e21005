import { z } from 'zod'
import { updateAgent } from '../../pdp/agents.ts'
import { nameOf } from '../../pdp/keys.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { agentsBase, readAgents, writeAgents } from './agents.ts'
import { capabilities, oneWith, versioned } from './shapes.ts'

const NAMES = [
  ['capabilities', 'AgentCapabilities', z.strictObject({ capabilities })],
  ['scopes', 'AgentScopes', z.strictObject({ scopes: capabilities })],
] as const

const answer = oneWith(
  z.object({
    agent_id: z.string(),
    capabilities: z.array(z.string()).optional(),
    scopes: z.array(z.string()).optional(),
    requested: z.array(z.string()),
  }),
)

/** Capabilities and scopes are one list under both names. */
export const agentCapabilityRoutes = (service: Service): readonly Route[] =>
  NAMES.flatMap(([name, operation, body]) => {
    const shown = ({ id, capabilities: held, requestedCapabilities }: ReturnType<typeof agentNamed>) => ({
      agent_id: id,
      [name]: held,
      requested: requestedCapabilities ?? [],
    })
    const path = `${agentsBase}/{id}/${name}`
    return [
      route({
        operation: `get${operation}`,
        method: 'GET',
        path,
        tag: 'agents',
        summary: 'What an agent may be given',
        needs: readAgents,
        answers: { 200: { description: 'the list', schema: answer } },
        handle({ state, params }) {
          const agent = agentNamed(state, params.id ?? '')
          return versioned(agent.version, { data: shown(agent) })
        },
      }),
      route<z.output<typeof body>>({
        operation: `put${operation}`,
        method: 'PUT',
        path,
        tag: 'agents',
        summary: 'Replace the whole list; where it shrinks, the tokens the agent holds end',
        needs: writeAgents,
        body: body as z.ZodType<z.output<typeof body>>,
        answers: { 200: { description: 'the list', schema: answer } },
        async handle({ state, params, body: said, principal, ifMatch }) {
          const list = 'scopes' in said ? said.scopes : said.capabilities
          const editor = { by: nameOf(principal), ifMatch }
          const agent = await updateAgent(service, state, params.id ?? '', { capabilities: list }, editor)
          return versioned(agent.version, { data: shown(agent), message: 'Agent updated successfully' })
        },
      }),
    ]
  })
