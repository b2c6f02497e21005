import type { Store } from '../../facts/store.ts'
import type { Clock } from '../../lib/clock.ts'
import { Generations } from '../../lib/generations.ts'

/** Ids that count once on all nodes: assertions, proofs, tokens of workloads. */
export interface Once {
  /** False for one that was taken before, here or elsewhere. `until`: from then on it would be refused anyway. */
  take(org: string, id: string, until: number): Promise<boolean>
}

interface Waiting {
  readonly id: string
  readonly until: number
  readonly resolve: (isFirst: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Ids remembered here, twice this at the most: a look that saves the database most replays. */
const SEEN = 50_000
/** Ids of one call to the store. */
const MOST = 1_000

/** Requests that come while the store is asked go together in the next call. */
export function createOnce(store: Pick<Store, 'takeOnce'>, clock: Clock): Once {
  const seen = new Generations<string, true>(SEEN)
  const waiting = new Map<string, Waiting[]>()
  const running = new Set<string>()

  const run = async (org: string): Promise<void> => {
    for (;;) {
      const batch = waiting.get(org)?.splice(0, MOST) ?? []
      if (batch.length === 0) {
        waiting.delete(org)
        running.delete(org)
        return
      }
      try {
        const taken = await store.takeOnce(org, batch, clock())
        for (const [i, { resolve }] of batch.entries()) resolve(taken[i] === true)
      } catch (error) {
        for (const { id, reject } of batch) {
          // Nothing is known of it: the caller is refused, and may try again.
          seen.delete(`${org} ${id}`)
          reject(error)
        }
      }
    }
  }

  return {
    take(org, id, until) {
      const place = `${org} ${id}`
      if (seen.has(place)) return Promise.resolve(false)
      seen.set(place, true)
      return new Promise((resolve, reject) => {
        const others = waiting.get(org) ?? []
        waiting.set(org, others)
        others.push({ id, until, resolve, reject })
        if (running.has(org)) return
        running.add(org)
        setImmediate(() => void run(org))
      })
    },
  }
}
