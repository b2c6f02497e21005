import { decimalOf } from '../lib/decimal.ts'
import { DAY, dayNumber, dayText, instantAt, instantOfLocal, isInstant, offsetAt } from '../lib/zone.ts'
import type { Duration } from '../policy/ast.ts'
import type { Json } from '../policy/json.ts'
import type { AttributeType } from '../policy/value.ts'

const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Milliseconds since the epoch of an RFC 3339 text. */
function parseInstant(text: string): number | null {
  const upper = text.length <= 40 ? text.toUpperCase() : ''
  const date = INSTANT.exec(upper)?.[1]
  if (date === undefined || dayNumber(date) === null) return null
  const at = Date.parse(upper)
  return isInstant(at) ? at : null
}

/** RFC 7519's NumericDate: seconds, perhaps with a fraction, of which milliseconds count. */
function readSeconds(value: number): number | null {
  const seconds = decimalOf(value)
  if (seconds === null) return null
  const { units, scale } = seconds
  const thousandths = units * 1000n
  const divisor = 10n ** BigInt(scale)
  const at = Number(thousandths / divisor) - (thousandths < 0n && thousandths % divisor !== 0n ? 1 : 0)
  return isInstant(at) ? at : null
}

/** An instant in milliseconds; null for what is none. A bare number is one only where a definition says so. */
export function readInstant(value: Json, type: AttributeType | null): number | null {
  if (typeof value === 'string') return parseInstant(value)
  return typeof value === 'number' && type?.kind === 'instant' ? readSeconds(value) : null
}

/** The day number of a calendar day, or of an instant on the calendar of `zone`. */
export function readDay(value: Json, type: AttributeType | null, zone: string): number | null {
  if (typeof value === 'string' && value.length === 10) return dayNumber(value)
  const at = readInstant(value, type)
  return at === null ? null : Math.floor((at + offsetAt(at, zone)) / DAY)
}

/** When what a value tells begins: an instant, or local midnight of a day. */
export function startOf(value: Json, type: AttributeType | null, zone: string): number | null {
  const kind = type?.kind ?? (typeof value === 'string' && value.length === 10 ? 'date' : 'instant')
  if (kind === 'instant') return readInstant(value, type)
  const day = kind === 'date' ? readDay(value, type, zone) : null
  return day === null ? null : instantAt(day, 0, zone)
}

const EXACT = { second: 1000, minute: 60_000, hour: 3_600_000 } as const

/**
 * `at` moved by a duration, ahead or back. Days and longer leave the clock of `zone` as it stands; a month that is too
 * short gives its last day. Infinite beyond the years that clocks are told of.
 */
export function shifted(at: number, { count, unit }: Duration, sign: 1 | -1, zone: string): number {
  if (unit === 'second' || unit === 'minute' || unit === 'hour') return at + sign * count * EXACT[unit]
  const local = at + offsetAt(at, zone)
  const day = Math.floor(local / DAY)
  const moved = movedDay(day, sign * count, unit) * DAY + (local - day * DAY)
  return isInstant(moved) ? instantOfLocal(moved, zone) : sign * Number.POSITIVE_INFINITY
}

function movedDay(day: number, by: number, unit: 'day' | 'week' | 'month' | 'year'): number {
  if (unit === 'day' || unit === 'week') return day + by * (unit === 'week' ? 7 : 1)
  const [year = 0, month = 0, date = 0] = dayText(day).split('-').map(Number)
  const months = year * 12 + month - 1 + by * (unit === 'year' ? 12 : 1)
  const to = Math.floor(months / 12)
  if (to < 1000 || to > 9999) return by * Number.POSITIVE_INFINITY
  const first = Date.UTC(to, months - to * 12, 1) / DAY
  const next = Date.UTC(to, months - to * 12 + 1, 1) / DAY
  return Math.min(first + date, next) - 1
}
