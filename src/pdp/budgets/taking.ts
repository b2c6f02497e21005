import type { Agent } from '../../agents/agent.ts'
import { merged } from '../../engine/charges.ts'
import { taskFactsOf } from '../../facts/budgets.ts'
import type { BudgetLine } from '../../policy/budget.ts'
import type { Charge } from '../../policy/charge.ts'
import type { OrgState } from '../org.ts'
import { budgetsOf, chargeOf } from './held.ts'

/** What can be told of and reserved, by meter: whole numbers of its units. */
export const SPENT = ['tokens', 'api_calls', 'tool_calls', 'cost'] as const
export type SpentMeter = (typeof SPENT)[number]
export type Amounts = Readonly<Partial<Record<SpentMeter, number>>>

/** What is counted of every agent, whether or not a budget caps it. */
const ALWAYS: readonly (readonly [meter: BudgetLine['meter'], per: BudgetLine['per']])[] = [
  ['tokens', 'day'],
  ['cost', 'month'],
]

export interface Taking {
  /** Everybody in the chain that pays. */
  readonly agents: readonly Agent[]
  readonly task: string | null
  readonly amounts: Amounts
}

/** The lines an agent's meters are read from: those of its budgets, and what is always counted of its own. */
export function linesOfAgent(state: OrgState, agent: Agent): readonly BudgetLine[] {
  const { lines } = budgetsOf(state, agent)
  const of = `agent:${agent.slug}`
  const uncapped = ALWAYS.filter(([meter, per]) => !lines.some(l => l.of === of && l.meter === meter && l.per === per))
  return [...lines, ...uncapped.map(([meter, per]) => ({ of, meter, per, cap: Number.MAX_SAFE_INTEGER }))]
}

/** What taking so much comes to, at every level at once, each meter once. */
export function chargesOf(state: OrgState, { agents, task, amounts }: Taking, at: number): readonly Charge[] {
  const known = task === null ? undefined : taskFactsOf(state.registry, task, at)
  const scope = { task, until: known?.endsAt }
  const lines = [...agents.flatMap(agent => linesOfAgent(state, agent)), ...(known?.lines ?? [])]
  const charges = lines.flatMap(line => {
    const amount = line.meter === 'wall_ms' ? 0 : (amounts[line.meter] ?? 0)
    if (amount === 0 || (line.per === 'task' && known === undefined)) return []
    return chargeOf(line, amount, scope, at, state.org.zone) ?? []
  })
  return merged(charges)
}

/** The meter of a budget's counter. */
export const meterIn = (counter: string): string => counter.split(' ', 2)[1] ?? ''
