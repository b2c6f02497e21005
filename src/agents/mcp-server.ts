/** A protected resource of the Model Context Protocol that agents get tokens for. */
export interface McpServer {
  readonly kind: 'mcp_server'
  /** `mcp_` and 24 hex digits. */
  readonly id: string
  /** The name in paths: `invoices`. */
  readonly slug: string
  readonly name: string
  readonly description: string
  /** `https:` or `urn:mcp:`; the `aud` of its tokens. */
  readonly resourceUri: string
  readonly aliases: readonly string[]
  readonly endpointUrl: string | null
  readonly transport: 'http_streamable' | 'http_sse' | 'stdio'
  readonly authMode: 'oauth' | 'none'
  readonly status: 'active' | 'inactive'
  readonly tools: readonly McpTool[]
  readonly scopes: readonly string[]
  /** Slugs; null is any agent that holds a scope of the server. */
  readonly allowedAgents: readonly string[] | null
  readonly requireDpop: boolean
  /** Seconds, at the most. */
  readonly tokenLifetime: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Since when there is only its name left, which no other server gets. */
  readonly deletedAt?: number
  readonly version: number
}

export interface McpTool {
  readonly name: string
  readonly scope: string
}

/** Every scope that a token for this server may have. */
export const scopesOf = ({ scopes, tools }: McpServer): readonly string[] => [
  ...new Set([...scopes, ...tools.map(tool => tool.scope)]),
]
