import { Generations } from '../lib/generations.ts'
import { DAY, instantAt, isInstant, offsetAt, offsetChange } from '../lib/zone.ts'
import type { Duration } from '../policy/ast.ts'
import type { Window } from '../policy/charge.ts'

const EXACT = { second: 1000, minute: 60_000, hour: 3_600_000 } as const

/** The first Monday on the calendar. */
const MONDAY = 4

/**
 * The calendar's period an instant lies in, as the clocks of `zone` tell it; null beyond the years they are told of.
 * Periods of one length never overlap and leave nothing out: an hour that clocks repeat or cut short ends where they
 * are set.
 */
export function periodAt(at: number, per: Duration, zone: string): Period | null {
  const key = `${per.count} ${per.unit} ${zone}`
  const known = lastAsked.get(key)
  // INVARIANT: periods of one length do not overlap, so there is no other that the instant lies in.
  if (known !== undefined && known.from <= at && at < known.until) return known
  const found = periodOf(at, per, zone)
  if (found !== null) lastAsked.set(key, found)
  return found
}

type Period = Extract<Window, { kind: 'fixed' }>

/** The period of each length and zone that was asked for last: most calls come in the one that is running. */
const lastAsked = new Generations<string, Period>(512)

function periodOf(at: number, per: Duration, zone: string): Period | null {
  if (!isInstant(at)) return null
  const { unit } = per
  if (unit === 'second' || unit === 'minute' || unit === 'hour') return clockPeriod(at, per.count * EXACT[unit], zone)
  const day = Math.floor((at + offsetAt(at, zone)) / DAY)
  let index = indexOf(day, per)
  if (at < startOf(index, per, zone)) index -= 1
  else if (at >= startOf(index + 1, per, zone)) index += 1
  const from = startOf(index, per, zone)
  const until = startOf(index + 1, per, zone)
  return isInstant(from) && isInstant(until) ? { kind: 'fixed', from, until } : null
}

/** Within one offset, so that each has its own even where clocks tell the same time twice. */
function clockPeriod(at: number, length: number, zone: string): Period | null {
  const local = at + offsetAt(at, zone)
  const begun = at - (local - Math.floor(local / length) * length)
  const end = begun + length
  if (!isInstant(begun) || !isInstant(end)) return null
  return { kind: 'fixed', from: changeBefore(begun, at, zone), until: offsetChange(at, end, zone) ?? end }
}

/** The last change of the zone's offset after `from`, up to and at `to`; `from` where there is none. */
function changeBefore(from: number, to: number, zone: string): number {
  for (let last = from; ; ) {
    const change = last < to ? offsetChange(last, to, zone) : null
    if (change === null) return last
    last = change
  }
}

/** Which period since the calendar began a day lies in. */
function indexOf(day: number, { count, unit }: Duration): number {
  if (unit === 'day') return Math.floor(day / count)
  if (unit === 'week') return Math.floor((day - MONDAY) / (7 * count))
  const date = new Date(day * DAY)
  const year = date.getUTCFullYear()
  return Math.floor((unit === 'year' ? year : year * 12 + date.getUTCMonth()) / count)
}

/** The instant a period begins at. */
function startOf(index: number, { count, unit }: Duration, zone: string): number {
  const day = firstDay(index * count, unit)
  return isInstant(day * DAY) ? instantAt(day, 0, zone) : Number.NaN
}

function firstDay(units: number, unit: Duration['unit']): number {
  if (unit === 'day') return units
  if (unit === 'week') return units * 7 + MONDAY
  const months = unit === 'year' ? units * 12 : units
  const date = new Date(0)
  date.setUTCFullYear(Math.floor(months / 12), months - Math.floor(months / 12) * 12, 1)
  return date.getTime() / DAY
}
