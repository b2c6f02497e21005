/** What is asked for a while, in which order, with how many writes in between. */
export interface Condition {
  readonly name: string
  /** `warm`: few questions much, most now and then; `cold`: each for the first time; `batch`: 50 in a request. */
  readonly asked: 'warm' | 'cold' | 'batch'
  /** One in so many requests is a write; null without writes. */
  readonly writesEvery: number | null
}

export const WARM: Condition = { name: 'Warm', asked: 'warm', writesEvery: null }
const COLD: Condition = { name: 'Cold', asked: 'cold', writesEvery: null }
const FEW_WRITES: Condition = { name: '1 % writes', asked: 'warm', writesEvery: 100 }
const WRITES: Condition = { name: '10 % writes', asked: 'warm', writesEvery: 10 }
export const BATCH: Condition = { name: 'Batches of 50', asked: 'batch', writesEvery: null }

export interface SizePlan {
  readonly tuples: number
  /** Those that stand together each server is asked in the same turn. */
  readonly conditions: readonly (readonly Condition[])[]
}

export interface WirePlan {
  readonly sizes: readonly SizePlan[]
  readonly rounds: number
  /** How long a server is asked in each round, in milliseconds. */
  readonly slotMs: number
  /** How long it is asked before anything counts: V8 goes on compiling a service for thousands of requests. */
  readonly warmMs: number
  readonly connections: readonly number[]
  /** Different questions that are asked warm, and batches. */
  readonly questions: number
  readonly batches: number
}

export const WIRE: WirePlan = {
  sizes: [{ tuples: 10_000, conditions: [[WARM, BATCH], [COLD], [FEW_WRITES], [WRITES]] }],
  rounds: 5,
  slotMs: 400,
  warmMs: 6_000,
  connections: [1, 32],
  questions: 2_048,
  batches: 64,
}

export const WIRE_QUICK: WirePlan = {
  sizes: [{ tuples: 10_000, conditions: [[WARM, BATCH], [COLD], [FEW_WRITES], [WRITES]] }],
  rounds: 1,
  slotMs: 150,
  warmMs: 200,
  connections: [1, 32],
  questions: 512,
  batches: 16,
}

/** Ours alone, with more and more of what tells about it. */
export interface OverheadPlan {
  readonly tuples: number
  readonly questions: number
  /** How often all servers are started anew: processes of one program differ by a tenth and more, each for as long as it runs. */
  readonly starts: number
  readonly rounds: number
  readonly slotMs: number
  readonly warmMs: number
  readonly connections: readonly number[]
}

export const OVERHEAD: OverheadPlan = {
  tuples: 10_000,
  questions: 2_048,
  starts: 3,
  rounds: 15,
  slotMs: 400,
  warmMs: 16_000,
  connections: [1, 32],
}

export const OVERHEAD_QUICK: OverheadPlan = {
  tuples: 10_000,
  questions: 512,
  starts: 2,
  rounds: 2,
  slotMs: 200,
  warmMs: 300,
  connections: [32],
}
