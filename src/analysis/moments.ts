import { DAY } from '../lib/zone.ts'
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

/**
 * Instants for an attribute that clauses measure the time since or until: before, at and between all the lengths they
 * name, on either side of each instant asked about. Lengths of days and more vary by clocks and months: where two of
 * them come close, or more than lengths is asked of the attribute, not every combination is here.
 */
export function momentsFor(
  leaves: readonly Leaf[],
  at: readonly number[],
): { readonly values: readonly Value[]; readonly complete: boolean } {
  const measured = leaves.flatMap(leaf => (leaf.kind === 'elapsed' ? [leaf] : []))
  if (measured.length === 0) return { values: [], complete: true }
  const lengths = new Map<number, Duration>()
  for (const { duration } of measured) lengths.set(duration.count * LENGTHS[duration.unit], duration)
  const sorted = [...lengths.keys()].sort((a, b) => a - b)
  const offsets = new Set<number>()
  let complete = measured.length === leaves.length
  for (const [i, length] of sorted.entries()) {
    const next = sorted[i + 1]
    const below = sorted[i - 1] ?? 0
    offsets.add(Math.round((below + length) / 2)).add(Math.round(length))
    offsets.add(Math.round(next === undefined ? length * 1.5 : (length + next) / 2))
    if (next !== undefined && next >= DAY && next - length < Math.max(0.1 * next, DAY / 2)) complete = false
    if (next !== undefined && length >= DAY / 4 && next - length < DAY / 8) complete = false
  }
  const values = at.flatMap(now => [...offsets].flatMap(offset => [rfc3339(now - offset), rfc3339(now + offset)]))
  return { values, complete }
}

const rfc3339 = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')
