import { resetsAt } from '../../pdp/budgets/exceeded.ts'
import type { Reservation } from '../../pdp/budgets/spend.ts'
import type { BudgetStatus, LineStatus } from '../../pdp/budgets/status.ts'
import { meterIn } from '../../pdp/budgets/taking.ts'
import type { JsonObject } from '../../policy/json.ts'

const iso = (at: number): string => new Date(at).toISOString()

const isCapped = ({ line }: LineStatus): boolean => line.cap < Number.MAX_SAFE_INTEGER

export function windowBody(status: LineStatus) {
  const { line, charge, used, reserved } = status
  const at = resetsAt(charge)
  const capped = isCapped(status)
  return {
    of: line.of,
    meter: line.meter,
    window: line.per,
    limit: capped ? line.cap : null,
    used,
    reserved,
    remaining: capped ? Math.max(0, line.cap - used - reserved) : null,
    resets_at: at === null ? null : iso(at),
    ...(line.meter === 'cost' && { unit: 'USD', decimals: 6 }),
  }
}

export const budgetBody = (policy: JsonObject, { state, lines, tasks }: BudgetStatus) => ({
  policy,
  state,
  windows: lines.map(windowBody),
  tasks: tasks.map(({ task, lines: its }) => ({ task_id: task, windows: its.map(windowBody) })),
})

/** The meters that are beyond what they may be. */
export const exceededIn = ({ lines, tasks }: BudgetStatus) =>
  [...lines, ...tasks.flatMap(task => task.lines)]
    .filter(({ line, used, reserved }) => used + reserved > line.cap)
    .map(({ line }) => ({ of: line.of, meter: line.meter, window: line.per }))

/** What is left of each meter where it is scarcest. */
function remainingOf({ lines, tasks }: BudgetStatus): Readonly<Record<string, number>> {
  const left: Record<string, number> = {}
  for (const status of [...lines, ...tasks.flatMap(task => task.lines)]) {
    if (!isCapped(status) || status.line.meter === 'wall_ms') continue
    const { line, used, reserved } = status
    const one = Math.max(0, line.cap - used - reserved)
    left[line.meter] = Math.min(left[line.meter] ?? one, one)
  }
  return left
}

export function reservationBody({ id, state, until, charges }: Reservation, status: BudgetStatus) {
  const meters: Record<string, number> = {}
  for (const { counter, amount } of charges) meters[meterIn(counter)] = amount
  const expires = until === null ? null : iso(until)
  return { reservation_id: id, state, expires_at: expires, meters, remaining: remainingOf(status) }
}
