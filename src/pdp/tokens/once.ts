import type { UsedIds } from '../../facts/used-ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Later } from '../../lib/later.ts'
import { AHEAD, createHorizon, type Horizon } from './horizon.ts'
import { createIdWriter } from './id-writer.ts'
import { createNoted } from './noted.ts'

/** Ids that count once on all nodes, and over restarts however they come: assertions, proofs, tokens of workloads. */
export interface Once {
  /**
   * False for one that was taken before, here or elsewhere, or may have been. `until`: from then on it would be refused
   * anyway. `issuedAt`: when its maker says it was made; without it, the database is always waited for.
   */
  take(org: string, id: string, until: number, issuedAt?: number | null): Later<boolean>
  /** Resolves when what is issued from now on can be taken. */
  ready(): Promise<void>
  /** Writes what is noted; nothing is taken any more. */
  close(): Promise<void>
}

/** Ids remembered here, twice this at the most. */
const SEEN = 50_000
/** Ids that are noted and not written yet, at the most: then the database is waited for. */
const OWED = 20_000

interface Taking {
  readonly org: string
  readonly id: string
  readonly until: number
  /** Org and id in one. */
  readonly place: string
}

/** `alone`: no other node works on the store. */
export function createOnce(store: UsedIds, clock: Clock, alone: boolean): Once {
  const writer = createIdWriter(store, clock)
  const noted = createNoted(SEEN)
  const horizon = alone ? createHorizon(store, clock) : null

  /** Where it fails nothing is known of the id: the caller is refused, and may try again. */
  const orForgotten = async <T>({ place }: Taking, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      noted.delete(place)
      throw error
    }
  }

  const written = (one: Taking): Promise<boolean> => orForgotten(one, writer.take(one.org, one.id, one.until))

  /** False where memory alone cannot tell. */
  const isNoted = (at: Horizon, { org, id, until }: Taking, issuedAt: number): boolean => {
    const isFirst = at.covers(issuedAt, until, clock()) && issuedAt > noted.forgotten && writer.owed < OWED
    if (isFirst) writer.note(org, id, until)
    return isFirst
  }

  const reached = async (at: Horizon, one: Taking, issuedAt: number): Promise<boolean> => {
    await orForgotten(one, at.reach())
    if (at.doubts(issuedAt, one.until)) return false
    return isNoted(at, one, issuedAt) || written(one)
  }

  return {
    take(org, id, until, issuedAt = null) {
      const place = `${org} ${id}`
      if (noted.has(place) || (issuedAt !== null && issuedAt > clock() + AHEAD)) return false
      noted.add(place, issuedAt)
      const one = { org, id, until, place }
      if (horizon === null || issuedAt === null) return written(one)
      return isNoted(horizon, one, issuedAt) || reached(horizon, one, issuedAt)
    },
    ready: async () => horizon?.ready(),
    close: async () => (horizon === null ? void (await writer.close()) : horizon.close(writer.close)),
  }
}
