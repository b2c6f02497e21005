import type { Attempted, Delivery, DeliveryStore, NewDelivery } from '../../facts/deliveries.ts'
import type { Clock } from '../../lib/clock.ts'
import { timedId } from '../../lib/ids.ts'
import type { Channel, Happening, Outcome, Target } from './port.ts'
import { restAfter, waitAfter } from './schedule.ts'

export interface OutletPorts<E> {
  readonly store: DeliveryStore
  readonly channel: Channel<E>
  readonly clock: Clock
  readonly node: string
  /** Whether this node may still take itself for the holder. */
  readonly holds: () => boolean
  /** How long nothing is looked at unless woken. */
  readonly idleMs: number
  /** How long what has ended is kept. */
  readonly keepForMs: number
  readonly failed: (error: unknown) => void
}

/** What is done for one outlet by the node that holds it. */
export interface Running {
  /** Something may have happened. */
  wake(): void
  /** Begins nothing more; resolves when what is on the wire has ended. */
  stop(): Promise<void>
  /** Resolves when it ended by itself: it is held by another, or gone. */
  readonly done: Promise<void>
}

/** Deliveries of one outlet in memory. */
const MOST_WAITING = 1_000
/** Events looked at in one go. */
const PAGE = 200
/** Events that were for somebody else, after which the cursor is moved past them. */
const PASSED = 1_000
const SWEEP_MS = 3_600_000
const AGAIN_MS = 1_000
const HELD_UP_MS = 500

/** Delivers to one outlet, in order, for as long as this node holds it. */
export function runOutlet<E>(ports: OutletPorts<E>, org: string, id: string): Running {
  const { store, channel, clock, node, holds, idleMs } = ports
  const onTheWire = new Map<string, Promise<void>>()
  let stopped = false
  let stirred = false
  let ring = (): void => {}
  /** What waits, as it was last read; null: it must be read. */
  let queue: readonly Delivery[] | null = null
  /** What became of deliveries while the queue is being read; null while it is not. */
  let meanwhile: Delivery[] | null = null
  /** Whether that is all there is. */
  let dry = false
  /** Up to here all was for somebody else. */
  let ahead = Number.NEGATIVE_INFINITY
  let inARow = 0
  let restUntil = 0
  let sweptAt = Number.NEGATIVE_INFINITY

  const goesOn = (): boolean => !stopped && holds()

  const stir = (): void => {
    stirred = true
    ring()
  }

  /** Whether it was woken. */
  const pause = (ms: number): Promise<boolean> => {
    if (stirred) return Promise.resolve(true)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), Math.max(0, Math.min(ms, idleMs)))
      timer.unref()
      ring = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  // INVARIANT: what has ended is never in the queue again, though it may be read as it was before.
  const told = (delivery: Delivery): void => {
    queue = replaced(queue, delivery)
    meanwhile?.push(delivery)
  }

  const tryOnce = async (target: Target<E>, delivery: Delivery): Promise<void> => {
    const at = clock()
    const outcome = await target.send(delivery).catch((error: unknown): Outcome => {
      ports.failed(error)
      return { kind: 'failed', status: null, error: 'it could not be sent' }
    })
    const now = clock()
    if (outcome.kind === 'held_up') return told({ ...delivery, nextAt: now + HELD_UP_MS })
    const attempted = attemptedOf(target, delivery, outcome, at, now)
    inARow = outcome.kind === 'arrived' ? 0 : inARow + 1
    restUntil = now + restAfter(target.schedule, inARow)
    const failures = await store.attempted(org, id, [attempted])
    const { attempt, ...rest } = attempted
    const after = { ...delivery, ...rest, tried: [...delivery.tried, attempt] }
    told(after)
    if (after.state === 'dead') await target.gaveUp(after, failures)
  }

  const begin = (target: Target<E>, delivery: Delivery): void => {
    const running = tryOnce(target, delivery)
      .catch((error: unknown) => {
        queue = null
        ports.failed(error)
      })
      .finally(() => {
        onTheWire.delete(delivery.id)
        stir()
      })
    onTheWire.set(delivery.id, running)
  }

  /** Begins what is due, in order; how long until the next is. */
  const pump = (target: Target<E>, waiting: readonly Delivery[]): number => {
    const now = clock()
    if (restUntil > now) return restUntil - now
    // One that failed often is asked with one delivery at a time.
    const most = inARow >= target.schedule.restAfter ? 1 : target.schedule.inFlight
    let next = Number.POSITIVE_INFINITY
    for (const delivery of waiting.slice(0, target.schedule.window)) {
      if (onTheWire.has(delivery.id)) continue
      if (delivery.nextAt > now) next = Math.min(next, delivery.nextAt - now)
      else if (onTheWire.size >= most) break
      else begin(target, delivery)
    }
    return next
  }

  /** Keeps what happened since, as far as there is room. False: it is not this node's any more. */
  const fill = async (target: () => Promise<Target<E> | null>): Promise<boolean> => {
    for (;;) {
      meanwhile = []
      const seen = await store.look(org, id, node, MOST_WAITING)
      if (seen === null) return false
      queue = meanwhile.reduce(replaced, seen.waiting)
      meanwhile = null
      dry = false
      const { cursor } = seen.outlet
      const page = await channel.source.page(org, Math.max(cursor, ahead), PAGE)
      dry = page.next <= Math.max(cursor, ahead)
      if (dry) return true
      const now = page.happened.length > 0 ? await target() : null
      if (page.happened.length > 0 && now?.on !== true) return true
      if (now !== null && seen.waiting.length >= now.schedule.window) return true
      const made = now === null ? [] : await parcels(now, page.happened)
      if (made.length === 0 && page.next - cursor < PASSED) ahead = page.next
      else if (!(await store.enqueue(org, id, node, cursor, page.next, made, clock()))) return false
      if (!goesOn()) return true
    }
  }

  const parcels = async (target: Target<E>, happened: readonly Happening<E>[]): Promise<readonly NewDelivery[]> => {
    const made: NewDelivery[] = []
    for (const { seq, event } of happened) {
      const parcel = await target.parcel(event)
      if (parcel !== null) made.push({ id: timedId('dlv', clock()), seq, ...parcel })
    }
    return made
  }

  /** One look: what is new is kept, what is due is sent. How long until the next; null where this node is to end. */
  const look = async (): Promise<number | null> => {
    let asked: Promise<Target<E> | null> | null = null
    const target = (): Promise<Target<E> | null> => {
      asked ??= channel.target(org, id)
      return asked
    }
    if (queue === null || (!dry && !hasDue(queue, onTheWire, clock()))) {
      await sweep()
      if (!(await fill(target))) return null
    }
    if (queue === null || queue.length === 0) return Number.POSITIVE_INFINITY
    const now = await target()
    return now?.on === true ? pump(now, queue) : Number.POSITIVE_INFINITY
  }

  const sweep = async (): Promise<void> => {
    const now = clock()
    if (now - sweptAt < SWEEP_MS) return
    sweptAt = now
    while (goesOn() && (await store.sweepDeliveries(org, id, now - ports.keepForMs))) {}
  }

  const run = async (): Promise<void> => {
    while (goesOn()) {
      stirred = false
      try {
        const wait = await look()
        if (wait === null) return
        if (!(await pause(wait)) && wait >= idleMs) queue = null
      } catch (error) {
        ports.failed(error)
        queue = null
        stirred = false
        await pause(AGAIN_MS)
      }
    }
  }

  const done = run().then(() => Promise.all(onTheWire.values()).then(() => undefined))
  return {
    wake() {
      queue = null
      stir()
    },
    async stop() {
      stopped = true
      stir()
      await done
    },
    done,
  }
}

const hasDue = (queue: readonly Delivery[], onTheWire: ReadonlyMap<string, unknown>, now: number): boolean =>
  queue.some(({ id, nextAt }) => nextAt <= now && !onTheWire.has(id))

function attemptedOf<E>(
  { schedule }: Target<E>,
  delivery: Delivery,
  outcome: Exclude<Outcome, { readonly kind: 'held_up' }>,
  at: number,
  now: number,
): Attempted {
  const attempts = delivery.attempts + 1
  const failed = outcome.kind === 'failed'
  const wait = failed && outcome.final !== true ? waitAfter(schedule, attempts, Math.random()) : null
  const state = failed ? (wait === null ? 'dead' : 'waiting') : 'delivered'
  return {
    id: delivery.id,
    state,
    attempts,
    nextAt: now + Math.max(wait ?? 0, failed ? (outcome.afterMs ?? 0) : 0),
    attempt: { at, ms: now - at, status: outcome.status, error: failed ? outcome.error : null },
  }
}

/** The queue with what became of one delivery: gone where it has ended. */
function replaced<Q extends readonly Delivery[] | null>(queue: Q, now: Delivery): Q | readonly Delivery[] {
  return queue === null
    ? queue
    : queue.flatMap(one => (one.id !== now.id ? [one] : now.state === 'waiting' ? [now] : []))
}
