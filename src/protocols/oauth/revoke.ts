import { z } from 'zod'
import { subjectOf } from '../../agents/identity.ts'
import { type AccessToken, holderOf } from '../../agents/token.ts'
import { nameOf } from '../../pdp/keys.ts'
import { revokingOf } from '../../pdp/tokens/revoke.ts'
import { printEntity } from '../../policy/entity.ts'
import { type Route, route } from '../route.ts'
import { type Asker, askerOf } from './caller.ts'
import { endCapability, isCapability } from './capability.ts'
import { OAUTH_ERRORS, OauthError } from './error.ts'
import type { Params } from './params.ts'
import { formOf, inOrg, type OauthParts } from './parts.ts'

const DONE = { status: 200, body: {} } as const

/**
 * Ends a token and all that came from it (RFC 7009), before it answers. Whoever holds a token may end it; one that is bound
 * to a key is ended by its client. Nothing is told of tokens that are unknown or ended already.
 */
export function revokeRoute(parts: OauthParts): Route {
  const { service } = parts
  return route<Params>({
    operation: 'revoke',
    method: 'POST',
    path: '/orgs/{org}/api/v1/oauth/revoke',
    tag: 'oauth',
    summary: 'Revoke an access token',
    needs: 'public',
    errors: OAUTH_ERRORS,
    form: formOf(true),
    body: z.looseObject({ token: z.string() }) as unknown as z.ZodType<Params>,
    answers: { 200: { description: 'it is not active (any more)', schema: z.looseObject({}) } },
    handle: call => {
      parts.perAddress.take(call.ip)
      return inOrg(service, call.params, async state => {
        const asker = await askerOf(parts, state, call)
        const text = call.body.get('token')
        if (text === null) throw new OauthError('invalid_request', 'expected a `token`')
        if (isCapability(text)) {
          await endCapability(service, state, asker, text)
          return DONE
        }
        const found = service.tokens.verify(state, text)
        if (found.kind !== 'live') return DONE
        const { token } = found
        if (token.jkt !== null && !isOf(asker, token)) {
          throw new OauthError('invalid_request', 'a token that is bound to a key is revoked by its client')
        }
        await service.tokens.revoke(state, revokingOf(token, byOf(asker, token), 'revoked by its holder'))
        return DONE
      })
    },
  })
}

const isOf = (asker: Asker | null, token: AccessToken): boolean =>
  asker?.kind === 'client' && asker.client.id === token.clientId

function byOf(asker: Asker | null, token: AccessToken): string {
  if (asker === null) return printEntity(holderOf(token))
  return asker.kind === 'client' ? printEntity(subjectOf(asker.client)) : nameOf(asker.principal)
}
