import { MCP_TOOL } from '../policy/capability.ts'
import type { Entity } from '../policy/entity.ts'
import type { Answer, Facts, Question, RelationQuestion } from '../policy/question.ts'
import { unsaidAttribute } from '../policy/unsaid.ts'
import { conditionTest } from '../relations/conditions.ts'
import { type Graph, nearestMissing } from '../relations/graph.ts'
import { APPROVAL, answerForApproval, approvalAttribute } from './approvals.ts'
import type { Attributes } from './attributes.ts'
import type { Away } from './away.ts'
import { answerForBudget, BUDGET } from './budgets.ts'
import { attributeCell, type CellKey, entryCell, keyCell } from './cells.ts'
import { answerForGrant } from './grants.ts'
import { answerForKey, KEY_TYPE, leadsThroughKeys } from './keys.ts'
import { answerForTool, CALLER } from './mcp.ts'
import { registeredAttribute } from './registered.ts'
import type { Registry } from './registry.ts'
import { signalAttribute } from './signals.ts'
import type { KeyRecord } from './store.ts'

/** Everything stored that answers questions about one org, in memory. */
export interface World {
  readonly graph: Graph | null
  /** Where a server has the relations; there is no graph then. */
  readonly away?: Away | null
  readonly attributes: Attributes
  readonly registry: Registry
  key(id: string): KeyRecord | undefined
}

/** Answers every question at once but those a server is still to be asked, and tells `reads` each place it looked at, empty places included. */
export function factsOf(world: World, reads: (cell: CellKey) => void): Facts {
  const condition = world.graph === null ? undefined : conditionTest(world.graph.model)
  return { answer: question => answerFrom(world, question, reads), condition }
}

/** An agent that is not registered is held to what is stored for it, if anything is. */
function budgetOf(world: World, entity: Entity, reads: (cell: CellKey) => void): Answer | undefined {
  const { registry } = world
  const agent = registry.agentBySlug(entity.id)
  if (agent === undefined) {
    const value = world.attributes.get(entity, BUDGET)
    return value === undefined ? { kind: 'absent' } : { kind: 'value', value }
  }
  const model = world.away ? world.away.model : (world.graph?.model ?? null)
  const budgets = {
    registry,
    hasMembers: (type: string) => model?.types.get(type)?.relations.has('member') === true,
    ask: (question: Question) => answerFrom(world, question, reads),
  }
  return answerForBudget(budgets, agent, reads)
}

function answerFrom(world: World, question: Question, reads: (cell: CellKey) => void): Answer | undefined {
  switch (question.kind) {
    case 'attribute': {
      reads(attributeCell(question.entity, question.name))
      const { entity, name } = question
      if (name === BUDGET && entity.type === 'agent') return budgetOf(world, entity, reads)
      const heard = signalAttribute(world.registry.signals, entity, name)
      if (heard !== undefined) return { kind: 'value', value: heard }
      if (entity.type === APPROVAL) reads(entryCell('approval', entity.id))
      const registered =
        entity.type === APPROVAL
          ? approvalAttribute(world.registry, entity.id, name)
          : registeredAttribute(world.registry, entity, name)
      if (registered === null) return { kind: 'absent' }
      const value = registered ?? world.attributes.get(entity, name) ?? unsaidAttribute(entity.type, name)
      return value === undefined ? { kind: 'absent' } : { kind: 'value', value }
    }
    case 'grant':
      return answerForGrant(world.registry, question, reads, (entity, name) => {
        const answer = answerFrom(world, { kind: 'attribute', entity, name }, reads)
        return answer?.kind === 'value' ? answer.value : undefined
      })
    case 'meter':
    case 'task':
      return { kind: 'unavailable', why: 'it is asked while a call is settled' }
    case 'relation': {
      const { object, relation, user } = question
      if (user.kind === 'entity' && user.entity.type === KEY_TYPE && !('kind' in object)) {
        reads(keyCell(user.entity.id))
        return answerForKey(object, relation, user.entity.id, world.key)
      }
      if (leadsThroughKeys(question)) {
        return { kind: 'truth', truth: 'unknown', why: 'the roles of API keys are asked of one org and no further' }
      }
      if (!('kind' in object) && object.type === MCP_TOOL && relation === CALLER && user.kind === 'entity') {
        const model = world.away ? world.away.model : (world.graph?.model ?? null)
        const { registry } = world
        return answerForTool({ registry, model }, object, user.entity, reads, other => answerFrom(world, other, reads))
      }
      if (!('kind' in object) && object.type === APPROVAL && user.kind === 'entity') {
        const others = (other: RelationQuestion) => answerFrom(world, other, reads)
        return answerForApproval(world.registry, object.id, relation, user.entity, reads, others)
      }
      if (world.away) return world.away.answer(question, reads)
      const graph = world.graph
      if (graph === null) return { kind: 'truth', truth: 'no', why: 'the org has no model yet' }
      const found = graph.check(object, relation, user, { reads })
      const { truth, why, when, proof } = found
      if (truth === 'no') return { kind: 'truth', truth, missing: () => nearestMissing(graph, object, relation, user) }
      const more = { ...(why !== undefined && { why }), ...(when !== undefined && { when }) }
      return { kind: 'truth', truth, ...more, ...(proof !== undefined && { proof }) }
    }
  }
}
