import { compareDecimal, type Decimal, decimalOf, printDecimal } from '../lib/decimal.ts'
import { dayNumber, dayText } from '../lib/zone.ts'
import type { AttributeRef, Region } from '../policy/ast.ts'
import { COUNTRIES } from '../policy/countries.ts'
import type { Json } from '../policy/json.ts'
import { inUnit } from '../policy/units.ts'
import type { AttributeType, Literal } from '../policy/value.ts'
import type { Value } from './formula.ts'

/** All that is asked of one attribute, or of several that are compared with one another. */
export interface Asked {
  readonly refs: AttributeRef[]
  readonly literals: Literal[]
  /** What a list is asked to contain. */
  readonly contained: Literal[]
  readonly regions: Region[]
  readonly capabilities: string[]
  /** How many attributes must be able to differ from one another. */
  size: number
}

export const nothingAsked = (): Asked => ({
  refs: [],
  literals: [],
  contained: [],
  regions: [],
  capabilities: [],
  size: 1,
})

export interface Values {
  readonly values: readonly Value[]
  readonly complete: boolean
}

const MOST_IN_LISTS = 6

/**
 * Values that tell every test of an attribute apart: each constant, one below, between and above them, each choice, a
 * text that is none of those named, and none at all. A defined attribute holds what its definition says.
 */
export function valuesFor(asked: Asked): Values {
  const types = new Map(asked.refs.map(r => [JSON.stringify(r.type), r.type]))
  const kinds = new Set<string>()
  for (const type of types.values()) {
    if (type !== null) kinds.add(type.kind)
    else for (const literal of asked.literals) kinds.add(literal.kind)
  }
  if (types.has('null') && asked.refs.length > 1 && asked.literals.length === 0) kinds.add('text').add('number')
  const found: Value[] = []
  for (const kind of [...kinds].sort()) found.push(...ofKind(kind, [...types.values()], asked))
  const lists = listsFor(asked, found)
  found.push(...lists.values)
  if (types.has('null'))
    for (const value of [...found]) if (typeof value === 'number') found.push(String(value), `${value}.0`)
  const seen = new Map(found.map(value => [JSON.stringify(value), value]))
  return {
    values: [...seen.values(), undefined],
    complete: lists.complete && kinds.size <= 1 + Number(types.has('null')),
  }
}

function ofKind(kind: string, types: readonly (AttributeType | null)[], asked: Asked): readonly Json[] {
  const { literals, size } = asked
  switch (kind) {
    case 'choice':
    case 'text':
      return texts(types, literals, size)
    case 'flag':
      return [true, false]
    case 'number':
      return gaps(
        literals.flatMap(l => (l.kind === 'number' ? [l.number] : [])),
        size,
      ).map(json)
    case 'quantity':
      return quantities(types, literals, size)
    case 'money':
      return money(types, literals, size)
    case 'date':
      return days(literals, size)
    case 'instant':
      return days(literals, size).flatMap(day => [`${day}T12:00:00Z`, `${day}T00:00:00Z`])
    case 'country':
      return countries(asked)
    default:
      return []
  }
}

function texts(
  types: readonly (AttributeType | null)[],
  literals: readonly Literal[],
  size: number,
): readonly string[] {
  const choices = types.flatMap(type => (type?.kind === 'choice' ? type.of : []))
  if (types.every(type => type?.kind === 'choice')) return choices
  const named = new Set([...choices, ...literals.flatMap(l => (l.kind === 'text' ? [l.text] : []))])
  const others = ['something else', 'another thing', 'a third thing', 'a fourth thing'].slice(0, Math.max(1, size))
  return [...named, ...others.map(text => (named.has(text) ? `${text} again` : text))]
}

function money(types: readonly (AttributeType | null)[], literals: readonly Literal[], size: number): readonly Json[] {
  const own = types.flatMap(type => (type?.kind === 'money' ? [type.currency] : []))
  const currencies = new Set([...own, ...literals.flatMap(l => (l.kind === 'money' ? [l.currency] : []))])
  const plain = own.length === 1 && types.length === 1 ? own[0] : null
  return [...currencies].sort().flatMap(currency => {
    const amounts = literals.flatMap(l => (l.kind === 'money' && l.currency === currency ? [l.amount] : []))
    return gaps(amounts, size).map(
      (amount): Json => (currency === plain ? json(amount) : { amount: json(amount), currency }),
    )
  })
}

/** In the unit the attribute is defined with, or that of the first constant. */
function quantities(
  types: readonly (AttributeType | null)[],
  literals: readonly Literal[],
  size: number,
): readonly Json[] {
  const own = types.flatMap(type => (type?.kind === 'quantity' ? [type.unit] : []))
  const asked = literals.flatMap(l => (l.kind === 'quantity' ? [l] : []))
  const unit = own[0] ?? asked[0]?.unit ?? ''
  return gaps(
    asked.map(l => inUnit(l, unit)).filter(n => n !== null),
    size,
  ).map(json)
}

function days(literals: readonly Literal[], size: number): readonly string[] {
  const named = literals.flatMap(l => (l.kind === 'date' ? [dayNumber(l.date)] : [])).filter(day => day !== null)
  if (named.length === 0) named.push(20_605)
  const around = named.flatMap(day =>
    [0, ...Array.from({ length: size }, (_, i) => i + 1).flatMap(i => [-i, i])].map(i => day + i),
  )
  return [...new Set(around)].sort((a, b) => a - b).map(dayText)
}

function countries({ regions, literals, size }: Asked): readonly string[] {
  const named = new Set([
    ...regions.flatMap(r => r.countries),
    ...literals.flatMap(l => (l.kind === 'text' ? [l.text] : [])),
  ])
  const others = COUNTRIES.filter(code => !named.has(code)).slice(0, Math.max(1, size))
  return [...named, ...others]
}

const one = (units: bigint, scale = 0): Decimal => ({ units, scale })

function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return one(a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale)
}

/** Each number, and `size` of them in every gap: whole steps where there is room, else tenths of the gap. */
function gaps(numbers: readonly Decimal[], size: number): readonly Decimal[] {
  const sorted = [...numbers]
    .sort(compareDecimal)
    .filter((n, i, all) => i === 0 || compareDecimal(n, all[i - 1] ?? n) !== 0)
  const [first] = sorted
  const steps = Array.from({ length: Math.max(1, size) }, (_, i) => BigInt(i + 1))
  if (first === undefined) return steps.map(i => one(i))
  const found: Decimal[] = steps.map(i => plus(first, one(-i)))
  for (const [i, low] of sorted.entries()) {
    const high = sorted[i + 1]
    found.push(low)
    for (const step of steps) {
      const whole = plus(low, one(step))
      if (high === undefined || compareDecimal(whole, high) < 0) found.push(whole)
      else {
        const width = plus(high, one(-low.units, low.scale))
        found.push(plus(low, one(width.units * step, width.scale + 1)))
      }
    }
  }
  return found
}

/** As a JSON number where that is exact. */
function json(value: Decimal): Json {
  const text = printDecimal(value)
  const number = Number(text)
  const back = decimalOf(number)
  return back !== null && compareDecimal(back, value) === 0 && Math.abs(number) < 1e15 ? number : text
}

/** Every list of the things that lists are asked to contain; the empty one last. */
function listsFor({ refs, contained, capabilities }: Asked, compared: readonly Value[]): Values {
  const isList = contained.length > 0 || capabilities.length > 0 || refs.some(r => r.type?.kind === 'list')
  if (!isList) return { values: [], complete: true }
  const items = new Map<string, Json>()
  for (const name of capabilities) items.set(JSON.stringify(name), name)
  for (const value of [...contained.map(itemOf), ...compared]) {
    if (value !== undefined && value !== null && !Array.isArray(value)) items.set(JSON.stringify(value), value)
  }
  const all = [...items.values()]
  if (all.length > MOST_IN_LISTS) return { values: [...all.map(item => [item]), all, []], complete: false }
  const lists: Json[] = []
  for (let bits = 1; bits < 1 << all.length; bits++) lists.push(all.filter((_, i) => bits & (1 << i)))
  return { values: [...lists, []], complete: true }
}

function itemOf(literal: Literal): Json {
  switch (literal.kind) {
    case 'text':
      return literal.text
    case 'flag':
      return literal.flag
    case 'number':
    case 'quantity':
      return json(literal.number)
    case 'money':
      return { amount: json(literal.amount), currency: literal.currency }
    case 'date':
      return literal.date
  }
}
