import type { Duration } from '../src/policy/ast.ts'
import type { Json } from '../src/policy/json.ts'
import type { AttributeType } from '../src/policy/value.ts'

export interface Clock {
  readonly weekday: number
  readonly minutes: number
  readonly date: string
}

const formats = new Map<string, Intl.DateTimeFormat>()
const clocks = new Map<string, Clock>()
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** The wall clock, as the runtime formats it. */
export function clock(at: number, zone: string): Clock {
  const key = `${at} ${zone}`
  const kept = clocks.get(key)
  if (kept !== undefined) return kept
  let format = formats.get(zone)
  if (format === undefined) {
    const two = '2-digit'
    const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, weekday: 'short' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields })
    formats.set(zone, format)
  }
  const part = Object.fromEntries(format.formatToParts(at).map(p => [p.type, p.value]))
  const made = {
    weekday: WEEKDAYS.indexOf(part.weekday ?? '') + 1,
    minutes: Number(part.hour) * 60 + Number(part.minute),
    date: `${part.year}-${part.month}-${part.day}`,
  }
  clocks.set(key, made)
  return made
}

const seconds = new Map<string, Intl.DateTimeFormat>()
const walls = new Map<string, number>()

/** The wall clock of a zone, as milliseconds it would be at in UTC. */
function wall(at: number, zone: string): number {
  const key = `${at} ${zone}`
  const kept = walls.get(key)
  if (kept !== undefined) return kept
  let format = seconds.get(zone)
  if (format === undefined) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' } as const
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      minute: 'numeric',
      second: 'numeric',
      ...fields,
    })
    seconds.set(zone, format)
  }
  const part = Object.fromEntries(format.formatToParts(at).map(p => [p.type, Number(p.value)]))
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part
  const made = Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000)
  walls.set(key, made)
  return made
}

const QUARTER = 900_000

/** The first instant at which the clocks of a zone show this or later: they change on the quarter of an hour. */
function firstAt(local: number, zone: string): number {
  let next = Math.floor((local - 15 * 3_600_000) / QUARTER) * QUARTER
  while (wall(next, zone) < local) next += QUARTER
  const before = next - QUARTER
  return Math.min(next, before + local - wall(before, zone))
}

const shifts = new Map<string, number>()

/** `at` and so much time, counted on the calendar for days and longer. */
export function later(at: number, { count, unit }: Duration, sign: 1 | -1, zone: string): number {
  if (unit === 'second') return at + sign * count * 1000
  if (unit === 'minute') return at + sign * count * 60_000
  if (unit === 'hour') return at + sign * count * 3_600_000
  const key = `${at} ${sign * count} ${unit} ${zone}`
  const kept = shifts.get(key)
  if (kept !== undefined) return kept
  const from = new Date(wall(at, zone))
  const to = new Date(from)
  if (unit === 'day') to.setUTCDate(from.getUTCDate() + sign * count)
  else if (unit === 'week') to.setUTCDate(from.getUTCDate() + sign * count * 7)
  else {
    to.setUTCDate(1)
    to.setUTCMonth(from.getUTCMonth() + sign * count * (unit === 'year' ? 12 : 1))
    const last = new Date(to)
    last.setUTCMonth(to.getUTCMonth() + 1)
    last.setUTCDate(0)
    to.setUTCDate(Math.min(from.getUTCDate(), last.getUTCDate()))
  }
  const made = told(to.getTime()) === null ? sign * Number.POSITIVE_INFINITY : firstAt(to.getTime(), zone)
  shifts.set(key, made)
  return made
}

/** Milliseconds of an RFC 3339 text, or of seconds where the definition says the value is an instant. */
export function instant(value: Json, type: AttributeType | null): number | null {
  if (typeof value === 'number') return type?.kind === 'instant' ? told(Math.floor(value * 1000)) : null
  if (typeof value !== 'string') return null
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value)) return null
  const at = Date.parse(value.toUpperCase())
  return Number.isNaN(at) || !isDay(value.slice(0, 10)) ? null : at
}

/** Clocks are told of in the years 1000 to 9999 alone, but for the outermost days. */
const told = (at: number): number | null => (at > Date.UTC(1000, 0, 2) && at < Date.UTC(9999, 11, 30) ? at : null)

/** The calendar day `YYYY-MM-DD` that a value tells. */
export function dayTold(value: Json, type: AttributeType | null, zone: string): string | null {
  if (typeof value === 'string' && value.length === 10) return isDay(value) ? value : null
  const at = instant(value, type)
  return at === null ? null : clock(at, zone).date
}

export function isDay(date: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return false
  const parsed = new Date(`${date}T12:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === date
}

/** When what a value tells begins. */
export function begins(value: Json, type: AttributeType | null, zone: string): number | null {
  const day = type === null ? typeof value === 'string' && value.length === 10 : type.kind === 'date'
  if (!day) return type === null || type.kind === 'instant' ? instant(value, type) : null
  const date = dayTold(value, type, zone)
  return date === null ? null : firstAt(Date.parse(`${date}T00:00:00Z`), zone)
}
