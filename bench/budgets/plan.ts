import type { DecisionPlan } from './decisions.ts'

export interface BudgetsPlan {
  /** Spends of each row: those that need no statement, those that do, and those that run 32 at a time. */
  readonly held: number
  readonly statements: number
  readonly together: number
  readonly decisions: DecisionPlan
}

export const BUDGETS: BudgetsPlan = {
  held: 400_000,
  statements: 2_000,
  together: 4_000,
  decisions: { warm: 2_000, asks: 20_000, acts: 4_000 },
}

export const BUDGETS_QUICK: BudgetsPlan = {
  held: 20_000,
  statements: 150,
  together: 320,
  decisions: { warm: 200, asks: 1_000, acts: 200 },
}
