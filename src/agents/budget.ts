import { decimalOf, parseDecimal } from '../lib/decimal.ts'
import type { BudgetLine, ModelLine } from '../policy/budget.ts'
import type { Json, JsonObject } from '../policy/json.ts'

/**
 * The budget of an org or of a team: it is held to by all agents there are, or all that members own, together. An agent's own
 * is in its registration.
 */
export interface Budget {
  readonly kind: 'budget'
  /** `org`, or the team as `team:eng`. */
  readonly id: string
  readonly policy: JsonObject
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

/** The budget that all of an org's agents share. */
export const ORG_BUDGET = 'org'

type Members = readonly (readonly [member: string, meter: BudgetLine['meter'], per: BudgetLine['per']])[]

const OVERALL: Members = [
  ['max_tokens_per_day', 'tokens', 'day'],
  ['max_api_calls_per_hour', 'api_calls', 'hour'],
  ['max_cost_per_month_usd', 'cost', 'month'],
]
const PER_TASK: Members = [
  ['max_tool_calls', 'tool_calls', 'task'],
  ['max_tokens', 'tokens', 'task'],
  ['max_cost_usd', 'cost', 'task'],
  ['max_wall_seconds', 'wall_ms', 'task'],
]

/** Dollars as millionths, whole. INVARIANT: `budgetProblem` let the value pass. */
export function micros(value: Json): number {
  const said = typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? parseDecimal(value) : null
  if (said === null || said.scale > 6) throw new Error('a stored budget is not an amount of dollars')
  return Number(said.units * 10n ** BigInt(6 - said.scale))
}

function capOf(meter: BudgetLine['meter'], value: Json): number {
  if (meter === 'cost') return micros(value)
  return meter === 'wall_ms' ? Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER) : Number(value)
}

const lines = (members: Members, said: JsonObject, of: string): readonly BudgetLine[] =>
  members.flatMap(([member, meter, per]) => {
    const value = said[member]
    return value === undefined ? [] : [{ of, meter, cap: capOf(meter, value), per }]
  })

/** The caps of a budget policy; `of` is whose it is. */
export function linesOf(policy: JsonObject, of: string): readonly BudgetLine[] {
  const { per_task: perTask } = policy
  return [...lines(OVERALL, policy, of), ...(perTask === undefined ? [] : taskLines(perTask as JsonObject, of))]
}

/** The caps of one task, as `per_task` has them. */
export const taskLines = (perTask: JsonObject, of: string): readonly BudgetLine[] => lines(PER_TASK, perTask, of)

/** The models a budget policy allows alone; null: any. */
export function modelsOf({ allowed_models: models }: JsonObject, of: string): ModelLine | null {
  return Array.isArray(models) ? { of, models: models as readonly string[] } : null
}

/** What costs more, in millionths of a dollar, needs approval; null: nothing does. */
export const approvalAbove = ({ require_approval_above_usd: above }: JsonObject): number | null =>
  above === undefined ? null : micros(above)
