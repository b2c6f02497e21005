import { isInstant } from '../lib/zone.ts'
import type { Truth } from '../policy/question.ts'
import type { Call, ElapsedClause } from './clause.ts'
import { shifted, startOf } from './instant.ts'
import { operandValue } from './operand.ts'

/** From `from` up to but not at `to` the clause holds; outside it does not. */
interface Span {
  readonly from: number
  readonly to: number
}

/** When an elapsed clause holds; null where its instant is not to be had. Instants are whole milliseconds. */
function spanOf({ direction, left, op, duration, zone }: ElapsedClause, call: Call): Span | null {
  const value = operandValue(left, call)
  if (value === undefined || left.kind === 'literal') return null
  const at = startOf(value, left.ref.type, zone)
  if (at === null) return null
  const ever = Number.POSITIVE_INFINITY
  if (direction === 'since') {
    const edge = shifted(at, duration, 1, zone)
    const past = op === 'le' || op === 'gt' ? edge + 1 : edge
    return op === 'lt' || op === 'le' ? { from: at, to: past } : { from: past, to: ever }
  }
  const edge = shifted(at, duration, -1, zone)
  const past = op === 'lt' || op === 'ge' ? edge + 1 : edge
  return op === 'lt' || op === 'le' ? { from: past, to: at + 1 } : { from: -ever, to: past }
}

export function elapsedTruth(clause: ElapsedClause, call: Call): Truth {
  const span = isInstant(call.at) ? spanOf(clause, call) : null
  if (span === null) return 'unknown'
  return span.from <= call.at && call.at < span.to ? 'yes' : 'no'
}

/** The next instant after the call's at which the clause starts or ceases to hold. */
export function elapsedBoundary(clause: ElapsedClause, call: Call): number | null {
  const span = spanOf(clause, call)
  if (span === null) return null
  for (const edge of [span.from, span.to]) if (edge > call.at && isInstant(edge)) return edge
  return null
}
