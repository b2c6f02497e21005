/** No verdict names more than this many missing clauses. */
export const MOST_MISSING = 5

/** No more rules than this are compared for nearness. */
export const MOST_LOOKED = 16

/** A rule with fewer clauses that fail is nearer; among those, one with fewer that are unknown. */
export function nearness(no: number, unknown: number): number {
  return no * 1000 + unknown
}

/** Whether a rule is told of: the nearest ones, and every one that fails only for what is unknown. */
export const isNear = (score: number, best: number): boolean => score === best || score < 1000
