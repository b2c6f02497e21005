import { type Entity, printEntity } from '../policy/entity.ts'
import type { Answer, RelationQuestion } from '../policy/question.ts'
import { findRelation, type Model } from '../relations/schema.ts'
import { attributeCell, type CellKey, serverCell } from './cells.ts'
import type { Registry } from './registry.ts'

/** Who may call a tool as far as its server and the agent's own list of tools go. */
export const CALLER = 'caller'

const ALLOWED = 'allowed'

interface Known {
  readonly registry: Registry
  readonly model: Model | null
}

const no = (why: string): Answer => ({ kind: 'truth', truth: 'no', why })

/**
 * Whether an agent is a caller of `mcp_tool:<server>/<tool>`: the server is registered and active and has the tool, the
 * agent's list of tools has it, and the server lets the agent in, by its registration or by the relation `allowed` on the
 * server or the tool.
 */
export function answerForTool(
  world: Known,
  tool: Entity,
  agent: Entity,
  reads: (cell: CellKey) => void,
  ask: (question: RelationQuestion) => Answer | undefined,
): Answer | undefined {
  const slash = tool.id.indexOf('/')
  const [slug, name] = [tool.id.slice(0, Math.max(slash, 0)), tool.id.slice(slash + 1)]
  reads(serverCell(slug))
  const server = world.registry.serverBySlug(slug)
  if (server === undefined || server.deletedAt !== undefined) return no(`there is no MCP server \`${slug}\``)
  if (server.status !== 'active') return no(`the MCP server \`${slug}\` is ${server.status}`)
  if (server.tools.length > 0 && !server.tools.some(t => t.name === name)) {
    return no(`the MCP server \`${slug}\` has no tool \`${name}\``)
  }
  if (agent.type !== 'agent') return no('callers of tools are agents')
  reads(attributeCell(agent, 'allowed_tools'))
  const { allowedTools } = world.registry.agentBySlug(agent.id) ?? { allowedTools: null }
  if (allowedTools !== null && !allowedTools.includes(name) && !allowedTools.includes(tool.id)) {
    return no(`\`${name}\` is not among the tools of ${printEntity(agent)}`)
  }
  if (server.allowedAgents === null || server.allowedAgents.includes(agent.id)) return { kind: 'truth', truth: 'yes' }
  return byRelation(world, [{ type: 'mcp_server', id: slug }, tool], agent, ask)
}

/** Undefined while one of the relations is still to be asked. */
function byRelation(
  { model }: Known,
  objects: readonly Entity[],
  agent: Entity,
  ask: (question: RelationQuestion) => Answer | undefined,
): Answer | undefined {
  const refused = no(`${printEntity(objects[0] as Entity)} does not let ${printEntity(agent)} in`)
  let best = refused
  let waits = false
  for (const object of objects) {
    if (model === null || findRelation(model, object.type, ALLOWED) === null) continue
    const user = { kind: 'entity', entity: agent } as const
    const found = ask({ kind: 'relation', object, relation: ALLOWED, user })
    if (found === undefined) waits = true
    if (found?.kind !== 'truth') continue
    if (found.truth === 'yes' && (found.when === undefined || found.when === null)) return found
    if (found.truth !== 'no' && best === refused) best = found
  }
  return waits ? undefined : best
}
