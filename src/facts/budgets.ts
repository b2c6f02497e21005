import type { Agent } from '../agents/agent.ts'
import { approvalAbove, linesOf, modelsOf, ORG_BUDGET, taskLines } from '../agents/budget.ts'
import { isAtWork } from '../agents/task.ts'
import type { BudgetLine, HeldBudgets, TaskFacts } from '../policy/budget.ts'
import { type Entity, parseEntity, sameEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import type { Answer, Question } from '../policy/question.ts'
import { attributeCell, type CellKey } from './cells.ts'
import type { Registry } from './registry.ts'

/** The attribute of an agent that holds all its budgets. */
export const BUDGET = 'budget'

/** Touched by every budget of the org and its teams: which there are is read for every agent. */
export const BUDGETS_CELL: CellKey = attributeCell({ type: 'org', id: '' }, BUDGET)

/** The relation by which a team has those who own agents. */
const MEMBER = 'member'

export interface BudgetWorld {
  readonly registry: Registry
  /** Whether the org's model has members of such teams. */
  hasMembers(type: string): boolean
  ask(question: Question): Answer | undefined
}

/** What an agent is held to: the org's budget, those of its owner's teams, and its own. */
export function answerForBudget(world: BudgetWorld, agent: Agent, reads: (cell: CellKey) => void): Answer | undefined {
  const { registry } = world
  reads(BUDGETS_CELL)
  const held = [{ of: `agent:${agent.slug}`, policy: agent.budgetPolicy }]
  for (const { id, policy } of registry.budgets.values()) {
    if (id === ORG_BUDGET) {
      held.push({ of: ORG_BUDGET, policy })
      continue
    }
    const found = agent.owner === null ? 'no' : belongs(world, agent.owner, id)
    if (found === undefined) return undefined
    if (found === 'unknown')
      return { kind: 'unavailable', why: `whether the owner of \`${agent.slug}\` is in \`${id}\`` }
    if (found === 'yes') held.push({ of: id, policy })
  }
  const thresholds = held.flatMap(({ policy }) => approvalAbove(policy) ?? [])
  const own = agent.allowedModels === null ? [] : [{ of: `agent:${agent.slug}`, models: agent.allowedModels }]
  const value: HeldBudgets = {
    lines: held.flatMap(({ policy, of }) => linesOf(policy, of)),
    models: [...own, ...held.flatMap(({ policy, of }) => modelsOf(policy, of) ?? [])],
    approvalAbove: thresholds.length === 0 ? null : Math.min(...thresholds),
  }
  return { kind: 'value', value: value as unknown as Json }
}

/** Whether an owner is a team, or in it: by the model's `member`, or by the groups it is registered with. */
function belongs(world: BudgetWorld, owner: Entity, id: string): 'yes' | 'no' | 'unknown' | undefined {
  const team = parseEntity(id)
  if (team === null) return 'no'
  if (sameEntity(owner, team)) return 'yes'
  if (owner.type === 'user') {
    const groups = world.ask({ kind: 'attribute', entity: owner, name: 'groups' })
    if (groups === undefined) return undefined
    if (groups.kind === 'value' && Array.isArray(groups.value) && groups.value.includes(team.id)) return 'yes'
  }
  if (!world.hasMembers(team.type)) return 'no'
  const answer = world.ask({
    kind: 'relation',
    object: team,
    relation: MEMBER,
    user: { kind: 'entity', entity: owner },
  })
  if (answer === undefined) return undefined
  return answer.kind === 'truth' ? answer.truth : 'unknown'
}

/** Tasks above one that its use counts for as well. */
const MOST_ABOVE = 8

/** What a task that is at work brings to a decision; undefined for any other. */
export function taskFactsOf(registry: Registry, id: string, now: number): TaskFacts | undefined {
  const task = registry.tasks.get(id)
  if (task === undefined || !isAtWork(task, now)) return undefined
  const lines: BudgetLine[] = []
  let at: typeof task | undefined = task
  for (let above = 0; at !== undefined && above < MOST_ABOVE; above++) {
    const own = at.budget === null ? [] : taskLines(at.budget, `task:${at.id}`)
    // How long one above has been at work, it is asked itself.
    lines.push(...(at === task ? own : own.filter(({ meter }) => meter !== 'wall_ms')))
    at = at.parent === null ? undefined : registry.tasks.get(at.parent)
  }
  return { startedAt: task.createdAt, endsAt: task.expiresAt, lines }
}
