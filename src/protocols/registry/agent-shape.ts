import { z } from 'zod'
import { AGENT_TYPES, type Agent, IDENTITY_TYPES, STATUSES } from '../../agents/agent.ts'
import { budgetProblem } from '../../agents/budget-policy.ts'
import type { AgentSaid } from '../../pdp/agents.ts'
import { isLive } from '../../pdp/credentials.ts'
import type { OrgState } from '../../pdp/org.ts'
import { rolesOf } from '../../pdp/roles.ts'
import type { JsonObject } from '../../policy/json.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { label, slug, text } from '../manage/shapes.ts'
import {
  addresses,
  capabilities,
  definedOf,
  freeObject,
  iso,
  names,
  owner,
  ownerFrom,
  ownerText,
  toolNames,
  uris,
} from './shapes.ts'

export const budgetPolicy = jsonObject.superRefine((policy, context) => {
  const problem = budgetProblem(policy)
  if (problem !== null) context.addIssue({ code: 'custom', message: problem })
})

const MOST_DEPTH = 8

const delegation = z.strictObject({
  max_depth: z.int().min(1).max(MOST_DEPTH).nullable().optional(),
  users: names.nullable().optional(),
  require_consent: z.boolean().optional(),
})

/** What an agent and a blueprint's template have in common. */
export const templateMembers = {
  type: z.enum(AGENT_TYPES).optional(),
  capabilities: capabilities.optional(),
  allowedTools: toolNames.nullable().optional(),
  allowedModels: names.nullable().optional(),
  allowedAudiences: uris.nullable().optional(),
  budget_policy: budgetPolicy.optional(),
  canActOnBehalfOfUsers: z.boolean().optional(),
  delegation: delegation.optional(),
  tokenLifetime: z.int().optional(),
  allowedIps: addresses.nullable().optional(),
  metadata: freeObject.optional(),
}

const members = { ...templateMembers, description: text(2000).optional(), owner: owner.nullable().optional() }

export const agentUpdate = z.strictObject({ ...members, name: label.optional() })

export const keyMembers = { jwks: jsonObject.optional(), jwksUri: z.string().max(2048).optional() }

export const agentCreate = z.strictObject({
  ...members,
  ...keyMembers,
  name: label,
  slug: slug.optional(),
  identityType: z.enum(IDENTITY_TYPES).optional(),
  status: z.enum(['active', 'inactive']).optional(),
  blueprint: z.string().min(1).max(100).optional(),
})

type Template = { [K in keyof typeof templateMembers]?: z.output<(typeof templateMembers)[K]> | undefined }

/** The members of a template in our own words. */
export function templateSaid(said: Template) {
  const { budget_policy, canActOnBehalfOfUsers, delegation: rules, ...same } = said
  const ours = {
    actsForUsers: canActOnBehalfOfUsers,
    users: rules?.users,
    maxDepth: rules?.max_depth,
    requireConsent: rules?.require_consent,
  }
  const some = definedOf(ours)
  return {
    ...definedOf(same),
    ...(budget_policy !== undefined && { budgetPolicy: budget_policy }),
    ...(Object.keys(some).length > 0 && { delegation: some }),
  }
}

export function agentSaid(said: z.output<typeof agentUpdate>): AgentSaid {
  const { name, description, owner: owned, ...template } = said
  return {
    ...templateSaid(template),
    ...definedOf({ name, description }),
    ...(owned !== undefined && { owner: ownerFrom(owned) }),
  }
}

export const agentBody = z.object({
  id: z.string(),
  agentId: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  type: z.enum(AGENT_TYPES),
  status: z.enum(STATUSES),
  statusReason: z.string().nullable(),
  isActive: z.boolean(),
  clientId: z.string(),
  identityType: z.enum(IDENTITY_TYPES),
  owner: z.string().nullable(),
  capabilities: z.array(z.string()),
  requested_capabilities: z.array(z.string()),
  allowedTools: z.array(z.string()).nullable(),
  allowedModels: z.array(z.string()).nullable(),
  allowedAudiences: z.array(z.string()).nullable(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  canActOnBehalfOfUsers: z.boolean(),
  delegation: z.object({
    max_depth: z.int().nullable(),
    users: z.array(z.string()).nullable(),
    require_consent: z.boolean(),
  }),
  budget_policy: z.record(z.string(), z.unknown()),
  tokenLifetime: z.int(),
  allowedIps: z.array(z.string()).nullable(),
  jwks: z.object({ keys: z.array(z.unknown()) }).nullable(),
  jwksUri: z.string().nullable(),
  workloadIdentity: z.array(
    z.object({ id: z.string(), provider: z.string(), issuer: z.string(), active: z.boolean() }),
  ),
  blueprint: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
})

/** An agent as it is shown; of credentials only what is public. */
export function agentShown(state: OrgState, agent: Agent, now: number): z.input<typeof agentBody> {
  const { delegation: rules } = agent
  const live = state.registry.credentialsOf('agent', agent.id).filter(c => isLive(c, now))
  const keys = live.flatMap(({ proof }) => (proof.kind === 'jwks' ? (proof.jwks.keys as readonly JsonObject[]) : []))
  const uri = live.flatMap(({ proof }) => (proof.kind === 'jwks_uri' ? [proof.uri] : [])).at(-1)
  return {
    id: agent.id,
    agentId: agent.id,
    slug: agent.slug,
    name: agent.name,
    description: agent.description === '' ? null : agent.description,
    type: agent.type,
    status: agent.status,
    statusReason: agent.statusReason ?? null,
    isActive: agent.status === 'active',
    clientId: agent.id,
    identityType: agent.identityType,
    owner: ownerText(agent.owner),
    capabilities: [...agent.capabilities],
    requested_capabilities: [...(agent.requestedCapabilities ?? [])],
    allowedTools: listed(agent.allowedTools),
    allowedModels: listed(agent.allowedModels),
    allowedAudiences: listed(agent.allowedAudiences),
    roles: rolesOf(state, { type: 'agent', id: agent.slug }),
    permissions: agent.capabilities.filter(name => /^[^:.]+\.[^:]+$/.test(name)),
    canActOnBehalfOfUsers: rules.actsForUsers,
    delegation: { max_depth: rules.maxDepth, users: listed(rules.users), require_consent: rules.requireConsent },
    budget_policy: agent.budgetPolicy,
    tokenLifetime: agent.tokenLifetime,
    allowedIps: listed(agent.allowedIps),
    jwks: keys.length === 0 ? null : { keys },
    jwksUri: uri ?? null,
    workloadIdentity: agent.workloads.map(({ id, provider, issuer, active }) => ({ id, provider, issuer, active })),
    blueprint: agent.blueprint,
    metadata: agent.metadata,
    version: agent.version,
    createdAt: iso(agent.createdAt),
    updatedAt: iso(agent.updatedAt),
  }
}

const listed = (items: readonly string[] | null): string[] | null => (items === null ? null : [...items])
