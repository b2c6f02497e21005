export interface RevocationPlan {
  readonly receivers: readonly number[]
  /** Revocations one after another. */
  readonly rounds: number
  /** How long a receiver is cut off, in seconds. */
  readonly cutSeconds: number
}

export const REVOCATION: RevocationPlan = { receivers: [1, 10, 100], rounds: 60, cutSeconds: 60 }
export const REVOCATION_QUICK: RevocationPlan = { receivers: [1, 10], rounds: 5, cutSeconds: 5 }
