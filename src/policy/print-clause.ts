import type { AttributeRef, CompareOp, Condition, Limit } from './ast.ts'
import { type Noun, printHeld, printRef, printTerm, termIs } from './print-term.ts'
import {
  printCalendar,
  printDays,
  printDuration,
  printLiteral,
  printMinutes,
  printName,
  printNetwork,
  printRegion,
  printZone,
} from './print-value.ts'
import { article, listed } from './print-words.ts'

/** A condition that is not made of others. */
export type Leaf = Exclude<Condition, { readonly kind: 'all' | 'any' | 'not' }>
export type Comparison = Extract<Condition, { readonly kind: 'compare' | 'one-of' }>

const OPS: Readonly<Record<CompareOp, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is under',
  le: 'is at most',
  gt: 'is over',
  ge: 'is at least',
  contains: 'contains',
}

export const isLeaf = (c: Condition): c is Leaf => c.kind !== 'all' && c.kind !== 'any' && c.kind !== 'not'

const manyNamed = (c: Comparison): boolean => /[^s]s$/.test(c.left.name)

/** What follows the attribute where the clause is denied: `is not over $10,000`; null for what has no such form. */
export function printDenied(c: Comparison, noun: Noun): string | null {
  if (c.kind === 'compare' && (c.op === 'eq' || c.op === 'ne')) return null
  const positive = printComparison(c, noun)
  if (positive.startsWith('is ')) return `is not${positive.slice(2)}`
  return `${manyNamed(c) ? 'do' : 'does'} not contain${positive.slice(positive.indexOf(' '))}`
}

const AGO = { lt: 'less than', le: 'at most', gt: 'more than', ge: 'at least' } as const

/** What follows `is`: `more than 30 days ago in Europe/Berlin`. */
export function printElapsed(c: Extract<Condition, { readonly kind: 'elapsed' }>): string {
  const side = c.direction === 'since' ? 'ago' : 'from now'
  return `${AGO[c.op]} ${printDuration(c.duration)} ${side}${printZone(c.zone)}`
}

/** `up to $5,000 of the payment's amount per month`, `up to 500 times in any 24 hours`. */
export function printLimit(limit: Limit, noun: Noun, lead: 'up to' | 'over'): string {
  const once = limit.amount.kind === 'number' && printLiteral(limit.amount, null) === '1'
  const of = limit.of === null ? (once ? 'time' : 'times') : `of ${printRef(limit.of, noun)}`
  const per = limit.window === 'calendar' ? `per ${limit.per.unit}` : `in any ${printDuration(limit.per)}`
  return `${lead} ${printLiteral(limit.amount, limit.of?.type ?? null)} ${of} ${per}`
}

/** What follows the attribute: `is over $10,000`. */
export function printComparison(c: Comparison, noun: Noun): string {
  const type = c.left.type
  if (c.kind === 'one-of') {
    return `is one of ${listed(
      c.values.map(value => printLiteral(value, type)),
      'or',
    )}`
  }
  const right = c.right.kind === 'attribute' ? printRef(c.right, noun) : printLiteral(c.right, type)
  const day = type?.kind === 'date' || type?.kind === 'instant' || c.right.kind === 'date'
  if (day && (c.op === 'lt' || c.op === 'gt')) return `is ${c.op === 'lt' ? 'before' : 'after'} ${right}`
  return c.op === 'contains' && manyNamed(c) ? `contain ${right}` : `${OPS[c.op]} ${right}`
}

/** The country of the call, which `from` speaks of. */
const isCall = (ref: AttributeRef): boolean => ref.of === 'context' && ref.name === 'country'

/** True where the clause stands by itself after a comma, without `if`. */
export function isAdverbial(c: Condition): boolean {
  switch (c.kind) {
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
    case 'network':
    case 'covered':
    case 'budgeted':
    case 'calendar':
    case 'limit':
      return true
    case 'place':
      return isCall(c.of)
    case 'not':
      return isLeaf(c.of) && isAdverbial(c.of)
    default:
      return false
  }
}

function hours(from: number, to: number): string {
  if (from === 0 && to < 1440) return `before ${printMinutes(to)}`
  if (from > 0 && to === 1440) return `after ${printMinutes(from)}`
  return `between ${printMinutes(from)} and ${printMinutes(to)}`
}

/** `they are a member of team:eng`, or `the document is shared with them`; `not` is empty or ` not`. */
export function printRelated(
  c: Extract<Condition, { readonly kind: 'related' }>,
  noun: Noun,
  not: '' | ' not',
): string {
  const held = c.object.kind === 'resource' && noun !== 'resource' ? printHeld(c.relation, c.user, noun) : null
  if (held !== null) return `${termIs(c.object, noun)}${not} ${held}`
  return `${termIs(c.user, noun)}${not} ${article(c.relation)} of ${printTerm(c.object, noun)}`
}

export function printLeaf(c: Leaf, noun: Noun): string {
  switch (c.kind) {
    case 'related':
      return printRelated(c, noun, '')
    case 'compare':
    case 'one-of':
      return `${printRef(c.left, noun)} ${printComparison(c, noun)}`
    case 'weekday':
      return `on ${printDays(c.days)}${printZone(c.zone)}`
    case 'hours':
      return `${hours(c.from, c.to)}${printZone(c.zone)}`
    case 'schedule':
      return `during ${c.schedule.name}`
    case 'date':
      return `${c.op} ${c.date}${printZone(c.zone)}`
    case 'calendar':
      return `on ${printCalendar(c.calendar)}${printZone(c.zone)}`
    case 'elapsed':
      return `${printRef(c.instant, noun)} is ${printElapsed(c)}`
    case 'place':
      return isCall(c.of) ? `from ${printRegion(c.region)}` : `${printRef(c.of, noun)} is in ${printRegion(c.region)}`
    case 'limit':
      return printLimit(c.limit, noun, 'up to')
    case 'network':
      return `from ${printNetwork(c.network)}`
    case 'is':
      return `${termIs({ kind: c.of }, noun)} ${printName(c.entity)}`
    case 'delegated':
      return 'they act through an agent'
    case 'covered':
      return 'covered by their capabilities'
    case 'budgeted':
      return `within their ${c.by === 'budget' ? 'budget' : 'approval threshold'}`
  }
}
