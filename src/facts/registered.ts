import type { Agent } from '../agents/agent.ts'
import type { Identity, Service, User } from '../agents/identity.ts'
import type { Entity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import type { Registry } from './registry.ts'

/**
 * What every registered agent may do whatever its capabilities: look at itself and ask about itself, and be given tokens
 * for an audience, as far as its own list and the rules go. They are members of its capabilities as the rules see them.
 */
export const INTRINSIC: readonly string[] = [
  'read:org_self',
  'use:org_self',
  'use:org_usage',
  'obtain:audience',
  'obtain:approval',
  'confirm:task',
]

/** Attributes that are the registry's to answer for those it knows, whatever else is stored for them. */
export const REGISTERED_ATTRIBUTES = {
  agent: [
    'capabilities',
    'status',
    'name',
    'type',
    'owner',
    'allowed_tools',
    'allowed_models',
    'budget',
    'allowed_audiences',
    'acts_for_users',
    'blueprint',
  ],
  service: ['capabilities', 'status', 'name', 'allowed_audiences'],
  user: ['status', 'email', 'email_verified', 'name', 'groups'],
} as const satisfies Record<Identity['kind'], readonly string[]>

/** What the registry says of an attribute: null where it holds none, undefined where it is not the registry's to say. */
export function registeredAttribute(registry: Registry, entity: Entity, name: string): Json | undefined {
  const identity = registry.identityOf(entity)
  switch (identity?.kind) {
    case undefined:
      return undefined
    case 'agent':
      return agentAttribute(registry, identity, name)
    case 'service':
      return serviceAttribute(identity, name)
    case 'user':
      return userAttribute(identity, name)
  }
}

function agentAttribute(registry: Registry, agent: Agent, name: string): Json | undefined {
  switch (name) {
    case 'capabilities':
      return [...agent.capabilities, ...INTRINSIC, ...toolsWithin(registry, agent.capabilities)]
    case 'status':
    case 'name':
    case 'type':
    case 'blueprint':
      return agent[name]
    case 'owner':
      return agent.owner === null ? null : `${agent.owner.type}:${agent.owner.id}`
    case 'allowed_tools':
      return agent.allowedTools === null ? null : [...agent.allowedTools]
    case 'allowed_models':
      return agent.allowedModels === null ? null : [...agent.allowedModels]
    case 'allowed_audiences':
      return agent.allowedAudiences === null ? null : [...agent.allowedAudiences]
    case 'acts_for_users':
      return agent.delegation.actsForUsers
    default:
      return undefined
  }
}

function serviceAttribute(service: Service, name: string): Json | undefined {
  switch (name) {
    case 'capabilities':
      return [...service.capabilities, ...INTRINSIC]
    case 'status':
    case 'name':
      return service[name]
    case 'allowed_audiences':
      return service.allowedAudiences === null ? null : [...service.allowedAudiences]
    default:
      return undefined
  }
}

function userAttribute(user: User, name: string): Json | undefined {
  switch (name) {
    case 'status':
    case 'email':
    case 'name':
      return user[name]
    case 'email_verified':
      return user.emailVerified
    case 'groups':
      return [...user.groups]
    default:
      return Object.hasOwn(user.attributes, name) ? user.attributes[name] : undefined
  }
}

/** The tools of MCP servers whose scope is among these: who may be given a scope may use what it stands for. */
function toolsWithin({ servers }: Registry, scopes: readonly string[]): readonly string[] {
  return [...servers.values()].flatMap(({ slug, tools }) =>
    tools.filter(tool => scopes.includes(tool.scope)).map(tool => `tool:${slug}/${tool.name}`),
  )
}
