import type { Agent } from '../../agents/agent.ts'
import { type Budget, linesOf, ORG_BUDGET } from '../../agents/budget.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import type { BudgetLine } from '../../policy/budget.ts'
import { parseEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { put } from '../registering.ts'
import type { Service } from '../service.ts'
import { chargeOf } from './held.ts'
import { ledgerOf } from './spend.ts'
import { linesOfAgent, type SpentMeter } from './taking.ts'

/** Types of what may have a budget besides the org and agents. */
const TEAMS = new Set(['team', 'group'])
/** Budgets of an org, each read for every agent. */
const MOST = 200

/** The name of a budget: `org`, or a team's. Fails with `invalid_request`. */
function budgetName(name: string): string {
  if (name === ORG_BUDGET) return name
  const team = parseEntity(name)
  if (team !== null && TEAMS.has(team.type) && team.id.length <= 200) return name
  throw new PdpError('invalid_request', `\`${name}\` has no budget: expected \`org\`, or a team such as \`team:eng\``)
}

export function budgetNamed({ registry }: OrgState, name: string): Budget {
  const found = registry.budgets.get(budgetName(name))
  if (found === undefined) throw new PdpError('identity_not_found', `there is no budget \`${name}\``)
  return found
}

/** Sets the budget of the org or a team, new or instead of the one there is. */
export async function putBudget(
  pdp: Service,
  state: OrgState,
  name: string,
  policy: JsonObject,
  by: string,
): Promise<Budget> {
  const id = budgetName(name)
  const before = state.registry.budgets.get(id)
  if (before === undefined && state.registry.budgets.size >= MOST) {
    throw new PdpError('invalid_request', `an org has at most ${MOST} budgets of its own and its teams`)
  }
  const now = pdp.clock()
  const version = (before?.version ?? 0) + 1
  const budget: Budget = { kind: 'budget', id, policy, createdAt: before?.createdAt ?? now, updatedAt: now, version }
  await pdp.write(state, [put(budget, by, before?.version ?? null)])
  return budget
}

export async function removeBudget(pdp: Service, state: OrgState, name: string, by: string): Promise<void> {
  const { id } = budgetNamed(state, name)
  await pdp.write(state, [{ kind: 'unregistered', of: 'budget', id, by }])
}

/** Whose meters are given back to. */
export interface Owner {
  /** `agent:bot`, `org`, `team:eng`. */
  readonly name: string
  readonly lines: readonly BudgetLine[]
}

export const ownerOfAgent = (state: OrgState, agent: Agent): Owner => {
  const name = `agent:${agent.slug}`
  return { name, lines: linesOfAgent(state, agent).filter(({ of }) => of === name) }
}

export const ownerOfBudget = ({ id, policy }: Budget): Owner => ({ name: id, lines: linesOf(policy, id) })

export interface GivingBack {
  /** Null: every meter. */
  readonly meter: SpentMeter | null
  /** Null: all that was used. */
  readonly amount: number | null
  readonly reason: string | null
  readonly key: string | null
  readonly by: string
}

/** Takes back what meters of this owner stand at in the windows there are now: all of it, or so much. */
export async function giveBack(
  pdp: Service,
  state: OrgState,
  owner: Owner,
  { meter, amount, reason, key, by }: GivingBack,
): Promise<void> {
  const at = pdp.clock()
  const ledger = ledgerOf(pdp)
  const { slug, zone } = state.org
  const lines = owner.lines.filter(line => line.per !== 'task' && (meter === null || line.meter === meter))
  if (lines.length === 0) {
    throw new PdpError('invalid_request', `the budget of ${owner.name} counts no \`${meter ?? 'meters'}\``)
  }
  const meters = lines.flatMap(line => {
    const charge = chargeOf(line, 0, { task: null }, at, zone)
    return charge === null ? [] : [{ counter: charge.counter, window: charge.window, amount }]
  })
  if (key !== null) {
    const id = `refund ${owner.name} ${key}`
    const print = sha256(JSON.stringify([meter, amount]))
    const told = await ledger.record(slug, { id, print, charges: [], at, until: null, data: {} })
    if (told.kind === 'conflict') throw new PdpError('idempotency_conflict', `something else was sent under \`${key}\``)
    if (told.kind === 'spent' && told.again) return
  }
  await ledger.refund(slug, meters, at)
  const kind = amount === null ? 'budget.reset' : 'budget.refunded'
  const data = { meters: lines.map(line => line.meter), amount, reason }
  pdp.audit.append(slug, () => ({ id: timedId('log', at), at, kind, actor: by, target: owner.name, data }))
}
