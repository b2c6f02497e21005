export interface BudgetsPlan {
  /** Spends of each row: those that need no statement, those that do, and those that run 32 at a time. */
  readonly held: number
  readonly statements: number
  readonly together: number
}

export const BUDGETS: BudgetsPlan = { held: 400_000, statements: 2_000, together: 4_000 }

export const BUDGETS_QUICK: BudgetsPlan = { held: 20_000, statements: 150, together: 320 }
