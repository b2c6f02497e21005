import { DAY, instantAt, isInstant, MINUTE, offsetAt, offsetChange } from '../lib/zone.ts'
import { budgetBoundary } from './budgeted.ts'
import type { Call, Clause, DatedClause } from './clause.ts'
import { elapsedBoundary } from './elapsed.ts'
import { limitBoundary } from './limit.ts'

/**
 * The first instant after the call's at which one of the clauses may hold or fail where it did not before; null if there is
 * none. A change of the zone's offset counts as one, since clocks may then repeat or skip a boundary.
 */
export function nextBoundary(clauses: readonly DatedClause[], call: Call): number | null {
  const { at } = call
  if (clauses.length === 0 || !isInstant(at)) return null
  let first: number | null = null
  for (const clause of clauses) {
    const next = boundaryIn(clause, call)
    if (next !== null && (first === null || next < first)) first = next
  }
  return first
}

function boundaryIn(clause: DatedClause, call: Call): number | null {
  if (clause.kind === 'elapsed') return elapsedBoundary(clause, call)
  if (clause.kind === 'budgeted') return budgetBoundary(clause, call)
  return clause.kind === 'limit' ? limitBoundary(clause, call) : boundaryOf(clause, call.at)
}

function boundaryOf(
  clause: Exclude<DatedClause, { kind: 'elapsed' | 'limit' | 'budgeted' }>,
  at: number,
): number | null {
  const { zone } = clause
  const local = at + offsetAt(at, zone)
  const day = Math.floor(local / DAY)
  const sinceMidnight = local - day * DAY
  const toMidnight = DAY - sinceMidnight
  switch (clause.kind) {
    case 'weekday':
      return isEveryDay(clause.days) ? null : unlessShifted(at, at + toMidnight, zone)
    case 'hours':
      if (isWholeDay(clause.from, clause.to)) return null
      return unlessShifted(at, at + toEdge(clause.from, clause.to, sinceMidnight), zone)
    case 'schedule':
      return unlessShifted(at, at + Math.min(toMidnight, toEdge(clause.from, clause.to, sinceMidnight)), zone)
    case 'calendar':
      return unlessShifted(at, at + toMidnight, zone)
    case 'date': {
      if (day < clause.day) return instantAt(clause.day, 0, zone)
      const last = clause.op === 'on' ? clause.day + 1 : clause.day
      if (day > last) return null
      const shift = offsetChange(at, at + toMidnight, zone)
      return day < last ? (shift ?? instantAt(last, 0, zone)) : shift
    }
  }
}

const isEveryDay = (days: number): boolean => (days & 0xfe) === 0xfe
const isWholeDay = (from: number, to: number): boolean => from === to || (from === 0 && to === 1440)

/** Milliseconds to the next `from` or `to` on a clock whose offset does not change. */
function toEdge(from: number, to: number, sinceMidnight: number): number {
  const a = from * MINUTE - sinceMidnight
  const b = to * MINUTE - sinceMidnight
  return Math.min(a > 0 ? a : a + DAY, b > 0 ? b : b + DAY)
}

const unlessShifted = (at: number, next: number, zone: string): number => offsetChange(at, next, zone) ?? next

/** The time clauses inside a clause, each once. */
export function timesIn(clause: Clause, into: Set<DatedClause>): void {
  switch (clause.kind) {
    case 'all':
    case 'any':
      for (const part of clause.of) timesIn(part, into)
      return
    case 'not':
      timesIn(clause.of, into)
      return
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
    case 'calendar':
    case 'elapsed':
    case 'limit':
    case 'budgeted':
      into.add(clause)
  }
}
