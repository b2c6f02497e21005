import { decimalOf, normalize, parseDecimal, printDecimal } from '../lib/decimal.ts'
import { isInstant, localTime } from '../lib/zone.ts'
import type { BudgetLine, BudgetMeter } from '../policy/budget.ts'
import type { Charge, Standing, Window } from '../policy/charge.ts'
import type { Json } from '../policy/json.ts'
import { printMinutes } from '../policy/print-value.ts'
import type { Truth } from '../policy/question.ts'
import type { BudgetedClause, Call } from './clause.ts'
import { fitsIn } from './limit.ts'
import { ownValue } from './operand.ts'
import { periodAt } from './period.ts'

/** Members of the call's context that say what it takes, and which model it uses. */
const COST = 'cost_usd'
const TOKENS = 'tokens'
const MODEL = 'model'

/** What the call says it takes, as a whole number of units; null where it says something that is none. */
function amountOf(meter: BudgetMeter, { tool }: BudgetedClause, { context }: Call): number | null {
  switch (meter) {
    case 'tool_calls':
      return tool ? 1 : 0
    case 'tokens': {
      const said = ownValue(context, TOKENS)
      if (said === undefined) return 0
      return typeof said === 'number' && Number.isSafeInteger(said) && said >= 0 ? said : null
    }
    case 'cost': {
      const said = ownValue(context, COST)
      return said === undefined ? 0 : microsOf(said)
    }
    case 'api_calls':
    case 'wall_ms':
      return 0
  }
}

/** An amount of dollars as millionths; null where it is not exactly so many. */
export function microsOf(value: Json): number | null {
  const said = typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? parseDecimal(value) : null
  if (said === null || said.units < 0n || said.scale > 6) return null
  const micros = Number(said.units * 10n ** BigInt(6 - said.scale))
  return Number.isSafeInteger(micros) ? micros : null
}

/** Calls are counted at the door: by then one that is under way is counted already. */
const leastOf = (meter: BudgetMeter): number => (meter === 'api_calls' ? 0 : 1)

function windowOf({ per }: BudgetLine, { zone }: BudgetedClause, call: Call): Window | null {
  if (per !== 'task') return periodAt(call.at, { count: 1, unit: per }, zone)
  const until = call.taskFacts?.endsAt
  return until === undefined ? { kind: 'ever' } : { kind: 'ever', until }
}

/** The counter of a budget's line; what is for each task has one a task. */
export function budgetCounter({ of, meter, per }: BudgetLine, task: string | null): string {
  return `budget ${meter} ${of}${per === 'task' && !of.startsWith('task:') ? ` task:${task ?? ''}` : ''}`
}

const LINE_SAYS: Readonly<Record<BudgetMeter, string>> = {
  tokens: 'tokens',
  api_calls: 'API calls',
  tool_calls: 'tool calls',
  cost: 'dollars',
  wall_ms: 'seconds',
}

/** A number of a meter's units, as people write them. */
function print(meter: BudgetMeter, units: number): string {
  const scale = meter === 'cost' ? 6 : meter === 'wall_ms' ? 3 : 0
  return printDecimal(normalize(BigInt(Math.max(0, Math.floor(units))), scale))
}

/** `100000 tokens per day of agent:bot`. */
export function sayLine(line: BudgetLine): string {
  const known = said.get(line)
  if (known !== undefined) return known
  const text = `${print(line.meter, line.cap)} ${LINE_SAYS[line.meter]} per ${line.per} of ${line.of}`
  said.set(line, text)
  return text
}

/** What is said of lines in residuals, which every call is told anew. */
const said = new WeakMap<BudgetLine, string>()

/** A line as a charge of at least what an exhausted budget refuses; null where the call does not say it exactly. */
function askedOf(line: BudgetLine, clause: BudgetedClause, call: Call): Charge | null {
  const window = windowOf(line, clause, call)
  const amount = amountOf(line.meter, clause, call)
  if (window === null || amount === null) return null
  const counter = budgetCounter(line, call.task ?? null)
  const asked = Math.max(amount, leastOf(line.meter))
  return {
    counter,
    window,
    amount: asked,
    cap: line.cap,
    says: sayLine(line),
    of: `budget of ${line.of}`,
    per: line.per,
  }
}

/** The lines that apply to a call; null where it is for a task that nothing is known of. */
function linesFor({ lines }: BudgetedClause, call: Call): readonly BudgetLine[] | null {
  if (call.task == null) return lines.some(isPerTask) ? lines.filter(line => !isPerTask(line)) : lines
  if (call.taskFacts == null) return null
  return call.taskFacts.lines.length === 0 ? lines : [...lines, ...call.taskFacts.lines]
}

const isPerTask = ({ per }: BudgetLine): boolean => per === 'task'

function lineTruth(line: BudgetLine, clause: BudgetedClause, call: Call): Truth {
  const charge = askedOf(line, clause, call)
  if (charge === null) return 'unknown'
  if (call.supposing) return 'yes'
  if (line.meter === 'wall_ms') return fitsIn(charge, budgetStanding(charge, call))
  return call.fits?.(charge) ?? 'unknown'
}

/** The model a call uses, as far as it says; null where it says something that is no name. */
function modelOf({ model }: BudgetedClause, { context }: Call): string | null | undefined {
  const said = ownValue(context, MODEL)
  if (said !== undefined) return typeof said === 'string' ? said : null
  return model ?? undefined
}

function modelTruth(clause: BudgetedClause, call: Call): Truth {
  if (clause.models.length === 0) return 'yes'
  const model = modelOf(clause, call)
  if (model === undefined) return 'yes'
  if (model === null) return 'unknown'
  return clause.models.every(({ models }) => models.includes(model)) ? 'yes' : 'no'
}

export function budgetedTruth(clause: BudgetedClause, call: Call): Truth {
  if (clause.by === 'approval') return thresholdTruth(clause, call)
  let truth = modelTruth(clause, call)
  const lines = linesFor(clause, call)
  if (lines === null) return truth === 'no' ? 'no' : 'unknown'
  for (const line of lines) {
    if (truth === 'no') return truth
    const one = lineTruth(line, clause, call)
    if (one !== 'yes') truth = one
  }
  return truth
}

/** What does not say what it costs is not above any threshold. */
function thresholdTruth({ approvalAbove }: BudgetedClause, { context }: Call): Truth {
  const said = ownValue(context, COST)
  if (approvalAbove === null || said === undefined) return 'yes'
  const cost = microsOf(said)
  return cost === null ? 'unknown' : cost <= approvalAbove ? 'yes' : 'no'
}

/** What acting takes from the budgets; where it is only supposed that all fits, what each was asked for. */
export function budgetCharges(clause: BudgetedClause, call: Call): readonly Charge[] {
  if (clause.by === 'approval') return []
  return (linesFor(clause, call) ?? []).flatMap(line => {
    const asked = askedOf(line, clause, call)
    const amount = amountOf(line.meter, clause, call)
    if (asked === null || amount === null) return []
    if (call.supposing) return [asked]
    return amount === 0 ? [] : [{ ...asked, amount }]
  })
}

/** What the meter of a charge stands at: the time since a task began is no ledger's. */
export function budgetStanding(charge: Charge, call: Call): Standing | undefined {
  if (!charge.counter.startsWith('budget wall_ms ')) return call.stands?.(charge)
  const started = call.taskFacts?.startedAt
  return started === undefined || !isInstant(call.at)
    ? undefined
    : { used: Math.max(0, call.at - started), reserved: 0 }
}

export function budgetBoundary(clause: BudgetedClause, call: Call): number | null {
  let first: number | null = null
  const started = call.taskFacts?.startedAt
  for (const line of linesFor(clause, call) ?? []) {
    const window = windowOf(line, clause, call)
    const wall = line.meter === 'wall_ms' && started !== undefined ? started + line.cap : null
    const end = wall ?? (window?.kind === 'fixed' ? window.until : null)
    if (end !== null && end > call.at && (first === null || end < first)) first = end
  }
  return first
}

/** What a budget comes to for one call: which line is used up, how far, and when it begins anew. */
export function tellBudgeted(
  clause: BudgetedClause,
  who: string,
  truth: Truth,
  why: string | null,
  call: Call,
): string {
  if (clause.by === 'approval') return tellThreshold(clause, who, truth, why, call)
  if (truth === 'yes') return `${who} stays within its budget`
  const model = modelTruth(clause, call) === 'no' ? modelOf(clause, call) : null
  if (model != null) return `the model \`${model}\` is none that ${who} may use`
  for (const line of linesFor(clause, call) ?? []) {
    const one = lineTruth(line, clause, call)
    if (one !== truth) continue
    const charge = askedOf(line, clause, call)
    const standing = charge === null ? undefined : budgetStanding(charge, call)
    if (charge === null || standing === undefined) {
      const cause =
        charge === null ? `what the call takes of ${line.meter} cannot be counted` : 'what is used of it is not known'
      return `whether ${who} stays within ${sayLine(line)} is not known: ${cause}`
    }
    const held = standing.reserved > 0 ? ` and ${print(line.meter, standing.reserved)} reserved` : ''
    const used = `${print(line.meter, standing.used)} of ${print(line.meter, line.cap)} used${held}`
    const full = standing.used + standing.reserved >= line.cap
    const more = full ? '' : `, and this takes ${print(line.meter, charge.amount)}`
    const verb = full ? 'has used up' : 'would go beyond'
    return `${who} ${verb} ${sayLine(line)}: ${used}${more}${again(charge.window, clause.zone)}`
  }
  const cause = why ?? (call.task == null ? null : `nothing is known of the task \`${call.task}\``)
  return `whether ${who} stays within its budget is not known${cause === null ? '' : `: ${cause}`}`
}

function tellThreshold(
  { approvalAbove }: BudgetedClause,
  who: string,
  truth: Truth,
  why: string | null,
  call: Call,
): string {
  const above = approvalAbove === null ? 'no threshold' : `$${print('cost', approvalAbove)}`
  const cost = JSON.stringify(ownValue(call.context, COST) ?? null).slice(0, 60)
  if (truth === 'yes') return `the cost stays within what ${who} may do without approval`
  if (truth === 'no') return `the cost, ${cost}, is above what ${who} may do without approval, ${above}`
  return `whether the cost, ${cost}, is above ${above} is not known${why === null ? '' : `: ${why}`}`
}

function again(window: Window, zone: string): string {
  if (window.kind !== 'fixed') return ''
  const { date, minutes } = localTime(window.until, zone)
  return `; it begins anew at ${printMinutes(minutes)} on ${date} in ${zone}`
}
