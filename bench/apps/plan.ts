import type { BothPlan } from '../both.ts'
import type { NestedPlan } from './nested.ts'
import type { AppsPlan } from './race.ts'
import type { WritesPlan } from './writes.ts'

export const APPS_PLAN: AppsPlan = {
  sizes: [5, 10, 20, 50, 200, 1_000, 5_000],
  requests: 256,
  race: { rounds: 10, slotMs: 30, warmMs: 400 },
}

export const APPS_QUICK: AppsPlan = {
  sizes: [5, 50, 500],
  requests: 128,
  race: { rounds: 2, slotMs: 15, warmMs: 120 },
}

export const NESTED_PLAN: NestedPlan = {
  sizes: [1_000, 10_000, 50_000],
  requests: 4_096,
  singles: 20_000,
  race: { rounds: 12, slotMs: 40, warmMs: 400 },
}

export const NESTED_QUICK: NestedPlan = {
  sizes: [1_000],
  requests: 1_024,
  singles: 2_000,
  race: { rounds: 3, slotMs: 20, warmMs: 300 },
}

export const BOTH_PLAN: BothPlan = {
  rules: [10, 100, 1_000, 10_000],
  tuples: 1_000_000,
  singles: 100_000,
  race: { rounds: 16, slotMs: 40, warmMs: 400 },
}

export const BOTH_QUICK: BothPlan = {
  rules: [10, 1_000],
  tuples: 100_000,
  singles: 10_000,
  race: { rounds: 3, slotMs: 20, warmMs: 50 },
}

export const WRITES_PLAN: WritesPlan = {
  size: 1_000,
  questions: 20_000,
  steps: 100_000,
  shares: [0, 0.01, 0.1],
  rounds: 24,
  slotMs: 60,
}

export const WRITES_QUICK: WritesPlan = {
  size: 200,
  questions: 2_000,
  steps: 20_000,
  shares: [0, 0.01, 0.1],
  rounds: 4,
  slotMs: 30,
}

/** Sizes at which memory is looked at: each takes a process for each contestant. */
export const WEIGHTS_PLAN: readonly number[] = [1_000, 5_000]
export const WEIGHTS_QUICK: readonly number[] = [50]
