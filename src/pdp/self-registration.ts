import type { Agent } from '../agents/agent.ts'
import { amendAgent } from './agents.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

const MOST_REQUESTED = 200

export interface SelfSaid {
  readonly name?: string
  readonly description?: string
  readonly capabilities?: readonly string[]
}

/**
 * What an agent says of itself. Of its capabilities it may give some up; those it does not have are kept as a request that
 * an admin grants by giving them, or not at all.
 */
export function registerSelf(pdp: Service, state: OrgState, agent: Agent, said: SelfSaid): Promise<Agent> {
  const by = `agent:${agent.slug}`
  return amendAgent(pdp, state, agent.id, { by, ifMatch: null }, now => {
    const { capabilities, ...more } = said
    if (capabilities === undefined) return { ...now, ...more }
    const held = now.capabilities.filter(name => capabilities.includes(name))
    const beyond = capabilities.filter(name => !now.capabilities.includes(name))
    const requested = [...new Set([...(now.requestedCapabilities ?? []), ...beyond])]
    if (requested.length > MOST_REQUESTED) {
      throw new PdpError('invalid_request', `${MOST_REQUESTED} capabilities may be asked for at the most`)
    }
    return { ...now, ...more, capabilities: held, requestedCapabilities: requested }
  })
}
