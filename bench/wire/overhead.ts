export interface OverheadPlan {
  readonly tuples: number
  readonly rounds: number
  readonly slotMs: number
  readonly warmMs: number
  readonly connections: readonly number[]
}
