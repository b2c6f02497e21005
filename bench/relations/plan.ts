import type { RaceOptions } from '../harness.ts'

export interface RelationsPlan {
  readonly sizes: readonly number[]
  /** Largest size the server's memory engine is loaded with: it looks through all tuples for each it writes or reads. */
  readonly memoryEngineUpTo: number
  readonly race: RaceOptions
  readonly http: { readonly rounds: number; readonly slotMs: number; readonly connections: readonly number[] }
}

export const RELATIONS: RelationsPlan = {
  sizes: [10_000, 1_000_000],
  memoryEngineUpTo: 10_000,
  race: { rounds: 8, slotMs: 40, warmMs: 200 },
  http: { rounds: 3, slotMs: 500, connections: [1, 32] },
}

export const RELATIONS_QUICK: RelationsPlan = {
  sizes: [10_000, 40_000],
  memoryEngineUpTo: 10_000,
  race: { rounds: 2, slotMs: 15, warmMs: 50 },
  http: { rounds: 1, slotMs: 150, connections: [1, 32] },
}
