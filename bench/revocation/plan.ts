export interface RevocationPlan {
  readonly receivers: readonly number[]
  /** Revocations one after another: those heard of through the feed, and those that are pushed. */
  readonly rounds: number
  readonly pushed: number
  /** How long a receiver is cut off, in seconds. */
  readonly cutSeconds: number
}

export const REVOCATION: RevocationPlan = { receivers: [1, 10, 100], rounds: 60, pushed: 20, cutSeconds: 60 }
export const REVOCATION_QUICK: RevocationPlan = { receivers: [1, 10], rounds: 5, pushed: 5, cutSeconds: 5 }
