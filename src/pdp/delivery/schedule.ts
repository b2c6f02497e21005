/** How an outlet is dealt with: how often, how much at a time, and what happens where it fails. Milliseconds. */
export interface Schedule {
  /** From a failure to the next attempt; one attempt more than there are waits. */
  readonly waits: readonly number[]
  /** The last wait is repeated for ever: nothing is given up. */
  readonly forever: boolean
  /** The part of each wait that chance takes away, 0 to 1, so that what failed together does not come back together. */
  readonly jitter: number
  /**
   * Deliveries that may be unfinished at a time. With 1 they arrive in their order or not at all; with more, one that
   * waits for its next attempt lets those behind it pass, and all begin in their order.
   */
  readonly window: number
  /** Deliveries on the wire at a time. */
  readonly inFlight: number
  /** Attempts that fail in a row before the outlet is left alone for a while, and for how long at the most. */
  readonly restAfter: number
  readonly longestRest: number
}

const MINUTE = 60_000

/** Five attempts within an hour. */
export const WITHIN_AN_HOUR: readonly number[] = [40_000, 160_000, 640_000, 2_560_000]

export const BY_DEFAULT: Schedule = {
  waits: WITHIN_AN_HOUR,
  forever: false,
  jitter: 0.25,
  window: 100,
  inFlight: 1,
  restAfter: 3,
  longestRest: MINUTE,
}

/** How long to wait after so many attempts; null where it is given up. `chance` is from 0 up to, not at, 1. */
export function waitAfter({ waits, forever, jitter }: Schedule, attempts: number, chance: number): number | null {
  const wait = waits[attempts - 1] ?? (forever ? waits.at(-1) : undefined)
  return wait === undefined ? null : Math.round(wait * (1 - jitter * chance))
}

/** How long an outlet is left alone after so many failures in a row: twice as long each time. */
export function restAfter({ restAfter: allowed, longestRest }: Schedule, inARow: number): number {
  return inARow < allowed ? 0 : Math.min(longestRest, 1_000 * 2 ** Math.min(inARow - allowed, 20))
}
