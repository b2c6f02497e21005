import { z } from 'zod'
import { DETAIL_TYPES } from '../../agents/detail.ts'
import type { TokenSettings } from '../../agents/signing-key.ts'
import { JWS_ALGORITHMS } from '../../pdp/tokens/jws.ts'
import type { JsonObject } from '../../policy/json.ts'
import { jsonText, type Route, route } from '../route.ts'
import { CLIENT_AUTH_METHODS } from './client-auth.ts'
import { ID_JAG_PROFILE } from './id-jag.ts'
import { inOrg, type OauthParts } from './parts.ts'

/** Where the metadata of an issuer is looked for: by RFC 8414 and by OpenID, each with the path behind and before. */
const PATHS: readonly (readonly [operation: string, path: string])[] = [
  ['authorizationServerMetadata', '/orgs/{org}/api/v1/.well-known/oauth-authorization-server'],
  ['openidConfiguration', '/orgs/{org}/api/v1/.well-known/openid-configuration'],
  ['authorizationServerMetadataAtRoot', '/.well-known/oauth-authorization-server/orgs/{org}/api/v1'],
  ['openidConfigurationAtRoot', '/.well-known/openid-configuration/orgs/{org}/api/v1'],
]

const CACHED = { 'cache-control': 'public, max-age=300' }

/** The metadata of each org's issuer: what is there, and nothing that is not. The same bytes at each path. */
export function discoveryRoutes({ service }: OauthParts, grants: readonly string[]): readonly Route[] {
  return PATHS.map(([operation, path]) =>
    route({
      operation,
      method: 'GET',
      path,
      tag: 'oauth',
      summary: 'Metadata of the org as an authorization server',
      needs: 'public',
      answers: { 200: { description: 'metadata', schema: z.looseObject({ issuer: z.string() }) } },
      handle: ({ params }) =>
        inOrg(service, params, ({ org, registry }) => {
          const issuer = service.tokens.issuers.of(org.slug)
          const document = metadataOf(issuer, grants, registry.settings)
          const { headers, ...reply } = jsonText(JSON.stringify(document))
          return { ...reply, headers: { ...headers, ...CACHED } }
        }),
    }),
  )
}

const metadataOf = (
  issuer: string,
  grants: readonly string[],
  { actorChainOrder, trustedIdps }: TokenSettings,
): JsonObject => ({
  issuer,
  // Clients of MCP refuse a document without it, also where they use other grants alone.
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  introspection_endpoint: `${issuer}/oauth/introspect`,
  revocation_endpoint: `${issuer}/oauth/revoke`,
  userinfo_endpoint: `${issuer}/oauth/userinfo`,
  revocations_stream_endpoint: `${issuer}/revocations/stream`,
  revocations_snapshot_endpoint: `${issuer}/revocations/snapshot`,
  ssf_configuration_endpoint: `${issuer}/.well-known/ssf-configuration`,
  response_types_supported: [],
  subject_types_supported: ['public'],
  grant_types_supported: [...grants],
  token_endpoint_auth_methods_supported: [...CLIENT_AUTH_METHODS],
  token_endpoint_auth_signing_alg_values_supported: [...JWS_ALGORITHMS],
  introspection_endpoint_auth_methods_supported: [...CLIENT_AUTH_METHODS],
  introspection_endpoint_auth_signing_alg_values_supported: [...JWS_ALGORITHMS],
  revocation_endpoint_auth_methods_supported: [...CLIENT_AUTH_METHODS],
  revocation_endpoint_auth_signing_alg_values_supported: [...JWS_ALGORITHMS],
  backchannel_authentication_endpoint: `${issuer}/oauth/bc-authorize`,
  backchannel_token_delivery_modes_supported: ['poll'],
  backchannel_user_code_parameter_supported: false,
  authorization_details_types_supported: [...DETAIL_TYPES],
  dpop_signing_alg_values_supported: [...JWS_ALGORITHMS],
  entity_profiles_supported: ['user', 'ai_agent', 'workload'],
  actor_chain_order: actorChainOrder,
  ...(trustedIdps.length > 0 && { authorization_grant_profiles_supported: [ID_JAG_PROFILE] }),
})
