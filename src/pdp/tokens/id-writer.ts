import type { UsedIds } from '../../facts/used-ids.ts'
import type { Clock } from '../../lib/clock.ts'

/** Brings ids that count once to the store, those of one org in their order. */
export interface IdWriter {
  /** Whether the store takes it: false for one that was taken before. Those that come while it is asked go together next. */
  take(org: string, id: string, until: number): Promise<boolean>
  /** For one that is known to be the first: it is written soon, and tried again while the store is away. */
  note(org: string, id: string, until: number): void
  /** Noted and not written yet. */
  readonly owed: number
  /** Writes what is owed; false where that cannot be done. */
  close(): Promise<boolean>
}

interface Asked {
  readonly resolve: (isFirst: boolean) => void
  readonly reject: (error: unknown) => void
}

interface Waiting {
  readonly id: string
  readonly until: number
  /** Null for one that is only noted. */
  readonly asked: Asked | null
}

interface Queue {
  waiting: Waiting[]
  /** Those of `waiting` that somebody waits for. */
  asked: number
  /** Ends the pause before the next call. */
  hurry: () => void
  run: Promise<void>
}

/** Ids of one call to the store. */
const MOST = 1_000
/** How long noted ids wait for company, in milliseconds. */
const PAUSE = 250

export function createIdWriter(store: Pick<UsedIds, 'takeOnce'>, clock: Clock): IdWriter {
  const queues = new Map<string, Queue>()
  let owed = 0
  let closing = false

  const pause = (queue: Queue): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, PAUSE).unref()
      queue.hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async (org: string, queue: Queue): Promise<void> => {
    // What comes in the same turn goes along.
    await new Promise(setImmediate)
    while (queue.waiting.length > 0) {
      if (queue.asked === 0 && !closing) await pause(queue)
      if (!(await writeSome(org, queue)) && closing) return
    }
    queues.delete(org)
  }

  const writeSome = async (org: string, queue: Queue): Promise<boolean> => {
    const batch = queue.waiting.splice(0, MOST)
    const asked = batch.filter(one => one.asked !== null).length
    queue.asked -= asked
    try {
      const taken = await store.takeOnce(org, batch, clock())
      owed -= batch.length - asked
      for (const [i, one] of batch.entries()) one.asked?.resolve(taken[i] === true)
      return true
    } catch (error) {
      for (const one of batch) one.asked?.reject(error)
      queue.waiting = [...batch.filter(one => one.asked === null), ...queue.waiting]
      return false
    }
  }

  const add = (org: string, one: Waiting): void => {
    const known = queues.get(org)
    const queue = known ?? { waiting: [], asked: 0, hurry: () => {}, run: Promise.resolve() }
    queue.waiting.push(one)
    if (one.asked !== null) {
      queue.asked += 1
      queue.hurry()
    }
    if (known !== undefined) return
    queues.set(org, queue)
    queue.run = run(org, queue)
  }

  return {
    take: (org, id, until) => new Promise((resolve, reject) => add(org, { id, until, asked: { resolve, reject } })),
    note(org, id, until) {
      owed += 1
      add(org, { id, until, asked: null })
    },
    get owed() {
      return owed
    },
    async close() {
      closing = true
      const open = [...queues.values()]
      for (const queue of open) queue.hurry()
      await Promise.all(open.map(({ run: ended }) => ended))
      return owed === 0
    },
  }
}
