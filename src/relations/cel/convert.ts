import { int, uint } from './arithmetic.ts'
import { parseIp } from './ip.ts'
import { duration, parseDuration, parseTimestamp, printDuration, printTimestamp, timestamp } from './time.ts'
import { fault, type Result, typeName, type Value } from './value.ts'

const no = (v: Value, to: string): Result =>
  fault(typeof v === 'string' ? `\`${v}\` is no ${to}` : `${typeName(v)} cannot become ${to}`)

/** What `int(x)`, `string(x)` and the like give. */
export function convert(v: Value, to: string): Result {
  if (typeName(v) === to) return v
  switch (to) {
    case 'bool':
      return v === '1' || v === 't' || v === 'T' || v === 'true' || v === 'TRUE' || v === 'True'
        ? true
        : v === '0' || v === 'f' || v === 'F' || v === 'false' || v === 'FALSE' || v === 'False'
          ? false
          : no(v, to)
    case 'bytes':
      return typeof v === 'string' ? new TextEncoder().encode(v) : no(v, to)
    case 'double':
      return toDouble(v)
    case 'int':
    case 'uint':
      return toWhole(v, to)
    case 'string':
      return toText(v)
    case 'duration': {
      if (isTime(v, 'duration')) return v
      const nanos = typeof v === 'string' ? parseDuration(v) : null
      return nanos === null ? no(v, to) : duration(nanos)
    }
    case 'timestamp': {
      if (isTime(v, 'timestamp')) return v
      if (typeof v === 'bigint') return timestamp(v * 1_000_000_000n)
      const nanos = typeof v === 'string' ? parseTimestamp(v) : null
      return nanos === null ? no(v, to) : timestamp(nanos)
    }
    case 'ipaddress':
      return (typeof v === 'string' ? parseIp(v) : null) ?? no(v, 'IP address')
    default:
      return no(v, to)
  }
}

const isTime = (v: Value, kind: 'timestamp' | 'duration'): v is Extract<Value, { kind: 'timestamp' | 'duration' }> =>
  typeof v === 'object' && v !== null && 'kind' in v && v.kind === kind

const isUint = (v: Value): v is Extract<Value, { kind: 'uint' }> =>
  typeof v === 'object' && v !== null && 'kind' in v && v.kind === 'uint'

function toDouble(v: Value): Result {
  if (typeof v === 'bigint') return Number(v)
  if (isUint(v)) return Number(v.value)
  if (typeof v !== 'string') return no(v, 'double')
  if (/^[+-]?(?:inf|infinity)$/i.test(v)) return v.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(v)) return Number.NaN
  const digits = v.replace(/(?<=\d)_(?=\d)/g, '')
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits) ? Number(digits) : Number.NaN
  return Number.isFinite(number) ? number : no(v, 'double')
}

function toWhole(v: Value, to: 'int' | 'uint'): Result {
  const whole = to === 'int' ? int : uint
  if (typeof v === 'bigint') return whole(v)
  if (isUint(v)) return whole(v.value)
  if (typeof v === 'number') return Number.isFinite(v) ? ofDouble(v, to) : fault('integer overflow')
  if (typeof v === 'string') {
    return (to === 'int' ? /^[+-]?\d+$/ : /^\d+$/).test(v) ? whole(BigInt(v.replace(/^\+/, ''))) : no(v, to)
  }
  if (to === 'int' && isTime(v, 'timestamp'))
    return v.nanos / 1_000_000_000n - (v.nanos % 1_000_000_000n < 0n ? 1n : 0n)
  return to === 'int' && isTime(v, 'duration') ? v.nanos : no(v, to)
}

/** Both ends of a double's reach are left out: no double beyond them is exact. */
function ofDouble(v: number, to: 'int' | 'uint'): Result {
  const least = to === 'int' ? -(2 ** 63) : -1
  const most = to === 'int' ? 2 ** 63 : 2 ** 64
  if (v <= least || v >= most) return fault('integer overflow')
  return to === 'int' ? BigInt(Math.trunc(v)) : uint(BigInt(Math.trunc(v)))
}

function toText(v: Value): Result {
  if (typeof v === 'boolean' || typeof v === 'bigint') return String(v)
  if (typeof v === 'number') return printDouble(v)
  if (isUint(v)) return String(v.value)
  if (v instanceof Uint8Array) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(v)
    } catch {
      return fault('the bytes are no UTF-8')
    }
  }
  if (isTime(v, 'timestamp')) return printTimestamp(v.nanos)
  return isTime(v, 'duration') ? printDuration(v.nanos) : no(v, 'string')
}

/** The shortest digits that mean the number; with an exponent where it is below -4 or above 5. */
export function printDouble(v: number): string {
  if (Number.isNaN(v)) return 'NaN'
  if (!Number.isFinite(v)) return v > 0 ? '+Inf' : '-Inf'
  if (v === 0) return Object.is(v, -0) ? '-0' : '0'
  const [digits = '', exponent = '0'] = v.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return power < 0 ? small(v, digits, power) : String(v)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

const small = (v: number, digits: string, power: number): string =>
  `${v < 0 ? '-' : ''}0.${'0'.repeat(-power - 1)}${digits.replace('-', '').replace('.', '')}`
