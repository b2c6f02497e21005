import { z } from 'zod'
import type { Agent } from '../../agents/agent.ts'
import { createAgent, updateAgent } from '../../pdp/agents.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Given, Shown } from '../../pdp/identity-credentials.ts'
import { chainOf, nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { agentNamed } from '../../pdp/registering.ts'
import { registerSelf } from '../../pdp/self-registration.ts'
import type { Service } from '../../pdp/service.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { label, text } from '../manage/shapes.ts'
import { type Call, type Route, route } from '../route.ts'
import { writeAgents } from './agents.ts'
import { keysIn } from './credential-shape.ts'
import { capabilities, definedOf } from './shapes.ts'

const body = z.strictObject({
  client_id: z.string().min(1).max(200).optional(),
  name: label,
  description: text(2000).optional(),
  capabilities: capabilities.optional(),
  jwks: jsonObject.optional(),
  jwks_uri: z.string().max(2048).optional(),
})
type Body = z.output<typeof body>

const answer = z.object({
  success: z.literal(true),
  agent_id: z.string(),
  name: z.string(),
  workload_identity: z.string().nullable(),
  capabilities: z.array(z.string()),
  pending_capabilities: z.array(z.string()),
  client_secret: z.string().optional(),
})

export const registerRoute = (service: Service): Route =>
  route({
    operation: 'registerAgent',
    method: 'POST',
    path: '/orgs/{org}/api/v1/agents/register',
    tag: 'agents',
    summary:
      'Make or change an agent, by an admin; or an agent itself, which may give up capabilities and ask for others',
    needs: { scope: 'org', act: { action: 'use', type: 'org_self' } },
    body,
    answers: { 200: { description: 'the agent', schema: answer } },
    async handle(call) {
      const { subject, actors } = chainOf(call.principal)
      const isAgent = subject.type === 'agent' && actors.length === 0
      const { agent, shown } = isAgent
        ? { agent: await bySelf(service, call, agentNamed(call.state, subject.id)), shown: {} }
        : await byAdmin(service, call)
      const { provider, issuer } = agent.workloads.find(w => w.active) ?? {}
      const said = {
        success: true,
        agent_id: agent.id,
        name: agent.name,
        workload_identity: provider === undefined ? null : `${provider}:${issuer}`,
        capabilities: agent.capabilities,
        pending_capabilities: agent.requestedCapabilities ?? [],
        ...('clientSecret' in shown && { client_secret: shown.clientSecret }),
      }
      return { status: 200, body: said }
    },
  })

function bySelf(service: Service, { state, body: said }: Call<Body, undefined>, agent: Agent): Promise<Agent> {
  const { client_id, name, description, capabilities: wanted, jwks, jwks_uri } = said
  if (client_id !== undefined && client_id !== agent.id && client_id !== agent.slug) {
    throw new PdpError('permission_denied', `an agent registers itself alone: \`client_id\` must be \`${agent.id}\``)
  }
  if (jwks !== undefined || (jwks_uri !== undefined && !hasKeysAt(state, agent, jwks_uri))) {
    throw new PdpError('permission_denied', 'an agent does not change its own keys; ask an admin to rotate them')
  }
  return registerSelf(service, state, agent, { name, ...definedOf({ description, capabilities: wanted }) })
}

const hasKeysAt = ({ registry }: OrgState, { id }: Agent, uri: string): boolean =>
  registry
    .credentialsOf('agent', id)
    .some(c => c.retiredAt === null && c.proof.kind === 'jwks_uri' && c.proof.uri === uri)

async function byAdmin(
  service: Service,
  { state, principal, ip, body: said }: Call<Body, undefined>,
): Promise<{ readonly agent: Agent; readonly shown: Shown }> {
  await service.enter(principal, state.org.slug, writeAgents.act, ip)
  const { client_id, name, description, capabilities: held, jwks, jwks_uri } = said
  const keys: Given | undefined = keysIn({ jwks, jwksUri: jwks_uri })
  const members = { name, ...definedOf({ description, capabilities: held }) }
  const by = nameOf(principal)
  if (client_id === undefined) return createAgent(service, state, { ...members, keys }, by)
  if (keys !== undefined) {
    throw new PdpError('invalid_request', 'keys of an agent there is are rotated, not registered; leave them out')
  }
  const agent = await updateAgent(service, state, client_id, members, { by, ifMatch: null })
  return { agent, shown: {} }
}
