import { z } from 'zod'
import { type Service as Client, subjectOf } from '../../agents/identity.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf, type Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { Issued, Wanted } from '../../pdp/tokens/issue.ts'
import { type Reply, type Route, route } from '../route.ts'
import { OAUTH_ERRORS } from './error.ts'
import { refusalOf } from './grant.ts'

const LONGEST = 3_600

const body = z.strictObject({
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'expected a scope'))
    .max(100)
    .optional(),
  /** Seconds. */
  ttl: z.int().min(1).max(LONGEST).optional(),
  resource: z.string().max(2_000).optional(),
})
type Body = z.infer<typeof body>

const token = z.object({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int(),
  scopes: z.array(z.string()),
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
})

const needs = { scope: 'org', act: { action: 'write', type: 'org_token' } } as const
const answers = { 201: { description: 'the token', schema: z.object({ data: token }) } }

/** Whom tokens are said to be issued to that no client asked for. */
const MANAGEMENT: Client = {
  kind: 'service',
  id: 'lumoauth-management',
  slug: 'lumoauth-management',
  name: 'Management API',
  description: '',
  status: 'active',
  capabilities: [],
  allowedAudiences: null,
  tokenLifetime: LONGEST,
  createdAt: 0,
  updatedAt: 0,
  version: 1,
}

/** Tokens that those who manage an org make for its agents and users, as for a test. The engine decides as for any other. */
export function adminTokenRoutes(service: Service): readonly Route[] {
  const shared = { method: 'POST', tag: 'tokens', needs, body, answers, errors: OAUTH_ERRORS } as const
  const grant = (principal: Principal) => ({ grant: 'management', context: { issued_by: nameOf(principal) } })
  return [
    route<Body>({
      ...shared,
      operation: 'createAgentToken',
      path: '/orgs/{org}/api/v1/admin/agents/{id}/token',
      summary: 'A token of an agent as itself',
      async handle({ state, params, body, principal, ip }) {
        const { id = '' } = params
        const agent = state.registry.agents.get(id) ?? state.registry.agentBySlug(id)
        if (agent === undefined) throw new PdpError('identity_not_found', `there is no agent \`${id}\``)
        return made(service, state, body, { ...grant(principal), ip, client: agent, subject: subjectOf(agent) })
      },
    }),
    route<Body>({
      ...shared,
      operation: 'createUserToken',
      path: '/orgs/{org}/api/v1/admin/users/{id}/token',
      summary: 'A token of a user, with the scopes that are named',
      async handle({ state, params, body, principal, ip }) {
        const { id = '' } = params
        const user = state.registry.users.get(id)
        if (user === undefined) throw new PdpError('identity_not_found', `there is no user \`${id}\``)
        if (user.status !== 'active') throw new PdpError('permission_denied', `the user \`${id}\` is ${user.status}`)
        const subject = { type: 'user', id }
        return made(service, state, body, { ...grant(principal), ip, client: MANAGEMENT, subject })
      },
    }),
  ]
}

async function made(
  service: Service,
  state: OrgState,
  { scopes, ttl, resource }: Body,
  wanted: Pick<Wanted, 'grant' | 'context' | 'ip' | 'client' | 'subject'>,
): Promise<Reply> {
  const until = ttl === undefined ? null : service.clock() + ttl * 1000
  const resources = resource === undefined ? [] : [resource]
  return replyOf(await service.tokens.issue(state, { ...wanted, actors: [], scopes: scopes ?? null, resources, until }))
}

function replyOf(issued: Issued): Reply {
  if (issued.kind === 'refused') throw refusalOf(issued)
  const {
    text,
    token: { scopes, expiresAt, issuedAt },
  } = issued
  const expiresIn = (expiresAt - issuedAt) / 1000
  const older = { access_token: text, token_type: 'Bearer', expires_in: expiresIn }
  return { status: 201, body: { data: { accessToken: text, tokenType: 'Bearer', expiresIn, scopes, ...older } } }
}
