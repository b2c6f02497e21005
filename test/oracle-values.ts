import { compareDecimal, type Decimal, decimalOf, parseDecimal } from '../src/lib/decimal.ts'
import type { Json, JsonObject } from '../src/policy/json.ts'
import type { Truth } from '../src/policy/question.ts'
import type { AttributeType, Literal } from '../src/policy/value.ts'
import { dayTold, instant, isDay } from './oracle-time.ts'
import { or, truth } from './oracle-truth.ts'

export type Side =
  | { readonly value: Json; readonly type: AttributeType | null; readonly literal?: never }
  | { readonly literal: Literal; readonly value?: never; readonly type?: never }

/** Texts and flags know only equality; everything else is ordered. */
type Read = { readonly text: string } | { readonly flag: boolean } | { readonly unit: string; readonly size: Decimal }

export function compare(
  left: { value: Json; type: AttributeType | null },
  op: string,
  right: Side,
  zone: string,
): Truth {
  if (op === 'contains') {
    if (left.type !== null && left.type.kind !== 'list') return 'unknown'
    const items = left.type !== null && typeof left.value === 'string' ? [left.value] : left.value
    if (!Array.isArray(items)) return 'unknown'
    return or(items.map(value => compare({ value, type: null }, 'eq', right, zone)))
  }
  const to = right.literal?.kind ?? right.type?.kind
  const first = left.type?.kind ?? to
  const defined = first === 'instant' && to === 'date' ? 'date' : first
  if (defined === undefined && typeof left.value !== typeof right.value) return 'unknown'
  const kind = defined ?? typeof left.value
  const a = read(left.value, kind, left.type, zone)
  const b = right.literal === undefined ? read(right.value, kind, right.type, zone) : readLiteral(right.literal, kind)
  if (a === null || b === null) return 'unknown'
  let same: boolean
  let order: number | null = null
  if ('text' in a && 'text' in b) same = a.text === b.text
  else if ('flag' in a && 'flag' in b) same = a.flag === b.flag
  else if ('unit' in a && 'unit' in b && a.unit === b.unit) {
    order = compareDecimal(a.size, b.size)
    same = order === 0
  } else return 'unknown'
  if (op === 'eq') return truth(same)
  if (op === 'ne') return truth(!same)
  if (order === null) return 'unknown'
  return truth(op === 'lt' ? order < 0 : op === 'le' ? order <= 0 : op === 'gt' ? order > 0 : order >= 0)
}

function readLiteral(literal: Literal, kind: string): Read | null {
  if (kind === 'country') return literal.kind === 'text' ? country(literal.text) : null
  const asked = kind === 'choice' || kind === 'string' ? 'text' : kind === 'boolean' ? 'flag' : kind
  if (literal.kind !== asked) return null
  switch (literal.kind) {
    case 'text':
      return { text: literal.text }
    case 'flag':
      return { flag: literal.flag }
    case 'number':
      return { unit: '', size: literal.number }
    case 'money':
      return { unit: literal.currency, size: literal.amount }
    case 'date':
      return day(literal.date)
    case 'quantity':
      return sized(literal.number, literal.unit)
  }
}

const SIZES: Readonly<Record<string, readonly [string, bigint]>> = {
  byte: ['byte', 1n],
  kB: ['byte', 1000n],
  KiB: ['byte', 1024n],
  MB: ['byte', 1_000_000n],
  second: ['second', 1n],
  minute: ['second', 60n],
  hour: ['second', 3600n],
}

function sized(number: Decimal, unit: string): Read {
  const [base, factor] = SIZES[unit] ?? [unit, 1n]
  return { unit: base, size: { units: number.units * factor, scale: number.scale } }
}

/** The spellings that random cases use. */
const COUNTRIES: Readonly<Record<string, string>> = {
  AD: 'AD',
  AE: 'AE',
  AF: 'AF',
  DE: 'DE',
  de: 'DE',
  germany: 'DE',
  FR: 'FR',
  US: 'US',
  'the USA': 'US',
  'United States': 'US',
}

export function country(value: Json): { readonly text: string } | null {
  const code = typeof value === 'string' && Object.hasOwn(COUNTRIES, value) ? COUNTRIES[value] : undefined
  return code === undefined ? null : { text: code }
}

function read(value: Json, kind: string, type: AttributeType | null, zone: string): Read | null {
  switch (kind) {
    case 'text':
    case 'choice':
    case 'string':
      return typeof value === 'string' ? { text: value } : null
    case 'flag':
    case 'boolean':
      return typeof value === 'boolean' ? { flag: value } : null
    case 'number': {
      const size = number(value)
      return size === null ? null : { unit: '', size }
    }
    case 'money': {
      const pair = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
      const size = number(pair === null ? value : Object.hasOwn(pair, 'amount') ? pair.amount : undefined)
      const unit = pair !== null ? pair.currency : type?.kind === 'money' ? type.currency : undefined
      return size === null || typeof unit !== 'string' ? null : { unit, size }
    }
    case 'date': {
      const date = dayTold(value, type, zone)
      return date === null ? null : day(date)
    }
    case 'instant': {
      const at = instant(value, type)
      return at === null ? null : { unit: 'instant', size: { units: BigInt(at), scale: 0 } }
    }
    case 'country':
      return country(value)
    case 'quantity': {
      const size = type?.kind === 'quantity' ? number(value) : null
      return size === null || type?.kind !== 'quantity' ? null : sized(size, type.unit)
    }
    default:
      return null
  }
}

export const number = (value: Json | undefined): Decimal | null =>
  typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? parseDecimal(value) : null

const day = (date: string): Read | null =>
  isDay(date) ? { unit: 'day', size: { units: BigInt(date.replaceAll('-', '')), scale: 0 } } : null
