import type { Bound } from './bound.ts'
import type { Reads } from './cells.ts'
import { NONE } from './pairs.ts'
import type { Proof } from './proof.ts'
import type { Terms } from './truth.ts'
import type { EdgeCondition, Tuples } from './tuples.ts'

/** Who is asked about, as numbers; NONE where there is no such number. */
export interface Target {
  /** Subjects: the entity itself, everyone of its type, the set. */
  readonly plain: number
  readonly wild: number
  readonly set: number
  /** Type of an entity or a wildcard. */
  readonly type: number
  /** Entity and slot of a set. A set no tuple names, on the object that is asked about, has that object's NONE. */
  readonly entity: number
  readonly slot: number
  readonly reach: Uint8Array
}

export interface Meter {
  left: number
}

/**
 * One walk from an object towards a target. An atom is an entity and a slot, and its number is its key in `memo`, where
 * a value from 0 up is settled, -1 -3 -5… is the atom's place on the path, and -2 -4 -6… says no in that scope as long
 * as the atoms on the path are no too. A scope is what lies beneath one negation.
 * INVARIANT: an answer cut by a cycle or a limit is never settled, unless it is yes, which no cut can cause.
 */
export interface Walk {
  readonly tuples: Tuples
  readonly bound: Bound
  readonly target: Target
  readonly depth: number
  readonly meter: Meter
  readonly reads: Reads | null
  readonly terms: Terms
  readonly decide: (condition: EdgeCondition) => number
  memo: Map<number, number> | null
  proofs: Map<number, Proof | null> | null
  /** Atoms that say no for now, in the order they were found. */
  pending: number[]
  path: number
  /** Place on the path where the current scope starts, its number, and the last number given. */
  base: number
  scope: number
  scopes: number
  /** The lowest place on the path that a cut within the current atom referred to. */
  low: number
  /** A row that was met, likely the next to be looked at. */
  row: number
  /** What proves the last yes. */
  proof: Proof | null
  /** Once a way was too long: the atoms that are not too far by the shortest one, as keys of `memo`. */
  near: ReadonlySet<number> | null
  /** Ways that were too long. */
  cuts: number
}

export const NOWHERE = 0x3fffffff

export function createWalk(
  tuples: Tuples,
  bound: Bound,
  target: Target,
  of: Pick<Walk, 'depth' | 'meter' | 'terms' | 'decide'>,
  reads: Walk['reads'],
): Walk {
  const { depth, meter, terms, decide } = of
  return {
    tuples,
    bound,
    target,
    depth,
    meter,
    reads,
    terms,
    decide,
    memo: null,
    proofs: null,
    pending: [],
    path: 0,
    base: 0,
    scope: 0,
    scopes: 0,
    low: NOWHERE,
    row: NONE,
    proof: null,
    near: null,
    cuts: 0,
  }
}
