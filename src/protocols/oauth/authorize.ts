import { type Route, route } from '../route.ts'
import { OauthError } from './error.ts'
import { inOrg, type OauthParts } from './parts.ts'

/**
 * The authorization endpoint (RFC 6749 section 3.1): it gives nobody a code, and says so to whoever was sent here rather than
 * to a redirect URI that nobody registered.
 */
export const authorizeRoute = ({ service }: OauthParts): Route =>
  route({
    operation: 'authorize',
    method: 'GET',
    path: '/orgs/{org}/api/v1/oauth/authorize',
    tag: 'oauth',
    summary: 'Ask a person for consent; no response type is offered',
    needs: 'public',
    answers: {},
    handle: ({ params }) =>
      inOrg(service, params, () => {
        const message = 'no `response_type` is offered here; see `grant_types_supported` of the metadata'
        throw new OauthError('unsupported_response_type', message)
      }),
  })
