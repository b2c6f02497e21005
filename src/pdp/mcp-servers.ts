import { randomBytes } from 'node:crypto'
import type { McpServer } from '../agents/mcp-server.ts'
import { freeSlug, slugFrom } from '../agents/slug.ts'
import { canonicalUri } from '../agents/target.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { agentNamed, amend, type Editor, isThere, put } from './registering.ts'
import type { Service } from './service.ts'

export type ServerSaid = Partial<
  Pick<
    McpServer,
    | 'name'
    | 'description'
    | 'resourceUri'
    | 'aliases'
    | 'endpointUrl'
    | 'transport'
    | 'authMode'
    | 'status'
    | 'tools'
    | 'scopes'
    | 'allowedAgents'
    | 'requireDpop'
    | 'tokenLifetime'
  >
>

/** By id or by slug. Fails with `identity_not_found`, also for one that was deleted. */
export function serverNamed({ registry }: OrgState, name: string): McpServer {
  const found = registry.servers.get(name) ?? registry.serverBySlug(name)
  if (!isThere(found)) throw new PdpError('identity_not_found', `there is no MCP server \`${name}\``)
  return found
}

/** Registers a server. Fails with `slug_taken` where another one is, or was, called so, or has this URI. */
export async function createServer(
  pdp: Service,
  state: OrgState,
  said: ServerSaid & { readonly name: string; readonly resourceUri: string; readonly slug?: string | undefined },
  by: string,
): Promise<McpServer> {
  const { slug, ...more } = said
  const now = pdp.clock()
  const server: McpServer = {
    kind: 'mcp_server',
    id: `mcp_${randomBytes(12).toString('hex')}`,
    slug: slug ?? freeSlug(slugFrom(said.name, 'server'), s => state.registry.serverBySlug(s) !== undefined),
    description: '',
    aliases: [],
    endpointUrl: null,
    transport: 'http_streamable',
    authMode: 'oauth',
    status: 'active',
    tools: [],
    scopes: [],
    requireDpop: false,
    tokenLifetime: 3600,
    ...more,
    allowedAgents: slugsOf(state, said.allowedAgents ?? null),
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  checkNames(state, server)
  await pdp.write(state, [put(server, by, null)])
  return server
}

export function updateServer(pdp: Service, state: OrgState, name: string, said: ServerSaid, editor: Editor) {
  const read = () => serverNamed(state, name)
  return amend(pdp, state, read, editor, server => {
    const allowed = said.allowedAgents === undefined ? server.allowedAgents : slugsOf(state, said.allowedAgents)
    const times = { version: server.version + 1, updatedAt: pdp.clock() }
    const entry: McpServer = { ...server, ...said, allowedAgents: allowed, ...times }
    checkNames(state, entry)
    return { entry }
  })
}

/** Forgets a server but for its name: what is said of `mcp_server:<name>` must never come to mean another one. */
export async function deleteServer(pdp: Service, state: OrgState, name: string, editor: Editor): Promise<void> {
  const read = () => serverNamed(state, name)
  await amend(pdp, state, read, editor, server => {
    const now = pdp.clock()
    const gone = { status: 'inactive', aliases: [], tools: [], scopes: [], allowedAgents: [], description: '' } as const
    return { entry: { ...server, ...gone, deletedAt: now, updatedAt: now, version: server.version + 1 } }
  })
}

/** Agents by id or slug, as slugs. Fails with `identity_not_found`. */
const slugsOf = (state: OrgState, names: readonly string[] | null): readonly string[] | null =>
  names === null ? null : [...new Set(names.map(name => agentNamed(state, name).slug))]

/** INVARIANT: whatever a client asks a token for means one server at the most. */
function checkNames({ registry }: OrgState, server: McpServer): void {
  const own = [server.resourceUri, ...server.aliases].map(canonicalUri)
  if (new Set(own).size < own.length) {
    throw new PdpError('invalid_request', '`resource_uri` and `audience_aliases` name one thing twice')
  }
  for (const other of registry.servers.values()) {
    if (other.id === server.id || !isThere(other)) continue
    const theirs = [other.resourceUri, ...other.aliases].map(canonicalUri)
    const names = [other.id, other.slug, ...theirs]
    const same = own.find(uri => names.includes(uri)) ?? theirs.find(uri => uri === server.slug || uri === server.id)
    if (same !== undefined) throw new PdpError('slug_taken', `\`${same}\` means the server \`${other.slug}\` already`)
  }
}
