import { z } from 'zod'
import { type AccessToken, claimsOf, holderOf } from '../../agents/token.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { JsonObject } from '../../policy/json.ts'
import { type Route, route } from '../route.ts'
import { askerOf } from './caller.ts'
import { introspectCapability, isCapability } from './capability.ts'
import { OAUTH_ERRORS, OauthError } from './error.ts'
import type { Params } from './params.ts'
import { formOf, inOrg, type OauthParts } from './parts.ts'
import { INACTIVE, maySee } from './seen.ts'

/** What a token says and whether it lives (RFC 7662), to those who may know: for all others it is not active. */
export function introspectRoute(parts: OauthParts): Route {
  const { service } = parts
  return route<Params>({
    operation: 'introspect',
    method: 'POST',
    path: '/orgs/{org}/api/v1/oauth/introspect',
    tag: 'oauth',
    summary: 'Whether an access token is active, and what it says',
    needs: 'public',
    errors: OAUTH_ERRORS,
    form: formOf(false),
    body: z.looseObject({ token: z.string() }) as unknown as z.ZodType<Params>,
    answers: { 200: { description: 'the token', schema: z.looseObject({ active: z.boolean() }) } },
    handle: call => {
      parts.perAddress.take(call.ip)
      return inOrg(service, call.params, async state => {
        const asker = await askerOf(parts, state, call)
        if (asker === null) throw new OauthError('invalid_client', 'introspection needs client authentication or a key')
        const text = call.body.get('token')
        if (text === null) throw new OauthError('invalid_request', 'expected a `token`')
        if (isCapability(text)) return introspectCapability(service, state, asker, text, call.ip)
        const found = service.tokens.verify(state, text)
        if (found.kind !== 'live' || !(await maySee(service, state, asker, found.token, call.ip))) return INACTIVE
        return { status: 200, body: { active: true, ...shownOf(state, found.token) } }
      })
    },
  })
}

function shownOf({ registry }: OrgState, token: AccessToken): JsonObject {
  const holder = registry.identityOf(holderOf(token))
  const subject = registry.identityOf(token.subject)
  return {
    token_type: token.jkt === null ? 'Bearer' : 'DPoP',
    ...claimsOf(token, registry.settings.actorChainOrder),
    ...(holder?.kind === 'agent' && { agent_id: holder.id, agent_name: holder.name }),
    ...(subject?.kind === 'user' && subject.email !== null && { username: subject.email }),
  }
}
