import { z } from 'zod'
import { andThen, type Later } from '../../lib/later.ts'
import type { OrgState } from '../../pdp/org.ts'
import { readProof } from '../../pdp/tokens/dpop.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import type { Authenticated } from './client-auth.ts'
import { OAUTH_ERRORS, OauthError } from './error.ts'
import type { Grant } from './grant.ts'
import type { Params } from './params.ts'
import { formOf, inOrg, type OauthParts } from './parts.ts'

const answer = z.object({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP', 'N_A']),
  expires_in: z.int(),
  scope: z.string().optional(),
  issued_token_type: z.string().optional(),
  authorization_details: z.array(z.record(z.string(), z.unknown())).optional(),
  jit_request_id: z.string().optional(),
  task_id: z.string().optional(),
  refused_scopes: z.array(z.record(z.string(), z.unknown())).optional(),
})

type FormCall = Call<Params, undefined>

/** The token endpoint: who asks, is it theirs to ask so often, and then the grant. */
export function tokenRoute(parts: OauthParts, grants: readonly Grant[]): Route {
  const table = new Map(grants.map(grant => [grant.type, grant]))
  const { service, authenticate, perClient, perAddress } = parts

  const grantOf = (params: Params): Grant => {
    const type = params.get('grant_type')
    if (type === null) throw new OauthError('invalid_request', 'expected a `grant_type`')
    const grant = table.get(type)
    if (grant === undefined) {
      throw new OauthError('unsupported_grant_type', `expected one of ${[...table.keys()].join(', ')}`)
    }
    return grant
  }

  const finish = (
    call: FormCall,
    grant: Grant,
    state: OrgState,
    client: Authenticated | null,
  ): Reply | Promise<Reply> => {
    if (client !== null) perClient.take(`${state.org.slug} ${client.client.id}`)
    const request = { service, state, params: call.body, ip: call.ip, client }
    return andThen(keyOf(call, state), jkt => grant.handle({ ...request, jkt }))
  }

  const keyOf = (call: FormCall, state: OrgState): Later<string | null> => {
    const header = call.headers.dpop
    if (header === undefined) return null
    const issuer = service.tokens.issuers.of(state.org.slug)
    const proof = readProof(String(header), {
      method: 'POST',
      uris: [`${issuer}/oauth/token`, `${service.tokens.publicUrl}/t/${state.org.slug}/api/v1/oauth/token`],
      token: null,
      now: service.clock(),
    })
    if (proof.kind === 'bad') throw new OauthError('invalid_dpop_proof', proof.why)
    return andThen(service.tokens.once.take(state.org.slug, proof.id, proof.until, proof.issuedAt), isFirst => {
      if (!isFirst) throw new OauthError('invalid_dpop_proof', 'the DPoP proof was used before')
      return proof.jkt
    })
  }

  const inState = (call: FormCall, grant: Grant, state: OrgState): Reply | Promise<Reply> => {
    const shown = { authorization: call.headers.authorization, params: call.body }
    return andThen(authenticate(state, shown), client => finish(call, grant, state, client))
  }

  return route<Params>({
    operation: 'token',
    method: 'POST',
    path: '/orgs/{org}/api/v1/oauth/token',
    tag: 'oauth',
    summary: 'Get an access token',
    needs: 'public',
    errors: OAUTH_ERRORS,
    form: formOf(true),
    body: z.looseObject({ grant_type: z.string(), scope: z.string().optional() }) as unknown as z.ZodType<Params>,
    answers: { 200: { description: 'a token', schema: answer } },
    handle(call) {
      perAddress.take(call.ip)
      const grant = grantOf(call.body)
      return inOrg(service, call.params, state => inState(call, grant, state))
    },
  })
}
