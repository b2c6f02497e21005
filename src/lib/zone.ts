/** A time zone that the runtime's database does not know. */
export class ZoneError extends Error {
  readonly code = 'unknown_zone'
  constructor(zone: string) {
    super(`\`${zone}\` is not a time zone; expected an IANA name such as \`Europe/Berlin\``)
    this.name = 'ZoneError'
  }
}

/** A wall clock: ISO weekday (1 Monday to 7 Sunday), minutes since local midnight, calendar day `YYYY-MM-DD`. */
export interface LocalTime {
  readonly weekday: number
  readonly minutes: number
  readonly date: string
}

export const MINUTE = 60_000
export const DAY = 86_400_000

const QUARTER = 15 * MINUTE
/** A power of two above the 96 quarters of a day: an instant and a boundary within a day of it never share a slot. */
const SLOTS = 1024
/** No quarter of the years told of. */
const UNUSED = 0x7fffffff
const EARLIEST = Date.UTC(1000, 0, 2)
const LATEST = Date.UTC(9999, 11, 30)

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly buckets: Int32Array
  readonly offsets: Int32Array
  /** Changes of offset found so far, newest first. */
  readonly changes: number[]
}

const zones = new Map<string, Zone>()

function load(name: string): Zone {
  if (!/^[A-Za-z]/.test(name)) throw new ZoneError(name)
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  } catch {
    throw new ZoneError(name)
  }
  const zone = {
    format,
    buckets: new Int32Array(SLOTS).fill(UNUSED),
    offsets: new Int32Array(SLOTS),
    changes: [],
  }
  zones.set(name, zone)
  return zone
}

let lastName = ''
let lastZone: Zone | null = null

/** Most calls ask for the zone that the one before asked for. */
function zoneOf(name: string): Zone {
  if (name === lastName && lastZone !== null) return lastZone
  lastZone = zones.get(name) ?? load(name)
  lastName = name
  return lastZone
}

/** Whether the runtime knows the zone. */
export function isZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** Whether an instant lies in the years 1000 to 9999, outside of which no wall clock is told. */
export const isInstant = (at: number): boolean => at >= EARLIEST && at <= LATEST

const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

function readOffset(at: number, zone: Zone): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(zone.format.format(at)) ?? []
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1000
  return sign === '-' ? -size : size
}

function slowOffset(at: number, bucket: number, slot: number, zone: Zone): number {
  const first = readOffset(bucket * QUARTER, zone)
  if (first !== readOffset((bucket + 1) * QUARTER - 1, zone)) return readOffset(at, zone)
  zone.buckets[slot] = bucket
  zone.offsets[slot] = first
  return first
}

/**
 * Milliseconds by which local time is ahead of UTC. Kept per quarter of an hour: the zone database is asked once for
 * each, and never relied on across a quarter in which the offset changes.
 */
export function offsetAt(at: number, name: string): number {
  const zone = zoneOf(name)
  const bucket = Math.floor(at / QUARTER) | 0
  const slot = bucket & (SLOTS - 1)
  return zone.buckets[slot] === bucket ? (zone.offsets[slot] ?? 0) : slowOffset(at, bucket, slot, zone)
}

/** The first instant after `from`, up to and at `to`, of another offset than `from` has; null if both ends agree. */
export function offsetChange(from: number, to: number, name: string): number | null {
  const before = offsetAt(from, name)
  if (before === offsetAt(to, name)) return null
  const { changes } = zoneOf(name)
  for (const change of changes) if (from < change && change <= to && to - from <= 2 * DAY) return change
  let low = Math.floor(from)
  let high = Math.ceil(to)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle, name) === before) low = middle
    else high = middle
  }
  changes.unshift(high)
  changes.length = Math.min(changes.length, 4)
  return high
}

/** Days since 1970-01-01 of a calendar day `YYYY-MM-DD`; null unless there is such a day. */
export function dayNumber(date: string): number | null {
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(date)) return null
  const day = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) / DAY
  return dayText(day) === date ? day : null
}

/** The calendar day `YYYY-MM-DD` of a day number. */
export const dayText = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)

/** ISO weekday of a day number. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1

/** The wall clock of a zone. Fails with ZoneError. */
export function localTime(at: number, zone: string): LocalTime {
  const local = at + offsetAt(at, zone)
  const day = Math.floor(local / DAY)
  return { weekday: weekdayOf(day), minutes: Math.floor((local - day * DAY) / MINUTE), date: dayText(day) }
}

/**
 * The instant at which a zone's clocks show a day and minutes: the earlier one where they show it twice, and the end of
 * the gap where they skip it.
 */
export const instantAt = (day: number, minutes: number, zone: string): number =>
  instantOfLocal(day * DAY + minutes * MINUTE, zone)

/** As `instantAt`, of a wall clock written as if it were UTC, in milliseconds since the epoch. */
export function instantOfLocal(local: number, zone: string): number {
  const early = local - 26 * 60 * MINUTE
  const late = local + 26 * 60 * MINUTE
  const before = offsetAt(early, zone)
  const after = offsetAt(late, zone)
  const first = local - Math.max(before, after)
  if (offsetAt(first, zone) === Math.max(before, after)) return first
  const second = local - Math.min(before, after)
  if (offsetAt(second, zone) === Math.min(before, after)) return second
  return offsetChange(early, late, zone) ?? second
}

/** As `instantAt`, of a calendar day `YYYY-MM-DD`. Fails with RangeError and ZoneError. */
export function instantOf(date: string, minutes: number, zone: string): number {
  const day = dayNumber(date)
  if (day === null) throw new RangeError(`\`${date}\` is not a day; expected \`YYYY-MM-DD\``)
  return instantAt(day, minutes, zone)
}
