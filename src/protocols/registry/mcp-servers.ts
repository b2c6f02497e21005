import { z } from 'zod'
import { nameOf } from '../../pdp/keys.ts'
import { createServer, deleteServer, serverNamed, updateServer } from '../../pdp/mcp-servers.ts'
import { isThere } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { serverBody, serverCreate, serverSaid, serverShown, serverUpdate } from './mcp-shape.ts'
import { byAge, oneWith, pageBody, pageOf, pages, versioned } from './shapes.ts'

const base = '/orgs/{org}/api/v1/admin/mcp/servers'
const read = { scope: 'org', act: { action: 'read', type: 'org_mcp_server' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_mcp_server' } } as const

/** MCP servers as an admin sees them. */
export function mcpServerRoutes(service: Service): readonly Route[] {
  const tag = 'mcp'
  const path = `${base}/{id}`
  const one = oneWith(serverBody)
  return [
    route({
      operation: 'createMcpServer',
      method: 'POST',
      path: base,
      tag,
      summary: 'Register an MCP server that agents get tokens for',
      needs: write,
      body: serverCreate,
      answers: { 201: { description: 'the server', schema: one } },
      async handle({ state, body, principal }) {
        const { slug, ...more } = body
        const said = { ...serverSaid(more), name: body.name, resourceUri: body.resource_uri, slug }
        const server = await createServer(service, state, said, nameOf(principal))
        return versioned(1, { data: serverShown(state, server), message: 'MCP server created successfully' }, 201)
      },
    }),
    route({
      operation: 'listMcpServersToManage',
      method: 'GET',
      path: base,
      tag,
      summary: 'MCP servers of the org, in the order they came',
      needs: read,
      query: z.object(pages),
      answers: { 200: { description: 'servers', schema: pageOf(serverBody, 'mcp_servers') } },
      handle({ state, query }) {
        const all = [...state.registry.servers.values()].filter(isThere).sort(byAge)
        return { status: 200, body: pageBody('mcp_servers', all, query, server => serverShown(state, server)) }
      },
    }),
    route({
      operation: 'getMcpServerToManage',
      method: 'GET',
      path,
      tag,
      summary: 'One MCP server, by its id or its slug',
      needs: read,
      answers: { 200: { description: 'the server; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const server = serverNamed(state, params.id ?? '')
        return versioned(server.version, { data: serverShown(state, server) })
      },
    }),
    route({
      operation: 'updateMcpServer',
      method: 'PATCH',
      path,
      tag,
      summary: 'Change what is said and leave the rest; the next decision knows of it',
      needs: write,
      body: serverUpdate,
      answers: { 200: { description: 'the server', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const server = await updateServer(service, state, params.id ?? '', serverSaid(body), editor)
        const data = serverShown(state, server)
        return versioned(server.version, { data, message: 'MCP server updated successfully' })
      },
    }),
    route({
      operation: 'deleteMcpServer',
      method: 'DELETE',
      path,
      tag,
      summary: 'Forget an MCP server but for its name, which is never given again',
      needs: write,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal, ifMatch }) {
        await deleteServer(service, state, params.id ?? '', { by: nameOf(principal), ifMatch })
        return { status: 204 }
      },
    }),
  ]
}
