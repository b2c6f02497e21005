import { compareDecimal, type Decimal, decimalOf, parseDecimal } from '../lib/decimal.ts'
import { dayNumber } from '../lib/zone.ts'
import type { CompareOp } from '../policy/ast.ts'
import { countryHeld } from '../policy/countries.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Truth } from '../policy/question.ts'
import { compareQuantity, type Quantity } from '../policy/units.ts'
import type { AttributeType, Literal } from '../policy/value.ts'
import { readDay, readInstant } from './instant.ts'
import { ownValue } from './operand.ts'

type Typed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly flag: boolean }
  | { readonly kind: 'number'; readonly number: Decimal }
  | { readonly kind: 'money'; readonly amount: Decimal; readonly currency: string }
  | { readonly kind: 'date'; readonly day: number }
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'country'; readonly code: string }
  | ({ readonly kind: 'quantity' } & Quantity)

type Kind = Typed['kind']

/** What a value is compared with: a rule's literal, or another attribute's value with its defined type. */
export type Other =
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'value'; readonly value: Json; readonly type: AttributeType | null }

/**
 * Compares exactly. `type` is what a definition says of the value; without one the value is read as the other side's
 * kind. Unknown whenever a side is not of the kind compared: other JSON types, other currencies, no such day, an order
 * of texts. `zone` is where an RFC 3339 instant becomes a day.
 */
export function compareValue(
  value: Json,
  type: AttributeType | null,
  op: CompareOp,
  other: Other,
  zone: string,
): Truth {
  if (op === 'contains') return contains(value, type, other, zone)
  if (other.kind === 'literal' && typeof value === 'number') {
    const quick = compareSmall(value, type, op, other.literal)
    if (quick !== null) return quick
  }
  const kind = comparedAs(kindOf(type) ?? kindOfOther(other) ?? kindOfBoth(value, other), other)
  if (kind === null || kind === 'list') return 'unknown'
  const left = read(value, kind, type, zone)
  const right = other.kind === 'literal' ? typed(other.literal, kind) : read(other.value, kind, other.type, zone)
  if (left === null || right === null || left.kind !== right.kind) return 'unknown'
  return judge(op, order(left, right))
}

/** An instant compares with a day as the day it falls on. */
function comparedAs(kind: Kind | 'list' | null, other: Other): Kind | 'list' | null {
  if (kind !== 'instant') return kind
  return kindOfOther(other) === 'date' ? 'date' : 'instant'
}

/** Whole numbers that a double holds exactly need no decimals. Null where that does not apply. */
function compareSmall(value: number, type: AttributeType | null, op: CompareOp, literal: Literal): Truth | null {
  if (!Number.isSafeInteger(value)) return null
  let to: Decimal
  if (literal.kind === 'number' && (type === null || type.kind === 'number')) to = literal.number
  else if (literal.kind === 'money' && type?.kind === 'money' && type.currency === literal.currency) to = literal.amount
  else return null
  if (to.scale !== 0) return null
  const number = Number(to.units)
  return Number.isSafeInteger(number) ? judge(op, value - number) : null
}

function contains(value: Json, type: AttributeType | null, other: Other, zone: string): Truth {
  const items = type?.kind === 'list' && typeof value === 'string' ? [value] : value
  if ((type !== null && type.kind !== 'list') || !Array.isArray(items)) return 'unknown'
  let truth: Truth = 'no'
  for (const item of items) {
    const same = compareValue(item, null, 'eq', other, zone)
    if (same === 'yes') return 'yes'
    if (same === 'unknown') truth = 'unknown'
  }
  return truth
}

/** Below zero, zero or above, or `differs` for kinds that are equal or not but have no order. */
function order(a: Typed, b: Typed): number | 'same' | 'differs' | null {
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' ? (a.text === b.text ? 'same' : 'differs') : null
    case 'flag':
      return b.kind === 'flag' ? (a.flag === b.flag ? 'same' : 'differs') : null
    case 'number':
      return b.kind === 'number' ? compareDecimal(a.number, b.number) : null
    case 'money':
      return b.kind === 'money' && a.currency === b.currency ? compareDecimal(a.amount, b.amount) : null
    case 'date':
      return b.kind === 'date' ? a.day - b.day : null
    case 'instant':
      return b.kind === 'instant' ? a.at - b.at : null
    case 'country':
      return b.kind === 'country' ? (a.code === b.code ? 'same' : 'differs') : null
    case 'quantity':
      return b.kind === 'quantity' ? compareQuantity(a, b) : null
  }
}

function judge(op: CompareOp, order: number | 'same' | 'differs' | null): Truth {
  if (order === null) return 'unknown'
  if (op === 'eq') return order === 0 || order === 'same' ? 'yes' : 'no'
  if (op === 'ne') return order === 0 || order === 'same' ? 'no' : 'yes'
  if (typeof order === 'string') return 'unknown'
  switch (op) {
    case 'lt':
      return order < 0 ? 'yes' : 'no'
    case 'le':
      return order <= 0 ? 'yes' : 'no'
    case 'gt':
      return order > 0 ? 'yes' : 'no'
    case 'ge':
      return order >= 0 ? 'yes' : 'no'
    case 'contains':
      return 'unknown'
  }
}

function kindOf(type: AttributeType | null): Kind | 'list' | null {
  if (type === null) return null
  return type.kind === 'choice' ? 'text' : type.kind
}

const kindOfOther = (other: Other): Kind | 'list' | null =>
  other.kind === 'literal' ? other.literal.kind : (kindOf(other.type) ?? null)

/** Where nothing says what two values are, they compare only if they came as the same kind. */
function kindOfBoth(value: Json, other: Other): Kind | null {
  const kind = kindOfJson(value)
  return other.kind === 'value' && kindOfJson(other.value) === kind ? kind : null
}

function kindOfJson(value: Json): Kind | null {
  switch (typeof value) {
    case 'string':
      return 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return 'flag'
    default:
      return null
  }
}

function typed(literal: Literal, kind: Kind): Typed | null {
  if (kind === 'country') return literal.kind === 'text' ? readCountry(literal.text) : null
  if (literal.kind !== 'date') return literal
  const day = dayNumber(literal.date)
  return day === null ? null : { kind: 'date', day }
}

function readCountry(text: string): Typed | null {
  const code = countryHeld(text)
  return code === null ? null : { kind: 'country', code }
}

function read(value: Json, kind: Kind, type: AttributeType | null, zone: string): Typed | null {
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? { kind, text: value } : null
    case 'flag':
      return typeof value === 'boolean' ? { kind, flag: value } : null
    case 'number': {
      const number = readNumber(value)
      return number === null ? null : { kind, number }
    }
    case 'money':
      return readMoney(value, type)
    case 'date': {
      const day = readDay(value, type, zone)
      return day === null ? null : { kind, day }
    }
    case 'instant': {
      const at = readInstant(value, type)
      return at === null ? null : { kind, at }
    }
    case 'country':
      return typeof value === 'string' ? readCountry(value) : null
    case 'quantity': {
      const number = type?.kind === 'quantity' ? readNumber(value) : null
      return number === null || type?.kind !== 'quantity' ? null : { kind, number, unit: type.unit }
    }
  }
}

export function readNumber(value: Json | undefined): Decimal | null {
  if (typeof value === 'number') return decimalOf(value)
  return typeof value === 'string' ? parseDecimal(value) : null
}

/** `{amount, currency}`, or a bare number in the currency the definition names. */
export function readMoney(value: Json, type: AttributeType | null): Extract<Typed, { kind: 'money' }> | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const object = value as JsonObject
    const currency = ownValue(object, 'currency')
    const amount = readNumber(ownValue(object, 'amount'))
    return amount !== null && typeof currency === 'string' ? { kind: 'money', amount, currency } : null
  }
  const amount = readNumber(value)
  return amount !== null && type?.kind === 'money' ? { kind: 'money', amount, currency: type.currency } : null
}
