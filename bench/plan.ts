import type { NestedPlan } from './apps/nested.ts'
import {
  APPS_PLAN,
  APPS_QUICK,
  BOTH_PLAN,
  BOTH_QUICK,
  NESTED_PLAN,
  NESTED_QUICK,
  WEIGHTS_PLAN,
  WEIGHTS_QUICK,
  WRITES_PLAN,
  WRITES_QUICK,
} from './apps/plan.ts'
import type { AppsPlan } from './apps/race.ts'
import type { WritesPlan } from './apps/writes.ts'
import type { AuthoringPlan } from './authoring.ts'
import type { BothPlan } from './both.ts'
import { BUDGETS, BUDGETS_QUICK, type BudgetsPlan } from './budgets/plan.ts'
import type { RaceOptions } from './harness.ts'
import { RELATIONS, RELATIONS_QUICK, type RelationsPlan } from './relations/plan.ts'
import { REVOCATION, REVOCATION_QUICK, type RevocationPlan } from './revocation/plan.ts'
import { TOKENS, TOKENS_QUICK, type TokensPlan } from './tokens/plan.ts'
import { OVERHEAD, OVERHEAD_QUICK, type OverheadPlan, WIRE, WIRE_QUICK, type WirePlan } from './wire/plan.ts'

/** How much is measured. */
export interface Plan {
  readonly rules: readonly number[]
  readonly tuples: readonly number[]
  readonly race: RaceOptions
  readonly both: BothPlan
  readonly apps: AppsPlan
  readonly nested: NestedPlan
  readonly writes: WritesPlan
  readonly weights: readonly number[]
  readonly wire: WirePlan
  readonly overhead: OverheadPlan
  readonly relations: RelationsPlan
  readonly tokens: TokensPlan
  readonly revocation: RevocationPlan
  readonly budgets: BudgetsPlan
  readonly authoring: AuthoringPlan
}

export const FULL: Plan = {
  rules: [10, 100, 1_000, 10_000],
  tuples: [10_000, 100_000, 1_000_000],
  race: { rounds: 16, slotMs: 40, warmMs: 400 },
  both: BOTH_PLAN,
  apps: APPS_PLAN,
  nested: NESTED_PLAN,
  writes: WRITES_PLAN,
  weights: WEIGHTS_PLAN,
  wire: WIRE,
  overhead: OVERHEAD,
  relations: RELATIONS,
  tokens: TOKENS,
  revocation: REVOCATION,
  budgets: BUDGETS,
  authoring: { rules: [1_000, 10_000], rounds: 30 },
}

/** The same, smaller: to see that it runs. */
export const QUICK: Plan = {
  rules: [10, 1_000],
  tuples: [10_000, 100_000],
  race: { rounds: 4, slotMs: 15, warmMs: 50 },
  both: BOTH_QUICK,
  apps: APPS_QUICK,
  nested: NESTED_QUICK,
  writes: WRITES_QUICK,
  weights: WEIGHTS_QUICK,
  wire: WIRE_QUICK,
  overhead: OVERHEAD_QUICK,
  relations: RELATIONS_QUICK,
  tokens: TOKENS_QUICK,
  revocation: REVOCATION_QUICK,
  budgets: BUDGETS_QUICK,
  authoring: { rules: [1_000], rounds: 5 },
}
