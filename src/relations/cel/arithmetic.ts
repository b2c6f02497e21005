import { duration, timestamp } from './time.ts'
import { fault, isList, type Result, typeName, type Value } from './value.ts'

const INT_MOST = 9_223_372_036_854_775_807n
const UINT_MOST = 18_446_744_073_709_551_615n

export const int = (n: bigint): Result => (n > INT_MOST || n < -INT_MOST - 1n ? fault('integer overflow') : n)

export const uint = (value: bigint): Result =>
  value < 0n || value > UINT_MOST ? fault('unsigned integer overflow') : { kind: 'uint', value }

type Args = readonly Value[]

const wrong = (args: Args): Result => fault(`no such operation on ${args.map(typeName).join(' and ')}`)

interface Ops {
  readonly whole: (a: bigint, b: bigint) => bigint
  readonly real: ((a: number, b: number) => number) | null
}

/** On two numbers of one type; undefined for anything else. Division by zero is refused by the caller. */
function numeric([a, b]: Args, { whole, real }: Ops): Result | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(whole(a, b))
  if (typeof a === 'number' && typeof b === 'number' && real !== null) return real(a, b)
  if (isKind(a, 'uint') && isKind(b, 'uint')) return uint(whole(a.value, b.value))
  return undefined
}

type Kinds = 'uint' | 'timestamp' | 'duration'

const isKind = <K extends Kinds>(v: Value | undefined, kind: K): v is Extract<Value, { kind: K }> =>
  typeof v === 'object' && v !== null && 'kind' in v && v.kind === kind

export function add(args: Args): Result {
  const [a, b] = args
  const sum = numeric(args, { whole: (x, y) => x + y, real: (x, y) => x + y })
  if (sum !== undefined) return sum
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Uint8Array.of(...a, ...b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return wrong(args)
  if (isKind(a, 'duration') && isKind(b, 'duration')) return duration(a.nanos + b.nanos)
  if (isKind(a, 'timestamp') && isKind(b, 'duration')) return timestamp(a.nanos + b.nanos)
  if (isKind(a, 'duration') && isKind(b, 'timestamp')) return timestamp(a.nanos + b.nanos)
  return isList(a) && isList(b) ? [...a, ...b] : wrong(args)
}

export function subtract(args: Args): Result {
  const [a, b] = args
  const difference = numeric(args, { whole: (x, y) => x - y, real: (x, y) => x - y })
  if (difference !== undefined) return difference
  if (isKind(a, 'duration') && isKind(b, 'duration')) return duration(a.nanos - b.nanos)
  if (isKind(a, 'timestamp') && isKind(b, 'duration')) return timestamp(a.nanos - b.nanos)
  return isKind(a, 'timestamp') && isKind(b, 'timestamp') ? duration(a.nanos - b.nanos) : wrong(args)
}

export const multiply = (args: Args): Result =>
  numeric(args, { whole: (x, y) => x * y, real: (x, y) => x * y }) ?? wrong(args)

const isZero = (v: Value | undefined): boolean => v === 0n || (isKind(v, 'uint') && v.value === 0n)

export const divide = (args: Args): Result =>
  isZero(args[1])
    ? fault('division by zero')
    : (numeric(args, { whole: (x, y) => x / y, real: (x, y) => x / y }) ?? wrong(args))

export function remainder(args: Args): Result {
  if (isZero(args[1])) return fault('division by zero')
  if (args[0] === -INT_MOST - 1n && args[1] === -1n) return fault('integer overflow')
  return numeric(args, { whole: (x, y) => x % y, real: null }) ?? wrong(args)
}

export function negate(args: Args): Result {
  const [a] = args
  if (typeof a === 'number') return -a
  return typeof a === 'bigint' ? int(-a) : wrong(args)
}
