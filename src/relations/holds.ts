import { BARE, type Bound } from './bound.ts'
import { NO, YES } from './truth.ts'
import { conditionOfEdge, counts, type EdgeCondition, type Tuples } from './tuples.ts'

interface Deciding {
  readonly tuples: Tuples
  readonly bound: Bound
  readonly decide: (condition: EdgeCondition) => number
}

/** Does today's model take this tuple, and does it hold? */
export function holds(w: Deciding, edge: number, mask: number): number {
  if (!counts(w.tuples, edge)) return NO
  const condition = conditionOfEdge(w.tuples, edge)
  if (condition === null) return (mask & BARE) !== 0 ? YES : NO
  const index = w.bound.conditions.get(condition.name)
  return index !== undefined && (mask & (1 << index)) !== 0 ? w.decide(condition) : NO
}
