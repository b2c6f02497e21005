import type { Json } from '../../policy/json.ts'
import { parseIp } from './ip.ts'
import { parseDuration, parseTimestamp } from './time.ts'
import { printType, type Type } from './types.ts'
import { fault, isFault, type MapValue, type Result, type Value } from './value.ts'

/** What a caller sent for a parameter, as a value of the parameter's type. Numbers may come as texts. */
export function coerce(json: Json, type: Type): Result {
  switch (type.kind) {
    case 'any':
    case 'variable':
      return natural(json)
    case 'list': {
      if (!Array.isArray(json)) return expected('a list', json)
      const values: Value[] = []
      for (const one of json) {
        const value = coerce(one, type.of)
        if (isFault(value)) return value
        values.push(value)
      }
      return values
    }
    case 'map':
      return typeof json === 'object' && json !== null && !Array.isArray(json)
        ? mapOf(json as { readonly [key: string]: Json }, one => coerce(one, type.value))
        : expected('a map', json)
    case 'plain':
      return scalar(json, type)
  }
}

function scalar(json: Json, type: Extract<Type, { kind: 'plain' }>): Result {
  switch (type.name) {
    case 'string':
      return typeof json === 'string' ? json : expected('a text', json)
    case 'bool':
      return typeof json === 'boolean' ? json : expected('true or false', json)
    case 'int':
    case 'uint':
      return whole(json, type.name)
    case 'double':
      return double(json)
    case 'duration': {
      const nanos = typeof json === 'string' ? parseDuration(json) : null
      return nanos === null ? expected('a duration such as `1h30m`', json) : { kind: 'duration', nanos }
    }
    case 'timestamp': {
      const nanos = typeof json === 'string' ? parseTimestamp(json) : null
      return nanos === null ? expected('a time such as `2026-01-31T09:00:00Z`', json) : { kind: 'timestamp', nanos }
    }
    case 'ipaddress':
      return (typeof json === 'string' ? parseIp(json) : null) ?? expected('an IP address', json)
    default:
      return fault(`\`${printType(type)}\` is no type of a parameter`)
  }
}

const expected = (what: string, json: Json): Result => {
  const text = JSON.stringify(json) ?? 'nothing'
  return fault(`expected ${what}, not \`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``)
}

function natural(json: Json): Result {
  if (json === null || typeof json !== 'object') return json
  if (!Array.isArray(json)) return mapOf(json as { readonly [key: string]: Json }, natural)
  const values = json.map(natural)
  return values.find(isFault) ?? (values as readonly Value[])
}

function mapOf(
  json: { readonly [key: string]: Json },
  each: (one: Json) => Result,
): MapValue | Extract<Result, { kind: 'fault' }> {
  const entries = new Map<string, readonly [Value, Value]>()
  for (const [key, one] of Object.entries(json)) {
    const value = each(one)
    if (isFault(value)) return value
    entries.set(`s${key}`, [key, value])
  }
  return { kind: 'map', entries }
}

const INT_MOST = 9_223_372_036_854_775_807n

/** A number in lowest terms of a power of two and ten: `units * 10 ** exponent`. Null for what is no number. */
function decimal(text: string): { readonly units: bigint; readonly exponent: number } | null {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?$/.exec(text) ?? []
  if (whole === '' && fraction === '') return null
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]|$)/.test(text)) return null
  const units = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  return { units, exponent: Number(exponent) - fraction.length }
}

/** As the server takes it: beyond 64 bits the nearest end of them, also for an unsigned number. */
function whole(json: Json, to: 'int' | 'uint'): Result {
  const number = exact(json)
  if (number === null) return expected('a number', json)
  const { units, exponent } = number
  if (exponent < -2000 || exponent > 2000) return expected('a whole number', json)
  const scale = 10n ** BigInt(Math.abs(exponent))
  const value = exponent >= 0 ? units * scale : units / scale
  if (exponent < 0 && units % scale !== 0n) return expected('a whole number', json)
  const kept = value > INT_MOST ? INT_MOST : value < -INT_MOST - 1n ? -INT_MOST - 1n : value
  if (to === 'int') return kept
  return kept < 0n ? expected('a number of 0 or more', json) : { kind: 'uint', value: kept }
}

function exact(json: Json): ReturnType<typeof decimal> {
  if (typeof json === 'string') return decimal(json)
  if (typeof json !== 'number') return null
  return Number.isInteger(json) ? { units: BigInt(json), exponent: 0 } : decimal(String(json))
}

/** A text is read to 64 binary digits, which must then be a double exactly, so that nothing is lost unseen. */
function double(json: Json): Result {
  if (typeof json === 'number') return json
  if (typeof json === 'string' && /^[+-]?[Ii]nf$/.test(json)) {
    return json.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const number = typeof json === 'string' ? decimal(json) : null
  if (number === null || Math.abs(number.exponent) > 2000) return expected('a number', json)
  return inDouble(number) ?? expected('a number of 64 bits', json)
}

const lengthOf = (n: bigint): number => n.toString(2).length

function inDouble({ units, exponent }: NonNullable<ReturnType<typeof decimal>>): number | null {
  if (units === 0n) return 0
  const sign = units < 0n ? -1 : 1
  const ten = 10n ** BigInt(Math.abs(exponent))
  const top = (units < 0n ? -units : units) * (exponent > 0 ? ten : 1n)
  const bottom = exponent < 0 ? ten : 1n
  let shift = 65 - lengthOf(top) + lengthOf(bottom)
  if (lengthOf(shifted(top, bottom, shift)) > 65) shift--
  const long = shifted(top, bottom, shift)
  const extra = BigInt(lengthOf(long) - 64)
  const half = 1n << (extra - 1n)
  const rest = long & ((1n << extra) - 1n)
  const exactly = (shift < 0 ? top % (bottom << BigInt(-shift)) : (top << BigInt(shift)) % bottom) === 0n
  const kept = long >> extra
  const up = rest > half || (rest === half && (!exactly || (kept & 1n) === 1n))
  const digits = kept + (up ? 1n : 0n)
  const value = sign * Number(digits) * 2 ** (Number(extra) - shift)
  return Number.isFinite(value) && BigInt(Number(digits)) === digits && value !== 0 ? value : null
}

const shifted = (top: bigint, bottom: bigint, by: number): bigint =>
  by < 0 ? top / (bottom << BigInt(-by)) : (top << BigInt(by)) / bottom
