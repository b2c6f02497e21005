import { type HeldBudgets, NO_BUDGETS } from '../policy/budget.ts'
import type { Json } from '../policy/json.ts'
import type { StoredAttribute } from './finding.ts'

/** Variables that say that an agent is beyond what it may spend, or spend without a yes. */
export const BUDGET = 'b '

const MODEL = 'any-model'
const DOLLAR = 1

/** Facts and a call by which agents, each as `budget agent:bot` or `approval agent:bot`, are beyond theirs. */
export function overspentOf(beyond: readonly string[]) {
  const held = new Map<string, HeldBudgets>()
  const context: [string, Json][] = []
  for (const one of beyond) {
    const [by = '', entity = ''] = one.split(/ (.*)/)
    const before = held.get(entity) ?? NO_BUDGETS
    if (by === 'approval') {
      held.set(entity, { ...before, approvalAbove: 0 })
      context.push(['cost_usd', DOLLAR])
    } else {
      held.set(entity, { ...before, models: [{ of: entity, models: [] }] })
      context.push(['model', MODEL])
    }
  }
  const attributes: StoredAttribute[] = [...held].map(([entity, value]) => ({
    entity,
    name: 'budget',
    value: value as unknown as Json,
  }))
  return { attributes, context }
}
