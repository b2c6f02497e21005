import type { Agent } from '../../agents/agent.ts'
import { budgetCounter, sayLine } from '../../engine/budgeted.ts'
import { periodAt } from '../../engine/period.ts'
import { BUDGET } from '../../facts/budgets.ts'
import { factsOf } from '../../facts/world.ts'
import { type BudgetLine, type HeldBudgets, heldBudgets, NO_BUDGETS } from '../../policy/budget.ts'
import type { Charge } from '../../policy/charge.ts'
import { type Entity, sameEntity } from '../../policy/entity.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'

interface Kept {
  readonly revision: number
  readonly held: HeldBudgets
}

const kept = new WeakMap<Agent, Kept>()

/**
 * All the budgets an agent is held to, as the engine sees them. Fails with `unavailable` where that cannot be known: who
 * is in a team whose relations are away.
 */
export function budgetsOf(state: OrgState, agent: Agent): HeldBudgets {
  const known = kept.get(agent)
  if (known !== undefined && known.revision === state.revision) return known.held
  const entity = { type: 'agent', id: agent.slug }
  const answer = factsOf(state, () => undefined).answer({ kind: 'attribute', entity, name: BUDGET })
  const held = answer?.kind === 'value' ? heldBudgets(answer.value) : answer?.kind === 'absent' ? NO_BUDGETS : null
  if (held === null) throw new PdpError('unavailable', `the budgets of \`${agent.slug}\` cannot be told now`)
  if (state.away === null) kept.set(agent, { revision: state.revision, held })
  return held
}

/** The agents of a chain, each once. */
export function agentsIn({ registry }: OrgState, subject: Entity, actors: readonly Entity[]): readonly Agent[] {
  const all = [subject, ...actors].filter((one, i, chain) => chain.findIndex(other => sameEntity(one, other)) === i)
  return all.flatMap(one => (one.type === 'agent' ? (registry.agentBySlug(one.id) ?? []) : []))
}

/** What taking `amount` of a line is as a charge; null beyond the years that clocks are told of. */
export function chargeOf(
  line: BudgetLine,
  amount: number,
  { task, until }: { readonly task: string | null; readonly until?: number | undefined },
  at: number,
  zone: string,
): Charge | null {
  const { of, per, cap } = line
  const ever = { kind: 'ever', ...(until !== undefined && { until }) } as const
  const window = per === 'task' ? ever : periodAt(at, { count: 1, unit: per }, zone)
  if (window === null) return null
  const counter = budgetCounter(line, task)
  return { counter, window, amount, cap, says: sayLine(line), of: `budget of ${of}`, per }
}
