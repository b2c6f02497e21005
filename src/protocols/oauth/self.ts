import { z } from 'zod'
import type { Agent } from '../../agents/agent.ts'
import type { User } from '../../agents/identity.ts'
import { type AccessToken, holderOf } from '../../agents/token.ts'
import { usedOf } from '../../pdp/budgets/used.ts'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf, type Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { type Route, route } from '../route.ts'

const needs = { scope: 'org', act: { action: 'read', type: 'org_self' } } as const
const shown = z.looseObject({})

/** What whoever calls may know of themselves. */
export function selfRoutes(service: Service): readonly Route[] {
  const userinfo = (method: 'GET' | 'POST', operation: string): Route =>
    route({
      operation,
      method,
      path: '/orgs/{org}/api/v1/oauth/userinfo',
      tag: 'oauth',
      summary: 'Who a token is of',
      needs,
      answers: { 200: { description: 'claims', schema: z.looseObject({ sub: z.string() }) } },
      handle: async ({ state, principal }) => ({ status: 200, body: await claimsFor(service, state, principal) }),
    })
  return [
    userinfo('GET', 'userinfo'),
    userinfo('POST', 'userinfoByPost'),
    route({
      operation: 'agentMe',
      method: 'GET',
      path: '/orgs/{org}/api/v1/agents/me',
      tag: 'agents',
      summary: 'The agent that calls',
      needs,
      answers: { 200: { description: 'the agent', schema: shown } },
      handle: async ({ state, principal }) => ({ status: 200, body: await agentMe(service, state, principal) }),
    }),
    route({
      operation: 'me',
      method: 'GET',
      path: '/orgs/{org}/api/v1/me',
      tag: 'agents',
      summary: 'Whoever calls',
      needs,
      answers: { 200: { description: 'who it is', schema: shown } },
      handle: async ({ state, principal }) => ({ status: 200, body: await me(service, state, principal) }),
    }),
  ]
}

/** What the caller's token holds; an API key speaks for all its agent has. */
const tokenOf = (principal: Principal): AccessToken | null => (principal.kind === 'token' ? principal.token : null)

async function claimsFor(service: Service, state: OrgState, principal: Principal): Promise<JsonObject> {
  const { subject, actors } = chainOf(principal)
  const identity = state.registry.identityOf(subject)
  if (subject.type === 'user') return userClaims(identity?.kind === 'user' ? identity : null, subject.id, principal)
  if (identity?.kind === 'agent' && actors.length === 0) return agentClaims(service, state, identity)
  if (identity?.kind === 'service') return { sub: printEntity(subject), client_id: identity.id, name: identity.name }
  throw new PdpError('unauthenticated', 'userinfo is for the access tokens of agents, services and users')
}

const agentClaims = async (service: Service, state: OrgState, agent: Agent): Promise<JsonObject> => ({
  sub: `agent:${agent.slug}`,
  name: agent.name,
  agent_id: agent.id,
  identity_type: 'agent',
  capabilities: [...agent.capabilities],
  budget_policy: { ...agent.budgetPolicy, ...(await usedOf(service, state, agent)) },
  organization: state.org.slug,
  tenant: state.org.slug,
  workload_identity: workloadOf(agent),
})

/** The first platform identity that stands for it. */
function workloadOf({ workloads }: Agent): string | null {
  const bound = workloads.find(({ active }) => active)
  return bound === undefined ? null : `${bound.provider}:${bound.issuer}`
}

/** OpenID's claims by scope; a token without `openid` is not for this. */
function userClaims(user: User | null, id: string, principal: Principal): JsonObject {
  const scopes = tokenOf(principal)?.scopes ?? []
  if (!scopes.includes('openid')) {
    throw new PdpError('insufficient_scope', 'the token does not hold the scope `openid`', { scope: 'openid' })
  }
  return {
    sub: `user:${id}`,
    ...(scopes.includes('profile') &&
      user !== null && {
        ...(user.name !== null && { name: user.name }),
        ...(user.givenName !== null && { given_name: user.givenName }),
        ...(user.familyName !== null && { family_name: user.familyName }),
      }),
    ...(scopes.includes('email') && user?.email != null && { email: user.email, email_verified: user.emailVerified }),
  }
}

async function agentMe(service: Service, state: OrgState, principal: Principal): Promise<JsonObject> {
  const { slug } = state.org
  const { subject, actors } = chainOf(principal)
  const agent = state.registry.identityOf(holderOf({ subject, actors }))
  if (agent?.kind !== 'agent') throw new PdpError('permission_denied', 'only an agent is one of `agents/me`')
  const token = tokenOf(principal)
  return {
    identity: { id: agent.id, type: 'agent', tenant: slug, agent_id: agent.id, name: agent.name, status: agent.status },
    capabilities: [...agent.capabilities],
    roles: [],
    scopes: [...(token?.scopes ?? agent.capabilities)],
    delegated_by: actors.length === 0 ? null : printEntity(subject),
    expires_at: token === null ? null : new Date(token.expiresAt).toISOString(),
    budget_policy: { ...agent.budgetPolicy, ...(await usedOf(service, state, agent)) },
    workspace: { slug, api_base: `/orgs/${slug}/api/v1` },
  }
}

async function me(service: Service, state: OrgState, principal: Principal): Promise<JsonObject> {
  const { org, registry } = state
  const holder = holderOf(chainOf(principal))
  const identity = registry.identityOf(holder)
  const tenant = { id: org.slug, slug: org.slug, name: org.name }
  const common = { subject_type: holder.type, id: identity?.id ?? holder.id, subject: printEntity(holder), tenant }
  switch (identity?.kind) {
    case undefined:
      return { ...common, ...(principal.kind === 'key' && { name: principal.key.name, roles: [principal.key.role] }) }
    case 'user': {
      const { email, name } = identity
      return { ...common, ...(email !== null && { email }), ...(name !== null && { name }) }
    }
    case 'agent': {
      const budget = { ...identity.budgetPolicy, ...(await usedOf(service, state, identity)) }
      return { ...common, name: identity.name, capabilities: [...identity.capabilities], budget_policy: budget }
    }
    case 'service':
      return { ...common, name: identity.name, capabilities: [...identity.capabilities] }
  }
}
