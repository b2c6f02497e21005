import type { Json, JsonObject } from './json.ts'

/** What budgets count: `cost` in millionths of a dollar, `wall_ms` from the task's creation. */
export const BUDGET_METERS = ['tokens', 'api_calls', 'tool_calls', 'cost', 'wall_ms'] as const
export type BudgetMeter = (typeof BUDGET_METERS)[number]

/** One cap of a budget. `of` is whose budget it is: `org:acme`, `team:eng`, `agent:bot`, `task:task_1`. */
export interface BudgetLine {
  readonly of: string
  readonly meter: BudgetMeter
  readonly cap: number
  readonly per: 'hour' | 'day' | 'month' | 'task'
}

/** Names of models that alone may be used. */
export interface ModelLine {
  readonly of: string
  readonly models: readonly string[]
}

/** All the budgets that an entity is held to at once, as the attribute `budget` holds them. */
export interface HeldBudgets {
  readonly lines: readonly BudgetLine[]
  readonly models: readonly ModelLine[]
  /** A call that costs more, in millionths of a dollar, needs approval; null: none does. */
  readonly approvalAbove: number | null
}

/** What a task brings to a decision. */
export interface TaskFacts {
  readonly startedAt: number
  /** When it ends at the latest. */
  readonly endsAt: number
  readonly lines: readonly BudgetLine[]
}

export const NO_BUDGETS: HeldBudgets = Object.freeze({
  lines: Object.freeze([]),
  models: Object.freeze([]),
  approvalAbove: null,
})

/** Reads the attribute `budget`; null for what is none. */
export function heldBudgets(value: Json): HeldBudgets | null {
  if (!isObject(value) || !Array.isArray(value.lines) || !Array.isArray(value.models)) return null
  const { lines, models, approvalAbove } = value
  if (!lines.every(isLine) || !models.every(isModels)) return null
  return approvalAbove === null || Number.isSafeInteger(approvalAbove) ? (value as unknown as HeldBudgets) : null
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isLine = (value: Json): boolean =>
  isObject(value) && typeof value.of === 'string' && Number.isSafeInteger(value.cap) && typeof value.meter === 'string'

const isModels = (value: Json): boolean =>
  isObject(value) && Array.isArray(value.models) && value.models.every(name => typeof name === 'string')
