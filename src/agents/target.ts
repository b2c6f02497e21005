import type { McpServer } from './mcp-server.ts'

/** What servers are looked up in. */
export interface Servers {
  readonly servers: ReadonlyMap<string, McpServer>
  serverBySlug(slug: string): McpServer | undefined
}

const isOpen = (server: McpServer): boolean => server.status === 'active' && server.deletedAt === undefined

/**
 * The active server that an `audience`, a `resource` or a path means: its id, its name, its resource URI or one of its aliases.
 * URIs are compared as RFC 8707 servers do: scheme and host in any case, the path exactly, one slash at its end ignored.
 */
export function targetOf({ servers, serverBySlug }: Servers, text: string): McpServer | undefined {
  const named = servers.get(text) ?? serverBySlug(text)
  if (named !== undefined) return isOpen(named) ? named : undefined
  if (servers.size === 0) return undefined
  const wanted = canonicalUri(text)
  for (const server of servers.values()) {
    if (!isOpen(server)) continue
    if (canonicalUri(server.resourceUri) === wanted) return server
    if (server.aliases.some(alias => alias === text || canonicalUri(alias) === wanted)) return server
  }
  return undefined
}

const HIERARCHICAL = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^#]*)$/

/** A URI as it is compared; what is none stands for itself. */
export function canonicalUri(text: string): string {
  const parts = HIERARCHICAL.exec(text)
  if (parts === null) return text
  const [, scheme = '', authority = '', rest = ''] = parts
  const plain = authority.toLowerCase().replace(scheme.toLowerCase() === 'https' ? /:443$/ : /:80$/, '')
  return `${scheme.toLowerCase()}://${plain}${rest.endsWith('/') ? rest.slice(0, -1) : rest}`
}
