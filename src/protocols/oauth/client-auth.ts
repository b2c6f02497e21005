import type { Agent } from '../../agents/agent.ts'
import type { Service as Client } from '../../agents/identity.ts'
import { andThen, type Later } from '../../lib/later.ts'
import { isLive, matchesAny } from '../../pdp/credentials.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { isSignedByAny, readAssertion } from './assertion.ts'
import type { ClientKeys } from './client-keys.ts'
import { OauthError } from './error.ts'
import { decoded, type Params } from './params.ts'

export const CLIENT_AUTH_METHODS = ['private_key_jwt', 'client_secret_basic', 'client_secret_post'] as const
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number]

/** A client that proved who it is. */
export interface Authenticated {
  readonly client: Agent | Client
  readonly method: ClientAuthMethod
}

/** What a request shows of its client. */
export interface Shown {
  readonly authorization: string | undefined
  readonly params: Params
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Who may authenticate how is said by the credentials there are; null where a request shows none. */
export type AuthenticateClient = (state: OrgState, shown: Shown) => Later<Authenticated | null>

/**
 * Client authentication (RFC 6749 section 2.3, RFC 7523 section 2.2): by exactly one mechanism. A client that is not known
 * and one whose secret is wrong get the same answer in about the same time. Fails with `invalid_client`, `invalid_request`.
 */
export function createClientAuth(service: Service, keys: ClientKeys): AuthenticateClient {
  const { tokens, clock } = service

  const bySecret = (state: OrgState, id: string, secret: string, method: ClientAuthMethod): Authenticated => {
    const client = state.registry.client(id)
    const hashes = credentialsOf(state, client, clock()).flatMap(({ proof }) =>
      proof.kind === 'secret' ? [proof.hash] : [],
    )
    const isRight = matchesAny(secret, hashes)
    if (client === undefined || !isRight || !takesSecrets(client)) throw unknown(method)
    return { client, method }
  }

  const byAssertion = (state: OrgState, params: Params): Later<Authenticated> => {
    const text = params.get('client_assertion')
    if (text === null || params.get('client_assertion_type') !== ASSERTION_TYPE) {
      throw new OauthError('invalid_request', `expected \`client_assertion\` and the type \`${ASSERTION_TYPE}\``)
    }
    const found = readAssertion(text, { audiences: audiencesOf(service, state), now: clock() })
    if ('why' in found) throw new OauthError('invalid_client', found.why)
    const named = params.get('client_id')
    if (named !== null && named !== found.client) {
      throw new OauthError('invalid_client', 'the assertion is of another client than `client_id`')
    }
    return andThen(signerOf(state, found.client, keys, found.jws, clock()), client => {
      if (client === null) throw unknown('private_key_jwt')
      const id = `assertion ${client.id} ${found.jti}`
      return andThen(tokens.once.take(state.org.slug, id, found.until, found.issuedAt), isFirst => {
        if (!isFirst) throw new OauthError('invalid_client', 'the assertion was used before: give each a new `jti`')
        return { client, method: 'private_key_jwt' }
      })
    })
  }

  return (state, { authorization, params }) => {
    const basic = /^basic(?: |$)/i.test(authorization ?? '')
    const secret = params.get('client_secret')
    const asserts = params.get('client_assertion') !== null || params.get('client_assertion_type') !== null
    const shown = [basic, secret !== null, asserts].filter(Boolean).length
    if (shown > 1) throw new OauthError('invalid_request', 'the client is authenticated in more than one way; use one')
    const id = params.get('client_id')
    if (asserts) return byAssertion(state, params)
    if (basic) {
      const given = readBasic(authorization ?? '')
      if (id !== null && id !== given.id) {
        throw new OauthError('invalid_request', '`client_id` is another one than in the header')
      }
      return bySecret(state, given.id, given.secret, 'client_secret_basic')
    }
    if (secret === null) return null
    if (id === null) throw new OauthError('invalid_request', '`client_secret` comes without `client_id`')
    return bySecret(state, id, secret, 'client_secret_post')
  }
}

/** The client whose key signed an assertion, or null; at once where no key has to be fetched. */
export function signerOf(
  state: OrgState,
  id: string,
  keys: ClientKeys,
  jws: Parameters<ClientKeys['haveSigned']>[1],
  now: number,
): Later<Agent | Client | null> {
  const client = state.registry.client(id)
  if (client === undefined || client.status === 'revoked') {
    isSignedByAny(jws, [])
    return null
  }
  return andThen(keys.haveSigned(credentialsOf(state, client, now), jws), isSigned => (isSigned ? client : null))
}

/** The issuer first, which is the one to use; what older clients send is taken as well. */
export function audiencesOf({ tokens }: Service, { org }: OrgState): readonly string[] {
  const issuer = tokens.issuers.of(org.slug)
  const endpoint = '/api/v1/oauth/token'
  return [issuer, `${issuer}/`, `${issuer}/oauth/token`, `${tokens.publicUrl}/t/${org.slug}${endpoint}`]
}

const credentialsOf = ({ registry }: OrgState, client: Agent | Client | undefined, now: number) =>
  client === undefined || client.status === 'revoked'
    ? []
    : registry.credentialsOf(client.kind, client.id).filter(one => isLive(one, now))

/** An agent that was registered with a stronger proof than a secret is not let in with one. */
const takesSecrets = (client: Agent | Client): boolean =>
  client.kind === 'service' || client.identityType === 'client_credentials'

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The id and secret of a `Basic` header; fails for anything loose in it. */
function readBasic(header: string): { readonly id: string; readonly secret: string } {
  const encoded = BASIC.exec(header)?.[1] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  if (encoded === '' || bytes.toString('base64') !== encoded) throw malformed()
  try {
    const text = utf8.decode(bytes)
    const cut = text.indexOf(':')
    const [id, secret] = [decoded(text.slice(0, cut)), decoded(text.slice(cut + 1))]
    if (cut > 0 && secret !== '') return { id, secret }
  } catch {
    throw malformed()
  }
  throw malformed()
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="lumoauth"' }

const malformed = (): OauthError =>
  new OauthError(
    'invalid_client',
    'the `Basic` header is not base64 of a client id, a colon and a secret',
    {},
    CHALLENGE,
  )

/** The same for every cause: it is not told who exists. */
const unknown = (method: ClientAuthMethod): OauthError =>
  new OauthError(
    'invalid_client',
    'client authentication failed',
    {},
    method === 'client_secret_basic' ? CHALLENGE : {},
  )
