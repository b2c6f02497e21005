import type { Agent } from '../../agents/agent.ts'
import { linesOf } from '../../agents/budget.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { standing } from './status.ts'

/** What the figures of an agent's own budget are called, beside its limits. */
const NAMES: Readonly<Record<string, string>> = {
  'tokens day': 'tokens_used_today',
  'api_calls hour': 'api_calls_this_hour',
  'cost month': 'cost_this_month_usd',
}

/** What was used of each limit that is set; nothing where there is none. */
export async function usedOf(pdp: Service, state: OrgState, agent: Agent): Promise<Readonly<Record<string, number>>> {
  const lines = linesOf(agent.budgetPolicy, `agent:${agent.slug}`).filter(({ per }) => per !== 'task')
  if (lines.length === 0 || pdp.ledger === null) return {}
  const stands = await standing(pdp, state, lines, null, pdp.clock())
  return Object.fromEntries(
    stands.flatMap(({ line, used }) => {
      const name = NAMES[`${line.meter} ${line.per}`]
      // Millionths of a dollar, told in dollars: for people to read, nothing is decided by it.
      return name === undefined ? [] : [[name, line.meter === 'cost' ? used / 1_000_000 : used]]
    }),
  )
}
