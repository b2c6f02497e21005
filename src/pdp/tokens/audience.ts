import type { Agent } from '../../agents/agent.ts'
import type { Service } from '../../agents/identity.ts'
import type { McpServer } from '../../agents/mcp-server.ts'
import { canonicalUri, targetOf } from '../../agents/target.ts'
import type { OrgState } from '../org.ts'

/** What a token is asked for: its `aud`, and the server behind it where that is one of the org's. */
export interface Target {
  readonly audience: string
  readonly server: McpServer | null
}

export type Targets =
  | { readonly kind: 'targets'; readonly targets: readonly Target[] }
  /** Why these cannot be had together, or one of them not by this client. */
  | { readonly kind: 'refused'; readonly why: string }

/**
 * What a client may have of what it names in `resource` and `audience`: the org's issuer, which it always may; a registered
 * server, by id, name, URI or alias; or what an agent's own list of audiences says. Without a name, the issuer.
 */
export function targetsOf(state: OrgState, client: Agent | Service, issuer: string, named: readonly string[]): Targets {
  if (named.length === 0) return { kind: 'targets', targets: [{ audience: issuer, server: null }] }
  const targets = new Map<string, Target>()
  for (const name of named) {
    if (name.includes('#')) return refused(`\`${shown(name)}\` has a fragment; a resource is named without one`)
    const target = targetNamed(state, client, issuer, name)
    if (target === null) return refused(`\`${shown(name)}\` is no resource this client may have tokens for`)
    targets.set(target.audience, target)
  }
  const all = [...targets.values()]
  if (all.length > 1 && all.some(({ server }) => server !== null)) {
    return refused('a token is for one MCP server alone; ask for one token each')
  }
  return { kind: 'targets', targets: all }
}

const refused = (why: string): Targets => ({ kind: 'refused', why })

const shown = (name: string): string => name.slice(0, 200)

function targetNamed(state: OrgState, client: Agent | Service, issuer: string, name: string): Target | null {
  if (name === issuer || name === `${issuer}/`) return { audience: issuer, server: null }
  const server = serverNamed(state, name)
  const audience = server?.resourceUri ?? name
  const { allowedAudiences } = client
  if (server !== null) {
    const { status, allowedAgents } = server
    if (status !== 'active') return null
    if (allowedAgents !== null && !(client.kind === 'agent' && allowedAgents.includes(client.slug))) return null
    const listed = allowedAudiences?.some(one => serverNamed(state, one) === server) ?? true
    return listed ? { audience, server } : null
  }
  return allowedAudiences?.some(one => isSame(one, name)) === true ? { audience, server: null } : null
}

const serverNamed = ({ registry }: OrgState, name: string): McpServer | null => targetOf(registry, name) ?? null

/** As URIs: scheme and host in any case, one slash at the end or none, all else to the letter. */
const isSame = (a: string, b: string): boolean => a === b || canonicalUri(a) === canonicalUri(b)

/** The scopes of a server's own, which tokens for it are limited to. */
export const scopesOf = ({ scopes, tools }: McpServer): ReadonlySet<string> =>
  new Set([...scopes, ...tools.map(tool => tool.scope)])
