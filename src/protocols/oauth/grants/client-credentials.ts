import { subjectOf } from '../../../agents/identity.ts'
import { OauthError } from '../error.ts'
import { answerWith, askedOf, clientOf, type Grant } from '../grant.ts'
import { scopesAsked } from '../params.ts'

/** A client as itself (RFC 6749 section 4.4). */
export const clientCredentials: Grant = {
  type: 'client_credentials',
  handle(request) {
    const { client } = clientOf(request)
    if (client.kind === 'agent' && !OF_ITS_OWN.has(client.identityType)) {
      throw new OauthError(
        'unauthorized_client',
        `an agent that proves itself by \`${client.identityType}\` has no credentials of its own`,
      )
    }
    return answerWith(request, {
      ...askedOf(request),
      client,
      subject: subjectOf(client),
      actors: [],
      grant: 'client_credentials',
      scopes: scopesAsked(request.params),
    })
  },
}

const OF_ITS_OWN: ReadonlySet<string> = new Set(['client_credentials', 'private_key_jwt'])
