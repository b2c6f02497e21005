import { merged } from '../../engine/charges.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import { andThen, type Later } from '../../lib/later.ts'
import { PdpError } from '../errors.ts'
import { chainOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { budgetExceeded } from './exceeded.ts'
import { agentsIn, budgetsOf, chargeOf } from './held.ts'

/**
 * Counts one call of an agent to the API, where a budget of somebody in its chain counts calls; at once for everybody else.
 * Fails with `budget_exceeded`, and with `unavailable` where it cannot be counted.
 */
export function countCall(pdp: Service, state: OrgState, principal: Principal): Later<void> {
  if (principal.kind === 'key') return undefined
  const { subject, actors } = chainOf(principal)
  if (subject.type !== 'agent' && actors.length === 0) return undefined
  const at = pdp.clock()
  const charges = agentsIn(state, subject, actors).flatMap(agent => {
    // Most have no budget at all.
    const free = Object.keys(agent.budgetPolicy).length === 0 && state.registry.budgets.size === 0
    return (free ? [] : budgetsOf(state, agent).lines).flatMap(line =>
      line.meter === 'api_calls' ? (chargeOf(line, 1, { task: null }, at, state.org.zone) ?? []) : [],
    )
  })
  if (charges.length === 0) return undefined
  if (pdp.ledger === null) throw new PdpError('unavailable', 'nobody counts calls')
  const id = timedId('call', at)
  const spending = { id, fresh: true, print: sha256(id), charges: merged(charges), at, until: null, data: {} }
  const lost = (error: unknown): never => {
    throw new PdpError('unavailable', 'calls cannot be counted now', {}, error)
  }
  const spent = pdp.ledger.spend(state.org.slug, spending)
  return andThen(spent instanceof Promise ? spent.catch(lost) : spent, found => {
    if (found.kind !== 'over') return
    throw budgetExceeded(
      found.over.map(({ charge, used, reserved }) => ({ ...charge, used, reserved })),
      at,
    )
  })
}
