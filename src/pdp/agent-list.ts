import type { Agent } from '../agents/agent.ts'
import { type Entity, sameEntity } from '../policy/entity.ts'
import type { OrgState } from './org.ts'
import { isThere } from './registering.ts'

export interface AgentFilter {
  readonly search?: string | undefined
  readonly status?: Agent['status'] | undefined
  readonly type?: Agent['type'] | undefined
  readonly owner?: Entity | null | undefined
}

/** Agents that are what is asked for, in the order they came. `search` is looked for in name, slug, id and description. */
export function agentsWhere({ registry }: OrgState, filter: AgentFilter): readonly Agent[] {
  const { status, type, owner } = filter
  const search = filter.search?.toLowerCase() ?? ''
  const fits = (agent: Agent): boolean =>
    isThere(agent) &&
    (status === undefined || agent.status === status) &&
    (type === undefined || agent.type === type) &&
    (owner == null || (agent.owner !== null && sameEntity(agent.owner, owner))) &&
    (search === '' || [agent.name, agent.slug, agent.id, agent.description].some(t => t.toLowerCase().includes(search)))
  return [...registry.agents.values()].filter(fits).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
}
