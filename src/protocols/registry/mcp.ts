import { z } from 'zod'
import type { McpServer } from '../../agents/mcp-server.ts'
import { scopesOf } from '../../agents/mcp-server.ts'
import { holderOf } from '../../agents/token.ts'
import { budgetExceeded } from '../../pdp/budgets/exceeded.ts'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf, type Principal } from '../../pdp/keys.ts'
import { authorizeTool } from '../../pdp/mcp.ts'
import { serverNamed } from '../../pdp/mcp-servers.ts'
import { isThere } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { capabilityMember, evidenceIn } from '../evidence.ts'
import { type Route, route } from '../route.ts'
import { challengeOf, issuerOf, metadataUrl } from './mcp-metadata.ts'
import { briefOf, serverBrief } from './mcp-shape.ts'
import { byAge, iso, pageBody, pageOf, pages, toolName } from './shapes.ts'

const base = '/orgs/{org}/api/v1'
const readSelf = { scope: 'org', act: { action: 'read', type: 'org_self' } } as const
const useSelf = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const

const detail = serverBrief.extend({
  description: z.string().nullable(),
  endpoint_url: z.string().nullable(),
  scopes_supported: z.array(z.string()),
  require_pkce: z.literal(true),
  token_lifetime: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
  discovery: z.object({
    authorization_server_metadata: z.string(),
    protected_resource_metadata: z.string(),
    www_authenticate_example: z.string(),
  }),
})

const asked = z.strictObject({
  server_id: z
    .string()
    .min(1)
    .max(2048)
    .regex(/^[^\s#]+$/),
  tool: toolName,
  capability: capabilityMember.optional(),
})

const allowed = z.object({
  allowed: z.literal(true),
  agent_id: z.string(),
  resource: z.object({
    server_id: z.string(),
    server: z.string(),
    tool: z.string(),
    resource_uri: z.string(),
  }),
  decision_id: z.string(),
})

/** Agents see the servers that name no agents, or them; everyone else who may look sees all. */
function isFor(principal: Principal, server: McpServer): boolean {
  const { type, id } = holderOf(chainOf(principal))
  return type !== 'agent' || server.allowedAgents === null || server.allowedAgents.includes(id)
}

/** MCP servers as agents see them, and whether they may use a tool. */
export function mcpRoutes(service: Service, publicUrl: string): readonly Route[] {
  const tag = 'mcp'
  return [
    route({
      operation: 'listMcpServers',
      method: 'GET',
      path: `${base}/mcp/servers`,
      tag,
      summary: 'MCP servers that the caller may get tokens for',
      needs: readSelf,
      query: z.object(pages),
      answers: {
        200: {
          description: 'servers',
          schema: pageOf(serverBrief, 'mcp_servers').extend({ servers: z.array(serverBrief) }),
        },
      },
      handle({ state, query, principal }) {
        const all = [...state.registry.servers.values()].filter(s => isThere(s) && isFor(principal, s)).sort(byAge)
        const body = pageBody('mcp_servers', all, query, briefOf)
        return { status: 200, body: { ...body, servers: body.data } }
      },
    }),
    route({
      operation: 'getMcpServer',
      method: 'GET',
      path: `${base}/mcp/servers/{id}`,
      tag,
      summary: 'One MCP server, and where a client finds what it needs to get a token',
      needs: readSelf,
      answers: { 200: { description: 'the server', schema: z.object({ data: detail }).extend(detail.shape) } },
      handle({ state, params, principal }) {
        const server = serverNamed(state, params.id ?? '')
        if (!isFor(principal, server)) {
          throw new PdpError('identity_not_found', `there is no MCP server \`${params.id}\``)
        }
        const issuer = issuerOf(publicUrl, state.org.slug)
        const data = {
          ...briefOf(server),
          description: server.description === '' ? null : server.description,
          endpoint_url: server.endpointUrl,
          scopes_supported: [...scopesOf(server)],
          require_pkce: true,
          token_lifetime: server.tokenLifetime,
          created_at: iso(server.createdAt),
          updated_at: iso(server.updatedAt),
          discovery: {
            authorization_server_metadata: `${issuer}/.well-known/oauth-authorization-server`,
            protected_resource_metadata: metadataUrl(publicUrl, state.org.slug, server),
            www_authenticate_example: challengeOf(publicUrl, state.org.slug, server, null),
          },
        }
        return { status: 200, body: { ...data, data } }
      },
    }),
    route({
      operation: 'authorizeMcpTool',
      method: 'POST',
      path: `${base}/agents/me/mcp/authorize`,
      tag,
      summary: 'May the agent that calls use this tool of this server? The engine says, and the answer is logged',
      needs: useSelf,
      body: asked,
      answers: { 200: { description: 'it may; a denial is 403 with its reasons', schema: allowed } },
      async handle(call) {
        const { state, body, principal, ip } = call
        const { server_id: named, tool } = body
        const evidence = await evidenceIn(service, state, call, body.capability)
        const {
          decision,
          server,
          agent,
          tool: id,
        } = await authorizeTool(service, state, principal, { server: named, tool }, ip, evidence)
        const { effect, reasons, missing, obligations } = decision
        if (decision.over !== undefined)
          throw budgetExceeded(decision.over, service.clock(), { decision_id: decision.id })
        if (effect !== 'allow' || server === null) {
          const code = effect === 'escalate' ? 'approval_required' : 'capability_denied'
          const why = reasons[0]?.sentence ?? missing[0]?.text ?? 'no rule permits it'
          const details = JSON.parse(
            JSON.stringify({
              decision_id: decision.id,
              reasons,
              missing,
              obligations,
              ...(decision.ask !== undefined && { authorization_details: decision.ask }),
            }),
          )
          throw new PdpError(code, `agent:${agent} may not use \`${id}\`: ${why}`, details)
        }
        const resource = { server_id: server.id, server: server.slug, tool, resource_uri: server.resourceUri }
        const agentId = state.registry.agentBySlug(agent)?.id ?? agent
        return { status: 200, body: { allowed: true, agent_id: agentId, resource, decision_id: decision.id } }
      },
    }),
  ]
}
