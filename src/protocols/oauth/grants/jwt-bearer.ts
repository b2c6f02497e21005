import { subjectOf } from '../../../agents/identity.ts'
import type { Reply } from '../../route.ts'
import { readAssertion } from '../assertion.ts'
import { audiencesOf, signerOf } from '../client-auth.ts'
import type { ClientKeys } from '../client-keys.ts'
import { OauthError } from '../error.ts'
import { answerWith, askedOf, type Grant, type TokenRequest } from '../grant.ts'
import { scopesAsked } from '../params.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Whose assertions are taken: null for one that is of another kind, which the next reader looks at. */
export type AssertionGrant = (request: TokenRequest, assertion: string) => Promise<Reply | null>

/** An assertion for a token (RFC 7523 section 2.1). The readers are tried in order. */
export const jwtBearer = (readers: readonly AssertionGrant[]): Grant => ({
  type: JWT_BEARER,
  async handle(request) {
    const assertion = request.params.get('assertion')
    if (assertion === null) throw new OauthError('invalid_request', 'expected an `assertion`')
    for (const read of readers) {
      const reply = await read(request, assertion)
      if (reply !== null) return reply
    }
    throw new OauthError('invalid_grant', 'the assertion is of nobody this org knows')
  },
})

/** A client's own: its `iss` and `sub` are the client id. As good as client authentication with it. */
export const ownAssertion =
  (keys: ClientKeys): AssertionGrant =>
  async (request, text) => {
    const { service, state, params, client: authenticated } = request
    const now = service.clock()
    const found = readAssertion(text, { audiences: audiencesOf(service, state), now })
    if ('why' in found) {
      if (claimsToBeClient(text)) throw new OauthError('invalid_grant', found.why)
      return null
    }
    const client = await signerOf(state, found.client, keys, found.jws, now)
    if (client === null) throw new OauthError('invalid_grant', 'the assertion is of nobody this org knows')
    const named = params.get('client_id')
    if ((named !== null && named !== client.id) || (authenticated !== null && authenticated.client !== client)) {
      throw new OauthError('invalid_grant', 'the assertion is of another client')
    }
    const id = `assertion ${client.id} ${found.jti}`
    if (!(await service.tokens.once.take(state.org.slug, id, found.until, found.issuedAt))) {
      throw new OauthError('invalid_grant', 'the assertion was used before: give each a new `jti`')
    }
    return answerWith(request, {
      ...askedOf(request),
      client,
      subject: subjectOf(client),
      actors: [],
      grant: JWT_BEARER,
      scopes: scopesAsked(params),
    })
  }

/** Whether an assertion that is not good says it is a client's own, so that it may be told what is wrong with it. */
function claimsToBeClient(text: string): boolean {
  const [, payload = ''] = text.split('.')
  try {
    const { iss, sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: unknown; sub?: unknown }
    return typeof sub === 'string' && iss === sub
  } catch {
    return false
  }
}
