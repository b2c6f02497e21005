import type { BudgetLine, HeldBudgets } from '../src/policy/budget.ts'
import type { Standing } from '../src/policy/charge.ts'
import type { Json } from '../src/policy/json.ts'
import type { Answer, Truth } from '../src/policy/question.ts'
import type { Request } from '../src/policy/request.ts'
import type { Seen } from './oracle.ts'
import { period, type Taken } from './oracle-limits.ts'
import { and, truth } from './oracle-truth.ts'
import { number } from './oracle-values.ts'

const own = (context: Request['context'], name: string): Json | undefined =>
  Object.hasOwn(context, name) ? context[name] : undefined

/** The budgets of whom a link is; null where they are not to be had. */
function heldBy(answer: Answer): HeldBudgets | null {
  if (answer.kind === 'absent') return { lines: [], models: [], approvalAbove: null }
  if (answer.kind !== 'value' || typeof answer.value !== 'object' || answer.value === null) return null
  return 'lines' in answer.value && 'models' in answer.value ? (answer.value as unknown as HeldBudgets) : null
}

/** Millionths of a dollar; null where it is no such number. */
function millionths(value: Json): number | null {
  const said = number(value)
  if (said === null || said.units < 0n) return null
  const units = said.units * 10n ** 12n
  const by = 10n ** BigInt(said.scale + 6)
  const all = units / by
  return all * by === units && all <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(all) : null
}

function stated(line: BudgetLine, { request }: Seen): number | null {
  const { action, resource, context } = request
  if (line.meter === 'tool_calls') return action === 'use' && ['tool', 'mcp_tool'].includes(resource.type) ? 1 : 0
  const name = line.meter === 'tokens' ? 'tokens' : line.meter === 'cost' ? 'cost_usd' : null
  const said = name === null ? undefined : own(context, name)
  if (said === undefined) return 0
  if (line.meter === 'cost') return millionths(said)
  return typeof said === 'number' && Number.isSafeInteger(said) && said >= 0 ? said : null
}

function lineTruth(line: BudgetLine, seen: Seen, taken: Taken[]): Truth {
  const { request, facts, set } = seen
  const task = request.task ?? null
  const says = stated(line, seen)
  if (says === null) return 'unknown'
  const known = task === null ? undefined : facts.task?.(task)
  if (line.meter === 'wall_ms') {
    return known === undefined ? 'unknown' : truth(Math.max(0, request.at - known.startedAt) + 1 <= line.cap)
  }
  const ofTask = line.per === 'task' && !line.of.startsWith('task:') ? ` task:${task}` : ''
  const window =
    line.per === 'task'
      ? ({ kind: 'ever', ...(known !== undefined && { until: known.endsAt }) } as const)
      : period(request.at, { count: 1, unit: line.per }, set.zone)
  const least = line.meter === 'api_calls' ? 0 : 1
  const charge = { counter: `budget ${line.meter} ${line.of}${ofTask}`, window, cap: line.cap, says: '', of: '' }
  const standing: Standing | undefined = facts.stands?.({ ...charge, amount: Math.max(least, says) })
  if (standing === undefined) return 'unknown'
  if (says > 0) taken.push({ ...charge, amount: says })
  return truth(standing.used + standing.reserved + Math.max(least, says) <= line.cap)
}

/** What comes of a budget, and what it takes where it is kept. */
export function budgeted(by: 'budget' | 'approval', answer: Answer, seen: Seen): { truth: Truth; takes: Taken[] } {
  const held = heldBy(answer)
  const { request, facts } = seen
  if (held === null) return { truth: 'unknown', takes: [] }
  if (by === 'approval') {
    const said = own(request.context, 'cost_usd')
    if (held.approvalAbove === null || said === undefined) return { truth: 'yes', takes: [] }
    const cost = millionths(said)
    return { truth: cost === null ? 'unknown' : truth(cost <= held.approvalAbove), takes: [] }
  }
  const takes: Taken[] = []
  const task = request.task ?? null
  const known = task === null ? undefined : facts.task?.(task)
  const said = own(request.context, 'model')
  const named =
    said !== undefined ? said : request.resource.type === 'model' ? (request.resource.id ?? undefined) : undefined
  const models: Truth[] = held.models.map(({ models: allowed }) => {
    if (named === undefined) return 'yes'
    return typeof named === 'string' ? truth(allowed.includes(named)) : 'unknown'
  })
  if (task !== null && known === undefined) return { truth: and([...models, 'unknown']), takes: [] }
  const lines = [...held.lines.filter(line => task !== null || line.per !== 'task'), ...(known?.lines ?? [])]
  const all = and([...models, ...lines.map(line => lineTruth(line, seen, takes))])
  return { truth: all, takes: all === 'yes' ? takes : [] }
}
