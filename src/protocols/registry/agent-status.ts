import { z } from 'zod'
import type { StatusEvent } from '../../agents/agent.ts'
import { moveAgent } from '../../pdp/agents.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { agentBody, agentShown } from './agent-shape.ts'
import { agentsBase, writeAgents } from './agents.ts'
import { oneWith, versioned } from './shapes.ts'

const EVENTS: readonly (readonly [path: string, event: StatusEvent, summary: string])[] = [
  ['activate', 'activate', 'Let an inactive agent work again'],
  ['enable', 'activate', 'The same as activate'],
  ['deactivate', 'deactivate', 'Switch an agent off until it is activated; its tokens end'],
  ['disable', 'deactivate', 'The same as deactivate'],
  ['suspend', 'suspend', 'Suspend an agent until it is resumed; its tokens end'],
  ['review', 'review', 'Put an agent under review until it is resumed; its tokens end'],
  ['resume', 'resume', 'Let an agent that was suspended or under review work again'],
  ['revoke', 'revoke', 'End an agent for good; its tokens end'],
]

const body = z.strictObject({ reason: z.string().min(1).max(500).optional() })

const operationOf = (path: string): string => `${path}Agent`

export const agentStatusRoutes = (service: Service): readonly Route[] =>
  EVENTS.map(([path, event, summary]) =>
    route({
      operation: operationOf(path),
      method: 'POST',
      path: `${agentsBase}/{id}/${path}`,
      tag: 'agents',
      summary,
      needs: writeAgents,
      optionalBody: true,
      body,
      answers: { 200: { description: 'the agent', schema: oneWith(agentBody) } },
      async handle({ state, params, body: said, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const agent = await moveAgent(service, state, params.id ?? '', event, said.reason ?? null, editor)
        const data = agentShown(state, agent, service.clock())
        return versioned(agent.version, { data, message: `Agent is ${agent.status}` })
      },
    }),
  )
