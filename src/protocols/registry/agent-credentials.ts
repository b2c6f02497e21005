import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { type Proves, retire, retireAll, rotate } from '../../pdp/identity-credentials.ts'
import { nameOf } from '../../pdp/keys.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { keyMembers } from './agent-shape.ts'
import { agentsBase } from './agents.ts'
import { credentialBody, credentialShown, keysIn, shownOnce } from './credential-shape.ts'
import { done, oneWith } from './shapes.ts'

/** Longest time an old credential may count beside its successor, in seconds. */
const MOST_OVERLAP = 30 * 86_400
export const overlap = z.int().min(0).max(MOST_OVERLAP)

export const readCredentials = { scope: 'org', act: { action: 'read', type: 'org_credential' } } as const
export const writeCredentials = { scope: 'org', act: { action: 'write', type: 'org_credential' } } as const

const rotation = z.strictObject({ ...keyMembers, overlap_seconds: overlap.default(0) })
const list = z.object({ data: z.array(credentialBody) })

export function agentCredentialRoutes(service: Service): readonly Route[] {
  const tag = 'agents'
  return [
    route({
      operation: 'listAgentCredentials',
      method: 'GET',
      path: `${agentsBase}/{id}/credentials`,
      tag,
      summary: 'What an agent proves itself with, and did, without anything that could be used',
      needs: readCredentials,
      answers: { 200: { description: 'credentials', schema: list } },
      handle({ state, params }) {
        const { id } = agentNamed(state, params.id ?? '')
        const all = [...state.registry.credentialsOf('agent', id)].sort((a, b) => a.createdAt - b.createdAt)
        return { status: 200, body: { data: all.map(c => credentialShown(c, service.clock())) } }
      },
    }),
    route({
      operation: 'rotateAgentCredentials',
      method: 'POST',
      path: `${agentsBase}/{id}/rotate-credentials`,
      tag,
      summary:
        'A new secret, or new keys; the one before counts for `overlap_seconds` more, or ends at once with its tokens',
      needs: writeCredentials,
      optionalBody: true,
      body: rotation,
      answers: {
        200: {
          description: 'the credential; a secret is shown this once',
          schema: oneWith(credentialBody.extend(shownOnce)),
        },
      },
      async handle({ state, params, body, principal }) {
        const agent = agentNamed(state, params.id ?? '')
        const proves = provesOf(agent.identityType)
        const by = nameOf(principal)
        const { credential, shown } = await rotate(
          service,
          state,
          agent,
          proves,
          keysIn(body),
          body.overlap_seconds,
          by,
        )
        const data = { ...credentialShown(credential, service.clock()), ...shown }
        return { status: 200, body: { data, message: 'Credentials rotated' } }
      },
    }),
    route({
      operation: 'retireAgentCredential',
      method: 'DELETE',
      path: `${agentsBase}/{id}/credentials/{credential}`,
      tag,
      summary: 'End one credential, and every token the agent holds',
      needs: writeCredentials,
      answers: { 200: { description: 'it is retired', schema: done } },
      async handle({ state, params, principal }) {
        const agent = agentNamed(state, params.id ?? '')
        await retire(service, state, agent, params.credential ?? '', nameOf(principal))
        return { status: 200, body: { message: 'Credential retired' } }
      },
    }),
    route({
      operation: 'rotateAgentKey',
      method: 'POST',
      path: `${agentsBase}/{id}/rotate-key`,
      tag,
      summary: 'A new API key, shown this once; the old one is dead at once',
      needs: writeCredentials,
      optionalBody: true,
      body: z.strictObject({}),
      answers: { 200: { description: 'the key', schema: z.object({ message: z.string(), api_key: z.string() }) } },
      async handle({ state, params, principal }) {
        const agent = agentNamed(state, params.id ?? '')
        if (agent.identityType !== 'api_key') {
          const message = `\`${agent.slug}\` proves itself by \`${agent.identityType}\`, not by an API key`
          throw new PdpError('invalid_request', message)
        }
        const { shown } = await rotate(service, state, agent, 'api_key', undefined, 0, nameOf(principal))
        return { status: 200, body: { message: 'API key rotated', api_key: shown.apiKey ?? '' } }
      },
    }),
    route({
      operation: 'revokeAgentKey',
      method: 'POST',
      path: `${agentsBase}/{id}/revoke-key`,
      tag,
      summary: 'End every API key of an agent',
      needs: writeCredentials,
      optionalBody: true,
      body: z.strictObject({}),
      answers: { 200: { description: 'there is none any more', schema: done } },
      async handle({ state, params, principal }) {
        const agent = agentNamed(state, params.id ?? '')
        const keys = state.registry.credentialsOf('agent', agent.id).filter(c => c.proof.kind === 'api_key')
        await retireAll(service, state, agent, keys, nameOf(principal))
        return { status: 200, body: { message: 'API key revoked' } }
      },
    }),
  ]
}

function provesOf(type: ReturnType<typeof agentNamed>['identityType']): Proves {
  if (type === 'workload' || type === 'aauth') {
    throw new PdpError('invalid_request', `an agent of the type \`${type}\` has no credentials of its own to rotate`)
  }
  return type
}
