import type { McpServer } from '../agents/mcp-server.ts'
import { targetOf } from '../agents/target.ts'
import { holderOf } from '../agents/token.ts'
import { capabilityNames, MCP_TOOL } from '../policy/capability.ts'
import type { Decision } from '../policy/decision.ts'
import type { Evidence } from '../policy/evidence.ts'
import { PdpError } from './errors.ts'
import { act, isJit } from './jit/use.ts'
import { chainOf, type Principal } from './keys.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

export interface ToolAnswer {
  readonly decision: Decision
  /** The tool as a resource: `<server>/<tool>`. */
  readonly tool: string
  /** Null where no active server is meant. */
  readonly server: McpServer | null
  /** The agent that would use it. */
  readonly agent: string
}

/**
 * May the agent that calls use this tool of this server? One request to the engine, for the whole chain the agent acts in;
 * logged whatever the answer. Fails with `permission_denied` for callers that are no agents and for tokens whose scopes do
 * not cover the tool, with `overloaded`.
 */
export async function authorizeTool(
  pdp: Service,
  state: OrgState,
  principal: Principal,
  asked: { readonly server: string; readonly tool: string },
  ip: string,
  evidence?: Evidence,
): Promise<ToolAnswer> {
  const chain = chainOf(principal)
  const holder = holderOf(chain)
  if (holder.type !== 'agent') {
    throw new PdpError('permission_denied', 'tools are used by agents; call with the token or the API key of one')
  }
  const server = targetOf(state.registry, asked.server) ?? null
  const id = `${server?.slug ?? asked.server}/${asked.tool}`
  if (principal.kind === 'token' && !isJit(principal)) checkScopes(principal.token.scopes, id, server, asked.tool)
  const request = {
    org: state.org.slug,
    ...chain,
    action: 'use',
    resource: { type: MCP_TOOL, id },
    context: { ip },
    at: pdp.clock(),
    ...(evidence !== undefined && { evidence }),
  }
  const { decision } = await act(pdp, state, principal, request, { id: null, until: null })
  return { decision, tool: id, server, agent: holder.id }
}

/** A token is good for what its scopes cover, whatever the agent may do besides. */
function checkScopes(scopes: readonly string[], id: string, server: McpServer | null, name: string): void {
  const own = server?.tools.find(tool => tool.name === name)?.scope
  const names = [...capabilityNames('use', { type: MCP_TOOL, id }), ...(own === undefined ? [] : [own])]
  if (names.some(one => scopes.includes(one))) return
  throw new PdpError('permission_denied', `the token's scopes do not cover the tool \`${id}\``, {
    scope: own ?? `tool:${name}`,
  })
}
