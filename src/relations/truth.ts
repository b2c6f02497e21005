import type { Bound } from './bound.ts'

/**
 * An answer during a walk: 0 no, 1 yes, anything else unknown: the reasons as a bit set, shifted by one. Bits 0 to 24
 * are conditions of the model, then the limits and cycles below. So the answer of `or` is the bitwise or unless one is yes.
 */
export const NO = 0
export const YES = 1
export const DEPTH = 2 << 26
export const WORK = 2 << 27
export const CYCLE = 2 << 28
export const EVERYONE = 2 << 29
/** Reasons that depend on the way taken; an answer with one of them holds only where it was found. */
export const PASSING = DEPTH | WORK | CYCLE

export const both = (a: number, b: number): number => {
  if (a === NO || b === NO) return NO
  if (a === YES) return b
  return b === YES ? a : a | b
}

export const either = (a: number, b: number): number => (a === YES || b === YES ? YES : a | b)

export const opposite = (a: number): number => (a === NO ? YES : a === YES ? NO : a)

/** What could not be had, sorted and joined. */
export function reasonOf(
  bound: Bound,
  value: number,
  limits: { readonly depth: number; readonly work: number },
): string {
  const reasons = bound.conditionNames
    .filter((_, i) => (value & (2 << i)) !== 0)
    .map(name => `condition \`${name}\` is not evaluated`)
    .sort()
  if ((value & DEPTH) !== 0) reasons.push(`the chain of tuples is longer than ${limits.depth} hops`)
  if ((value & WORK) !== 0) reasons.push(`the search took more than ${limits.work} steps`)
  if ((value & CYCLE) !== 0) reasons.push('the answer depends on its own negation')
  if ((value & EVERYONE) !== 0) reasons.push('a chain of relations leads through everyone')
  return reasons.join('; ')
}
