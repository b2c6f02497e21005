import { z } from 'zod'
import type { Revocation } from '../../agents/identity.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { revokedSubject } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { parseEntity } from '../../policy/entity.ts'
import { type Route, route } from '../route.ts'

const name = z.string().min(1).max(512)

const wanted = z.strictObject({
  jti: name.optional(),
  subject: name.optional(),
  agent_id: name.optional(),
  client_id: name.optional(),
  task_id: name.optional(),
  reason: z.string().max(500).default('revoked by an admin'),
  before: z.iso.datetime({ offset: true }).optional(),
})

const write = { scope: 'org', act: { action: 'write', type: 'org_token' } } as const

/** Tokens that those who manage the org end. */
export function revocationRoutes(service: Service): readonly Route[] {
  const { tokens } = service
  return [
    route({
      operation: 'revokeTokens',
      method: 'POST',
      path: '/orgs/{org}/api/v1/admin/revocations',
      tag: 'tokens',
      summary: 'End a token, or all tokens of somebody or of a task, and what came from them',
      needs: write,
      body: wanted,
      answers: {
        202: {
          description: 'they are dead here, and on every node in a moment',
          schema: z.object({ revocation_id: z.string(), seq: z.int() }),
        },
      },
      async handle({ state, body, principal }) {
        const before = body.before === undefined ? null : Date.parse(body.before)
        const { id, revision } = await tokens.revoke(state, {
          of: meantBy(state, body),
          before: before === null ? null : Math.min(before, service.clock()),
          until: null,
          reason: body.reason,
          by: nameOf(principal),
        })
        return { status: 202, body: { revocation_id: id, seq: revision } }
      },
    }),
    route({
      operation: 'revokeToken',
      method: 'DELETE',
      path: '/orgs/{org}/api/v1/admin/tokens/{jti}',
      tag: 'tokens',
      summary: 'End a token by its id, and what came from it',
      needs: write,
      answers: { 204: { description: 'it is dead' } },
      async handle({ state, params, principal }) {
        await tokens.revoke(state, {
          of: { kind: 'token', jti: params.jti ?? '' },
          before: null,
          until: null,
          reason: 'revoked by an admin',
          by: nameOf(principal),
        })
        return { status: 204 }
      },
    }),
  ]
}

function meantBy({ registry }: OrgState, body: z.infer<typeof wanted>): Revocation['of'] {
  const { jti, subject, agent_id, client_id, task_id } = body
  if ([jti, subject, agent_id, client_id, task_id].filter(one => one !== undefined).length !== 1) {
    throw new PdpError('invalid_request', 'expected one of `jti`, `subject`, `agent_id`, `client_id` and `task_id`')
  }
  if (jti !== undefined) return { kind: 'token', jti }
  if (task_id !== undefined) return { kind: 'task', task: task_id }
  if (agent_id !== undefined) {
    const agent = registry.agents.get(agent_id) ?? registry.agentBySlug(agent_id)
    if (agent === undefined) throw new PdpError('identity_not_found', `there is no agent \`${agent_id}\``)
    return revokedSubject(agent)
  }
  if (client_id !== undefined) {
    const client = registry.client(client_id)
    if (client === undefined) throw new PdpError('identity_not_found', `there is no client \`${client_id}\``)
    return revokedSubject(client)
  }
  const entity = parseEntity(subject ?? '')
  if (subject === undefined || entity === null) {
    throw new PdpError('invalid_request', 'expected a `subject` such as `agent:research-bot`')
  }
  const identity = registry.identityOf(entity)
  return identity === undefined ? { kind: 'subject', subject } : revokedSubject(identity)
}
