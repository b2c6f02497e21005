import { PdpError } from '../../pdp/errors.ts'
import type { Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Call } from '../route.ts'
import type { Authenticated } from './client-auth.ts'
import { OauthError } from './error.ts'
import type { Params } from './params.ts'
import type { OauthParts } from './parts.ts'

/** Who asks about a token: a client, or whoever an API key or token in the headers stands for. */
export type Asker =
  | { readonly kind: 'client'; readonly client: Authenticated['client'] }
  | { readonly kind: 'principal'; readonly principal: Principal }

/** Who calls an endpoint that takes client authentication and keys alike; null where nobody is named. */
export async function askerOf(
  { service, authenticate }: OauthParts,
  state: OrgState,
  { body, headers }: Pick<Call<Params, undefined>, 'body' | 'headers'>,
): Promise<Asker | null> {
  const client = await authenticate(state, { authorization: headers.authorization, params: body })
  if (client !== null) return { kind: 'client', client: client.client }
  const key = headers['x-api-key']
  const text = typeof key === 'string' ? key : /^(?:bearer|apikey) +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (text === undefined) return null
  const { authenticator } = service
  const principal = await (text.includes('.') ? authenticator.bearer(text) : authenticator.authenticate(text))
  if (principal.kind === 'token' && principal.token.jkt !== null) {
    throw new PdpError('unauthenticated', 'a token that is bound to a key does not authenticate here')
  }
  if (principal.org !== null && principal.org !== state.org.slug) {
    throw new OauthError('access_denied', 'this caller is of another org')
  }
  return { kind: 'principal', principal }
}
