import { z } from 'zod'
import { type McpServer, scopesOf } from '../../agents/mcp-server.ts'
import { PdpError } from '../../pdp/errors.ts'
import { serverNamed } from '../../pdp/mcp-servers.ts'
import type { OrgState } from '../../pdp/org.ts'
import { isThere } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Reply, type Route, route } from '../route.ts'
import { byAge } from './shapes.ts'

/** The one name of an org as an authorization server. */
export const issuerOf = (publicUrl: string, org: string): string => `${publicUrl}/orgs/${org}/api/v1`

export const metadataUrl = (publicUrl: string, org: string, server: McpServer): string =>
  `${issuerOf(publicUrl, org)}/.well-known/oauth-protected-resource/mcp/${server.id}`

const document = z.object({
  resource: z.string(),
  resource_name: z.string(),
  authorization_servers: z.array(z.string()).min(1),
  bearer_methods_supported: z.array(z.literal('header')),
  scopes_supported: z.array(z.string()),
  dpop_bound_access_tokens_required: z.literal(true).optional(),
  dpop_signing_alg_values_supported: z.array(z.string()).optional(),
})
const several = z.object({
  resources: z.array(
    z.object({ resource: z.string(), resource_metadata_url: z.string(), authorization_servers: z.array(z.string()) }),
  ),
})

/** Protected resource metadata (RFC 9728): `authorization_servers` holds the issuer itself. */
const documentOf = (publicUrl: string, org: string, server: McpServer): z.input<typeof document> => ({
  resource: server.resourceUri,
  resource_name: server.name,
  authorization_servers: [issuerOf(publicUrl, org)],
  bearer_methods_supported: ['header'],
  scopes_supported: [...scopesOf(server)],
  ...(server.requireDpop && {
    dpop_bound_access_tokens_required: true,
    dpop_signing_alg_values_supported: ['EdDSA', 'Ed25519', 'ES256', 'RS256'],
  }),
})

/** One server's own document; the list of several; where there is none, the org's own API. */
function orgDocument(publicUrl: string, { org, registry }: OrgState) {
  const issuer = issuerOf(publicUrl, org.slug)
  const servers = [...registry.servers.values()].filter(s => isThere(s) && s.status === 'active').sort(byAge)
  const [first] = servers
  if (first !== undefined && servers.length === 1) return documentOf(publicUrl, org.slug, first)
  if (first === undefined) {
    return {
      resource: issuer,
      resource_name: org.name,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: [],
    }
  }
  return {
    resources: servers.map(server => ({
      resource: server.resourceUri,
      resource_metadata_url: metadataUrl(publicUrl, org.slug, server),
      authorization_servers: [issuer],
    })),
  }
}

/** `WWW-Authenticate` as a protected resource sends it: `wanted` is the scope a token lacks. */
export function challengeOf(publicUrl: string, org: string, server: McpServer, wanted: string | null): string {
  const scope = wanted ?? scopesOf(server).join(' ')
  const parts = [
    ...(wanted === null ? [] : ['error="insufficient_scope"']),
    `resource_metadata="${metadataUrl(publicUrl, org, server)}"`,
    ...(scope === '' ? [] : [`scope="${scope}"`]),
  ]
  return `Bearer ${parts.join(', ')}`
}

const challenge = z.object({ status: z.int(), server: z.string(), server_id: z.string() })

/** What any client may read to find out how to get a token for a server. */
export function mcpMetadataRoutes(service: Service, publicUrl: string): readonly Route[] {
  const tag = 'mcp'
  const stateOf = async (slug: string | undefined): Promise<OrgState> => {
    if (slug === undefined || !/^[a-z0-9-]{1,63}$/.test(slug)) {
      throw new PdpError('org_not_found', `there is no org \`${slug}\``)
    }
    return service.orgs.get(slug)
  }
  const active = (state: OrgState, name: string | undefined): McpServer => {
    const server = serverNamed(state, name ?? '')
    if (server.status === 'active') return server
    throw new PdpError('identity_not_found', `there is no MCP server \`${name}\``)
  }
  const ofServer = (operation: string, path: string): Route =>
    route({
      operation,
      method: 'GET',
      path,
      tag,
      summary: 'Protected resource metadata of an MCP server (RFC 9728)',
      needs: 'public',
      answers: { 200: { description: 'the document', schema: document } },
      async handle({ params }) {
        const state = await stateOf(params.org)
        const body = documentOf(publicUrl, state.org.slug, active(state, params.id))
        return { status: 200, body }
      },
    })
  const ofOrg = (operation: string, path: string): Route =>
    route({
      operation,
      method: 'GET',
      path,
      tag,
      summary: 'Protected resource metadata of the org: of its only MCP server, or where those of several are',
      needs: 'public',
      answers: { 200: { description: 'the document', schema: z.union([document, several]) } },
      handle: async ({ params }) => ({ status: 200, body: orgDocument(publicUrl, await stateOf(params.org)) }),
    })
  const challenging = (method: 'GET' | 'POST', operation: string): Route =>
    route({
      operation,
      method,
      path: '/orgs/{org}/api/v1/mcp/{id}/challenge',
      tag,
      summary: 'The refusal a client meets at a server without a token, or, with `scope`, without that scope',
      needs: 'public',
      query: z.object({
        scope: z
          .string()
          .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/)
          .optional(),
      }),
      answers: {
        401: { description: 'a token is needed', schema: challenge },
        403: { description: 'the token needs another scope', schema: challenge },
      },
      async handle({ params, query }): Promise<Reply> {
        const state = await stateOf(params.org)
        const server = active(state, params.id)
        const wanted = query.scope ?? null
        const status = wanted === null ? 401 : 403
        const headers = { 'www-authenticate': challengeOf(publicUrl, state.org.slug, server, wanted) }
        return { status, body: { status, server: server.name, server_id: server.id }, headers }
      },
    })
  const wellKnown = '.well-known/oauth-protected-resource'
  return [
    ofServer('mcpServerMetadata', `/orgs/{org}/api/v1/${wellKnown}/mcp/{id}`),
    ofServer('mcpServerMetadataAtRoot', `/${wellKnown}/orgs/{org}/api/v1/mcp/{id}`),
    ofOrg('protectedResourceMetadata', `/orgs/{org}/api/v1/${wellKnown}`),
    ofOrg('protectedResourceMetadataAtRoot', `/${wellKnown}/orgs/{org}/api/v1`),
    challenging('GET', 'mcpChallenge'),
    challenging('POST', 'mcpChallengePost'),
  ]
}
