import { z } from 'zod'
import { type McpServer, scopesOf } from '../../agents/mcp-server.ts'
import type { ServerSaid } from '../../pdp/mcp-servers.ts'
import type { OrgState } from '../../pdp/org.ts'
import { label, slug, text } from '../manage/shapes.ts'
import { capabilities, capability, definedOf, iso, names, toolName } from './shapes.ts'

const isLocal = (text: string): boolean => /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(text)

const resourceUri = z
  .string()
  .max(2048)
  .refine(
    t => (/^https:\/\/[^\s#?]+$/.test(t) && URL.canParse(t)) || isLocal(t) || /^urn:mcp:[A-Za-z0-9._:-]+$/.test(t),
    'expected `https://…` without query and fragment, or `urn:mcp:…`',
  )
const endpoint = z
  .string()
  .max(2048)
  .refine(
    t => URL.canParse(t) && (t.startsWith('https://') || isLocal(t)),
    'expected a URL such as https://mcp.example.com/',
  )

const tools = z
  .array(z.strictObject({ name: toolName, scope: capability }))
  .max(500)
  .refine(all => new Set(all.map(t => t.name)).size === all.length, 'the same tool is there twice')

const members = {
  description: text(2000).optional(),
  audience_aliases: z.array(resourceUri).max(20).optional(),
  endpoint_url: endpoint.nullable().optional(),
  transport: z.enum(['http_streamable', 'http_sse', 'stdio']).optional(),
  auth_mode: z.enum(['oauth', 'none']).optional(),
  status: z.enum(['active', 'inactive']).optional(),
  tools: tools.optional(),
  scopes_supported: capabilities.optional(),
  allowed_agents: names.nullable().optional(),
  require_dpop: z.boolean().optional(),
  token_lifetime: z.int().min(60).max(86_400).optional(),
}
export const serverCreate = z.strictObject({
  ...members,
  name: label,
  slug: slug.optional(),
  resource_uri: resourceUri,
})
export const serverUpdate = z.strictObject({
  ...members,
  name: label.optional(),
  resource_uri: resourceUri.optional(),
})

export function serverSaid(said: z.output<typeof serverUpdate>): ServerSaid {
  return definedOf({
    name: said.name,
    description: said.description,
    resourceUri: said.resource_uri,
    aliases: said.audience_aliases,
    endpointUrl: said.endpoint_url,
    transport: said.transport,
    authMode: said.auth_mode,
    status: said.status,
    tools: said.tools,
    scopes: said.scopes_supported,
    allowedAgents: said.allowed_agents,
    requireDpop: said.require_dpop,
    tokenLifetime: said.token_lifetime,
  })
}

export const serverBrief = z.object({
  id: z.string(),
  server_id: z.string(),
  slug: z.string(),
  name: z.string(),
  resource_uri: z.string(),
  transport: z.enum(['http_streamable', 'http_sse', 'stdio']),
  auth_mode: z.enum(['oauth', 'none']),
  status: z.enum(['active', 'inactive']),
})

export const serverBody = serverBrief.extend({
  description: z.string().nullable(),
  audience_aliases: z.array(z.string()),
  endpoint_url: z.string().nullable(),
  tools: z.array(z.object({ name: z.string(), scope: z.string() })),
  scopes_supported: z.array(z.string()),
  allowed_agents: z.array(z.string()).nullable(),
  allowed_client_ids: z.array(z.string()),
  require_pkce: z.literal(true),
  require_resource_param: z.literal(true),
  require_dpop: z.boolean(),
  token_lifetime: z.int(),
  version: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
})

export const briefOf = (server: McpServer): z.input<typeof serverBrief> => ({
  id: server.id,
  server_id: server.id,
  slug: server.slug,
  name: server.name,
  resource_uri: server.resourceUri,
  transport: server.transport,
  auth_mode: server.authMode,
  status: server.status,
})

/** PKCE and `resource` are always demanded of users' flows, so that these two members never say otherwise. */
export const serverShown = ({ registry }: OrgState, server: McpServer): z.input<typeof serverBody> => ({
  ...briefOf(server),
  description: server.description === '' ? null : server.description,
  audience_aliases: [...server.aliases],
  endpoint_url: server.endpointUrl,
  tools: server.tools.map(({ name, scope }) => ({ name, scope })),
  scopes_supported: [...scopesOf(server)],
  allowed_agents: server.allowedAgents === null ? null : [...server.allowedAgents],
  allowed_client_ids: (server.allowedAgents ?? []).flatMap(one => registry.agentBySlug(one)?.id ?? []),
  require_pkce: true,
  require_resource_param: true,
  require_dpop: server.requireDpop,
  token_lifetime: server.tokenLifetime,
  version: server.version,
  created_at: iso(server.createdAt),
  updated_at: iso(server.updatedAt),
})
