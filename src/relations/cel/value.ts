import type { Address } from '../../lib/cidr.ts'

/** A value of CEL: `int` is a bigint, `double` a number. Times are in nanoseconds, since the epoch for a timestamp. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | { readonly kind: 'uint'; readonly value: bigint }
  | { readonly kind: 'timestamp'; readonly nanos: bigint }
  | { readonly kind: 'duration'; readonly nanos: bigint }
  | { readonly kind: 'ipaddress'; readonly address: Address; readonly zone: string }
  | { readonly kind: 'type'; readonly name: string }
  | ListValue
  | MapValue

export type ListValue = readonly Value[]

/** By `keyOf` each key, with its value. */
export interface MapValue {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, readonly [Value, Value]>
}

/** Why there is no value. It spreads through whatever needs the value. */
export interface Fault {
  readonly kind: 'fault'
  readonly why: string
}

export type Result = Value | Fault

export const fault = (why: string): Fault => ({ kind: 'fault', why })

export const isFault = (r: Result): r is Fault =>
  typeof r === 'object' && r !== null && 'kind' in r && r.kind === 'fault'

export const isList = (v: Value): v is ListValue => Array.isArray(v)

export const TIMESTAMP = 'google.protobuf.Timestamp'
export const DURATION = 'google.protobuf.Duration'

/** The name of a value's type, as `type(x)` tells it. */
export function typeName(v: Value): string {
  switch (typeof v) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
  }
  if (v === null) return 'null_type'
  if (v instanceof Uint8Array) return 'bytes'
  if (isList(v)) return 'list'
  switch (v.kind) {
    case 'timestamp':
      return TIMESTAMP
    case 'duration':
      return DURATION
    case 'ipaddress':
      return 'IPAddress'
    default:
      return v.kind
  }
}

/** A number's exact place on the line, for comparing numbers of different types; null for what is no number. */
const numberOf = (v: Value): number | bigint | null =>
  typeof v === 'number' || typeof v === 'bigint'
    ? v
    : typeof v === 'object' && v !== null && 'kind' in v && v.kind === 'uint'
      ? v.value
      : null

/** Values of different types differ, but for numbers, which are equal where they are the same number. */
export function equal(a: Value, b: Value): boolean {
  const x = numberOf(a)
  const y = numberOf(b)
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a double are one number when they are exactly equal
  if (x !== null && y !== null) return x == y
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && compareBytes(a, b) === 0
  }
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((one, i) => equal(one, b[i] ?? null))
  }
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case 'timestamp':
    case 'duration':
      return a.nanos === (b as typeof a).nanos
    case 'ipaddress': {
      const other = b as typeof a
      return a.zone === other.zone && String(a.address) === String(other.address)
    }
    case 'type':
      return a.name === (b as typeof a).name
    case 'map': {
      const other = (b as typeof a).entries
      if (a.entries.size !== other.size) return false
      for (const [key, [, value]] of a.entries) {
        const found = other.get(key)
        if (found === undefined || !equal(value, found[1])) return false
      }
      return true
    }
    case 'uint':
      return false
  }
}

/** Below 0, 0 or above; null where the two have no order. Strings are ordered by code points. */
export function compare(a: Value, b: Value): number | null {
  const x = numberOf(a)
  const y = numberOf(b)
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a double are one number when they are exactly equal
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : x == y ? 0 : null
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return null
  if (!('kind' in a && 'kind' in b) || a.kind !== b.kind) return null
  if (a.kind !== 'timestamp' && a.kind !== 'duration') return null
  const other = (b as typeof a).nanos
  return a.nanos < other ? -1 : a.nanos > other ? 1 : 0
}

function compareText(a: string, b: string): number {
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < x.length && i < y.length; i++) {
    const by = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0)
    if (by !== 0) return by
  }
  return x.length - y.length
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const by = (a[i] ?? 0) - (b[i] ?? 0)
    if (by !== 0) return by
  }
  return a.length - b.length
}

/** Keys of a map by what they equal; null for a value that can be no key. */
export function keyOf(v: Value): string | null {
  const n = numberOf(v)
  if (n !== null) return Number.isInteger(n) || typeof n === 'bigint' ? `n${BigInt(n)}` : `n${n}`
  if (typeof v === 'string') return `s${v}`
  return typeof v === 'boolean' ? `b${v}` : null
}

/** How long a value is, for its cost: 1 for what has no length. */
export function sizeOf(v: Value): number {
  if (typeof v === 'string') return [...v].length
  if (v instanceof Uint8Array || (typeof v === 'object' && v !== null && isList(v))) return v.length
  return typeof v === 'object' && v !== null && v.kind === 'map' ? v.entries.size : 1
}
