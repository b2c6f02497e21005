import { DAY, dayNumber, dayText, instantAt, offsetAt } from '../lib/zone.ts'
import type { Leaf } from './uses.ts'

/** The first of the years that clocks are looked at for, where rules name no dates: Monday 1 June 2026, and on. */
const FIRST_DAY = 20_605
const YEARS_OF_OFFSETS = 4
/** In so many years each day of the year, 29 February aside, falls on every weekday. */
const YEARS_OF_WEEKDAYS = 12
/** Minutes of a day at which people are more likely to ask, likeliest first. */
const ORDINARY = [600, 720, 900, 1260, 180]

/** When a request is made if nothing hangs on it: Monday at ten, UTC. */
export const DEFAULT_AT = FIRST_DAY * DAY + 600 * 60_000

interface Clocks {
  readonly zones: Set<string>
  readonly minutes: Map<string, Set<number>>
  readonly days: Set<number>
  readonly yearly: Set<string>
}

export interface Instants {
  readonly at: readonly number[]
  /** Whether every combination of truths that the clauses can have is among them. */
  readonly complete: boolean
}

/**
 * Instants that tell clauses of time apart, likeliest first. Each stretch in which none of them changes begins at a
 * midnight or at an hour one of them names, on one of the days looked at: a whole week for each combination of offsets
 * the zones have, and the days around every date.
 */
export function instantsFor(leaves: readonly Leaf[], orgZone: string): Instants {
  const clocks: Clocks = { zones: new Set(), minutes: new Map(), days: new Set(), yearly: new Set() }
  for (const leaf of leaves) take(leaf, orgZone, clocks)
  if (clocks.zones.size === 0) return { at: [DEFAULT_AT], complete: true }
  const zones = [...clocks.zones].sort()
  const named = [...clocks.days]
  const first = Math.min(FIRST_DAY, ...named.map(d => d - 370))
  const last = Math.max(FIRST_DAY, ...named.map(d => d + 370))
  const days = new Set<number>(week(FIRST_DAY))
  for (const day of named) for (let d = day - 8; d <= day + 8; d++) days.add(d)
  for (const text of clocks.yearly)
    for (const day of everyYear(text, first, last)) for (const d of [day - 1, day, day + 1]) days.add(d)
  if (zones.length > 1)
    for (const day of offsetWeeks(zones, named.length === 0 ? FIRST_DAY : first, last)) days.add(day)
  const at = new Map<number, number>()
  for (const zone of zones) {
    const minutes = [...ORDINARY, 0, ...(clocks.minutes.get(zone) ?? [])]
    for (const day of days) {
      for (const minute of minutes) {
        const instant = instantAt(day, minute % 1440, zone)
        const rank = ORDINARY.indexOf(minute)
        const cost = Math.abs(day - FIRST_DAY) * 10 + (rank < 0 ? 9 : rank)
        at.set(instant, Math.min(cost, at.get(instant) ?? Number.POSITIVE_INFINITY))
      }
    }
  }
  const complete = zones.length === 1 || last - first < 366 * 12
  return { at: [...at].sort((a, b) => a[1] - b[1] || a[0] - b[0]).map(([instant]) => instant), complete }
}

const week = (day: number): readonly number[] => [0, 1, 2, 3, 4, 5, 6, 7].map(i => day + i)

function take(leaf: Leaf, orgZone: string, clocks: Clocks): void {
  const at = (zone: string | null, ...minutes: number[]): void => {
    const name = zone ?? orgZone
    clocks.zones.add(name)
    const known = clocks.minutes.get(name) ?? new Set()
    clocks.minutes.set(name, known)
    for (const minute of minutes) known.add(minute % 1440)
  }
  switch (leaf.kind) {
    case 'weekday':
      at(leaf.zone)
      return
    case 'hours':
      at(leaf.zone, leaf.from, leaf.to)
      return
    case 'schedule':
      at(leaf.schedule.zone, leaf.schedule.from, leaf.schedule.to)
      return
    case 'date': {
      at(leaf.zone)
      const day = dayNumber(leaf.date)
      if (day !== null) clocks.days.add(day).add(day + 1)
      return
    }
    case 'calendar':
      at(leaf.zone)
      for (const text of leaf.calendar.days) {
        const day = dayNumber(text)
        if (day !== null) clocks.days.add(day)
        else clocks.yearly.add(text)
      }
  }
}

function everyYear(text: string, first: number, last: number): readonly number[] {
  const from = Number(dayText(first).slice(0, 4))
  const to = Number(dayText(last).slice(0, 4)) + (text === '02-29' ? 40 : YEARS_OF_WEEKDAYS)
  const found: number[] = []
  for (let year = from; year <= to; year++) {
    const day = dayNumber(`${year}-${text}`)
    if (day !== null) found.push(day)
  }
  return found
}

const weeksByZones = new Map<string, readonly number[]>()

/** A week of each combination of offsets, of which there are few. */
function offsetWeeks(zones: readonly string[], first: number, last: number): readonly number[] {
  const to = Math.min(Math.max(last, first + 366 * YEARS_OF_OFFSETS), first + 366 * 12)
  const key = `${zones.join(' ')} ${first} ${to}`
  const kept = weeksByZones.get(key)
  if (kept !== undefined) return kept
  const counts = new Map<string, number>()
  const found: number[] = []
  for (let day = first; day <= to; day++) {
    const offsets = zones.map(zone => offsetAt(day * DAY + DAY / 2, zone)).join(' ')
    const count = counts.get(offsets) ?? 0
    if (count >= 9) continue
    counts.set(offsets, count + 1)
    found.push(day)
  }
  if (weeksByZones.size > 64) weeksByZones.clear()
  weeksByZones.set(key, found)
  return found
}
