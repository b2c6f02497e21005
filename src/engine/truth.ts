import { inCidr, parseAddress } from '../lib/cidr.ts'
import { DAY, dayText, isInstant, MINUTE, offsetAt, weekdayOf } from '../lib/zone.ts'
import { countryHeld } from '../policy/countries.ts'
import type { Truth } from '../policy/question.ts'
import { budgetedTruth } from './budgeted.ts'
import type {
  CalendarClause,
  Call,
  Clause,
  CompareClause,
  NetworkClause,
  OneOfClause,
  Operand,
  PlaceClause,
  TimeClause,
} from './clause.ts'
import { compareValue } from './compare.ts'
import { whenOf, whenTruth } from './conditional.ts'
import { elapsedTruth } from './elapsed.ts'
import { limitTruth } from './limit.ts'
import { operandValue, ownValue } from './operand.ts'

/** What a clause comes to for one call. What the store was never asked is unknown here. */
export function truthOf(clause: Clause, call: Call): Truth {
  switch (clause.kind) {
    case 'all':
      return allTrue(clause.of, call)
    case 'any':
      return anyTrue(clause.of, call)
    case 'not':
      return negate(truthOf(clause.of, call))
    case 'known':
      return clause.truth
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
      return timeTruth(clause, call.at)
    case 'network':
      return networkTruth(clause, call)
    case 'compare':
      return compareTruth(clause, call)
    case 'one-of':
      return oneOfTruth(clause, call)
    case 'elapsed':
      return elapsedTruth(clause, call)
    case 'calendar':
      return calendarTruth(clause, call.at)
    case 'place':
      return placeTruth(clause, call)
    case 'limit':
      return limitTruth(clause, call)
    case 'budgeted':
      return clause.asked ? budgetedTruth(clause, call) : 'unknown'
    case 'conditional': {
      const when = whenOf(clause, call)
      return when === null ? 'unknown' : whenTruth(when, clause.test, call.context)
    }
    case 'always':
      return 'yes'
    default:
      return 'unknown'
  }
}

function allTrue(clauses: readonly Clause[], call: Call): Truth {
  let truth: Truth = 'yes'
  for (const clause of clauses) {
    const one = truthOf(clause, call)
    if (one === 'no') return 'no'
    if (one === 'unknown') truth = 'unknown'
  }
  return truth
}

function anyTrue(clauses: readonly Clause[], call: Call): Truth {
  let truth: Truth = 'no'
  for (const clause of clauses) {
    const one = truthOf(clause, call)
    if (one === 'yes') return 'yes'
    if (one === 'unknown') truth = 'unknown'
  }
  return truth
}

export const negate = (truth: Truth): Truth => (truth === 'yes' ? 'no' : truth === 'no' ? 'yes' : 'unknown')

/** Whether `minutes` lie within hours that may run past midnight. */
const within = (minutes: number, from: number, to: number): boolean =>
  from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to

function timeTruth(clause: TimeClause, at: number): Truth {
  if (!isInstant(at)) return 'unknown'
  const local = at + offsetAt(at, clause.zone)
  const day = Math.floor(local / DAY)
  switch (clause.kind) {
    case 'weekday':
      return onDay(clause.days, day) ? 'yes' : 'no'
    case 'hours':
      return within(Math.floor((local - day * DAY) / MINUTE), clause.from, clause.to) ? 'yes' : 'no'
    case 'schedule': {
      const minutes = Math.floor((local - day * DAY) / MINUTE)
      return onDay(clause.days, day) && within(minutes, clause.from, clause.to) ? 'yes' : 'no'
    }
    case 'date': {
      const holds =
        clause.op === 'before' ? day < clause.day : clause.op === 'from' ? day >= clause.day : day === clause.day
      return holds ? 'yes' : 'no'
    }
  }
}

const onDay = (days: number, day: number): boolean => (days & (1 << weekdayOf(day))) !== 0

function calendarTruth({ days, yearly, zone }: CalendarClause, at: number): Truth {
  if (!isInstant(at)) return 'unknown'
  const day = Math.floor((at + offsetAt(at, zone)) / DAY)
  return days.has(day) || (yearly.size > 0 && yearly.has(dayText(day).slice(5))) ? 'yes' : 'no'
}

/** A value that is no country is nowhere one could name. */
function placeTruth({ left, countries }: PlaceClause, call: Call): Truth {
  const value = operandValue(left, call)
  const country = typeof value === 'string' ? countryHeld(value) : null
  if (country === null) return 'unknown'
  return countries.has(country) ? 'yes' : 'no'
}

function networkTruth({ ranges }: NetworkClause, { context }: Call): Truth {
  const ip = ownValue(context, 'ip')
  const address = typeof ip === 'string' ? parseAddress(ip) : null
  if (address === null) return 'unknown'
  for (const range of ranges) if (inCidr(address, range)) return 'yes'
  return 'no'
}

const typeOf = (operand: Operand) => (operand.kind === 'literal' ? null : operand.ref.type)

function compareTruth({ left, op, right, zone }: CompareClause, call: Call): Truth {
  const value = operandValue(left, call)
  if (value === undefined) return 'unknown'
  if (right.kind === 'literal') return compareValue(value, typeOf(left), op, right, zone)
  const other = operandValue(right, call)
  if (other === undefined) return 'unknown'
  return compareValue(value, typeOf(left), op, { kind: 'value', value: other, type: typeOf(right) }, zone)
}

function oneOfTruth({ left, values, zone }: OneOfClause, call: Call): Truth {
  const value = operandValue(left, call)
  if (value === undefined) return 'unknown'
  let truth: Truth = 'no'
  for (const literal of values) {
    const same = compareValue(value, typeOf(left), 'eq', { kind: 'literal', literal }, zone)
    if (same === 'yes') return 'yes'
    if (same === 'unknown') truth = 'unknown'
  }
  return truth
}
