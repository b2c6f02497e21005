import { DAY, isInstant } from '../lib/zone.ts'
import type { Duration } from '../policy/ast.ts'
import type { Value } from './formula.ts'
import type { Leaf } from './uses.ts'

const SECOND = 1000
const LENGTHS: Readonly<Record<Duration['unit'], number>> = {
  second: SECOND,
  minute: 60 * SECOND,
  hour: 3600 * SECOND,
  day: DAY,
  week: 7 * DAY,
  month: 30.44 * DAY,
  year: 365.24 * DAY,
}

type Elapsed = Extract<Leaf, { kind: 'elapsed' }>

export const lengthOf = ({ count, unit }: Duration): number => count * LENGTHS[unit]

export interface Moments {
  readonly values: readonly Value[]
  readonly complete: boolean
}

/**
 * Instants for an attribute that clauses measure the time since or until: before, at and between all the lengths they
 * name, on either side of each instant asked about. Lengths of days and more vary by clocks and months: where two of
 * them come close, or more than lengths is asked of the attribute, not every combination is here.
 */
export function momentsFor(leaves: readonly Leaf[], at: readonly number[]): Moments {
  const measured = leaves.flatMap(leaf => (leaf.kind === 'elapsed' ? [leaf] : []))
  if (measured.length === 0) return { values: [], complete: true }
  const sorted = [...new Set(measured.map(leaf => lengthOf(leaf.duration)))].sort((a, b) => a - b)
  const dated = measured.some(({ instant }) => instant.type?.kind === 'date')
  const margin = dated ? SLACK_OF_DAYS : 0
  const offsets = [
    SECOND,
    ...sorted.flatMap((length, i) => {
      const below = sorted[i - 1] ?? 0
      const above = sorted[i + 1] ?? length * 2 + 2 * margin
      return [(below + length) / 2, length, (length + above) / 2].map(Math.round)
    }),
  ]
  if (dated) for (let days = 0; days <= 4; days++) offsets.push(days * DAY)
  const tell = dated ? (now: number): string => rfc3339(now).slice(0, 10) : rfc3339
  const all = at.flatMap(now => offsets.flatMap(offset => [now - offset, now + offset]))
  const known = all.filter(isInstant)
  const complete =
    known.length === all.length &&
    leaves.length === measured.length &&
    areApart(sorted, dated) &&
    drawOwnLines(measured) &&
    (!dated || sorted.every(length => length >= DAY))
  return { values: known.map(tell), complete }
}

/** A day begins up to so long before or after an instant in it, whatever the zones. */
const SLACK_OF_DAYS = 4 * DAY

/** Whether no clock or calendar can change which of two lengths is the longer, or bring them closer than a day tells. */
function areApart(sorted: readonly number[], dated: boolean): boolean {
  return sorted.every((length, i) => {
    const next = sorted[i + 1]
    if (next === undefined) return true
    const slack = dated ? SLACK_OF_DAYS : length >= DAY / 4 ? DAY / 8 : 0
    return next - length > Math.max(slack, next >= 28 * DAY ? 0.1 * next : 0)
  })
}

/** Where two clauses draw their line at the same day or month, the very instant of it would have to be tried. */
function drawOwnLines(measured: readonly Elapsed[]): boolean {
  const long = measured.filter(leaf => lengthOf(leaf.duration) >= DAY)
  const lines = new Map(
    long.map(leaf => [JSON.stringify([leaf.direction, leaf.op, leaf.duration]), lengthOf(leaf.duration)]),
  )
  return new Set(lines.values()).size === lines.size
}

const rfc3339 = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')
