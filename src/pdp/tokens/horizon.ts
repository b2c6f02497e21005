import { setTimeout as sleep } from 'node:timers/promises'
import type { UsedHorizon, UsedIds } from '../../facts/used-ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { PdpError } from '../errors.ts'

/**
 * How far the only node over a database may note ids in its memory before they are written, so that none counts twice
 * though the node is killed: an instant a little ahead is written first, and no id is noted after it, nor one that says it
 * was issued after it. The next start doubts all that were issued until then; what it sees of any other, it or the
 * database knows. A client that signs what it sends when it sends it meets none of this.
 */
export interface Horizon {
  /** Whether one that is not in memory is new, and may be noted there. */
  covers(issuedAt: number, until: number, now: number): boolean
  /** Resolves once the horizon lies ahead. Fails with `unavailable`, or as the store does. */
  reach(): Promise<void>
  /** Whether it may have been noted and forgotten by a node that was killed. */
  doubts(issuedAt: number, until: number): boolean
  /** Resolves when nothing that is issued from now on is doubted. */
  ready(): Promise<void>
  /** Nothing is noted any more. `isWritten`: all that was is written. */
  close(isWritten: () => Promise<boolean>): Promise<void>
}

/** INVARIANT: nobody takes an id whose `iat` is further ahead, nor notes one that lives longer from now on. */
export const AHEAD = 60_000
const LONGEST_LIFE = 360_000

/** Times of issue are whole seconds: the horizon ends with one, so that none lies on both sides of it. */
const endOf = (now: number): number => Math.floor(now / 1_000) * 1_000 + 2_999
/** It is moved when it is less than this ahead. */
const NEAR = 1_750
/** The furthest that it is ahead, by a clock that was not set back. */
const FAR = 3_000

export function createHorizon(store: Pick<UsedIds, 'usedHorizon' | 'saveUsedHorizon'>, clock: Clock): Horizon {
  let kept: UsedHorizon | null = null
  let upTo = Number.NEGATIVE_INFINITY
  let floor = Number.POSITIVE_INFINITY
  let doubted = 0
  let moving: Promise<void> | null = null
  let closed = false

  const found = async (): Promise<UsedHorizon> => {
    if (kept !== null) return kept
    const row = await store.usedHorizon()
    doubted = row.isClean ? row.doubted : row.upTo
    // The node before may have taken, and written, what was issued that far ahead of it.
    floor = row.upTo + AHEAD
    kept = row
    return row
  }

  const move = async (): Promise<void> => {
    const before = await found()
    const next = endOf(clock())
    const moved = { upTo: Math.max(next, before.upTo), doubted, isClean: false }
    await store.saveUsedHorizon(moved)
    kept = moved
    upTo = Math.max(next, upTo)
  }

  const moved = (): Promise<void> => {
    moving ??= move().finally(() => {
      moving = null
    })
    return moving
  }

  return {
    covers(issuedAt, until, now) {
      if (closed || now > upTo) return false
      // Where it fails, those that wait for the next one hear of it.
      if (upTo - now < NEAR && moving === null) moved().catch(() => {})
      return issuedAt <= upTo && issuedAt > floor && until <= now + LONGEST_LIFE
    },
    async reach() {
      if (closed) throw new PdpError('unavailable', 'the service is about to stop')
      if (clock() > upTo) await moved()
    },
    doubts: (issuedAt, until) => issuedAt <= doubted && until <= doubted + LONGEST_LIFE,
    async ready() {
      await found()
      const wait = doubted - clock() + 1
      if (wait > 0 && wait <= FAR) await sleep(wait)
    },
    async close(isWritten) {
      closed = true
      await moving?.catch(() => {})
      if ((await isWritten()) && kept !== null && !kept.isClean && upTo > 0) {
        await store.saveUsedHorizon({ ...kept, isClean: true })
      }
    },
  }
}
