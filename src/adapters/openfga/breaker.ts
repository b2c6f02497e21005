/** Leaves alone for a moment what has failed several times in a row, then lets one call try. */
export interface Breaker {
  /** Whether a call may be made now. One that may must end in `succeeded` or `failed`. */
  admits(): boolean
  succeeded(): void
  failed(): void
  readonly open: boolean
}

const FAILURES = 5
const REST_MS = 1_000

export function createBreaker(clock: () => number = Date.now): Breaker {
  let failures = 0
  let until = 0
  let trying = false
  return {
    admits() {
      if (failures < FAILURES) return true
      if (trying || clock() < until) return false
      trying = true
      return true
    },
    succeeded() {
      failures = 0
      trying = false
    },
    failed() {
      failures += 1
      trying = false
      // Nodes do not come back in step.
      if (failures >= FAILURES) until = clock() + REST_MS * (0.5 + Math.random() / 2)
    },
    get open() {
      return failures >= FAILURES
    },
  }
}
