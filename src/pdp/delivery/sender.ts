import type { DeliveryStore, HeldOutlet } from '../../facts/deliveries.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Running, runOutlet } from './outlet.ts'
import type { Channel } from './port.ts'

export interface SenderPorts {
  readonly store: DeliveryStore
  readonly channels: readonly Channel<unknown>[]
  /** What else one node does at a time, for outlets of a kind of its own. */
  readonly others?: readonly Errand[]
  /** Wakes whoever follows an org when something may have happened there. Ends what it gives. */
  readonly follow: (org: string, woken: () => void) => () => void
  readonly clock: Clock
  /** Another one for each process. */
  readonly node: string
  /** How long an outlet stays with a node that says nothing more. */
  readonly leaseMs: number
  /** How often free outlets are looked for, and how long an outlet is not looked at unless woken. */
  readonly claimMs: number
  readonly idleMs: number
  /** How long deliveries that have ended are kept. */
  readonly keepForMs: number
  readonly failed: (error: unknown) => void
}

/** Something that goes on for an outlet, though nothing is delivered there. */
export interface Errand {
  readonly kind: string
  run(org: string, id: string, holds: () => boolean): Running
}

/** Sees to outlets: each is one node's at a time, and another's soon after that node is gone. */
export interface Sender {
  /** Looks for free outlets now, as after one was opened. */
  look(): void
  /** Outlets this node sees to. */
  readonly held: number
  /** Lets go of all outlets, when what is on the wire has ended or takes too long. */
  close(): Promise<void>
}

const MOST = 100
/** How long what is on the wire may take when all is to end: what is not told by then is sent once more. */
const DRAIN_MS = 5_000

interface Held {
  readonly running: Running
  readonly unfollow: () => void
}

export function createSender(ports: SenderPorts): Sender {
  const { store, channels, node, leaseMs, claimMs } = ports
  const errands: readonly Errand[] = [
    ...channels.map(channel => ({
      kind: channel.kind,
      run: (org: string, id: string, holds: () => boolean) => runOutlet({ ...ports, channel, holds }, org, id),
    })),
    ...(ports.others ?? []),
  ]
  const kinds = new Map(errands.map(({ kind, run }) => [kind, run]))
  const held = new Map<string, Held>()
  let heldUntil = 0
  let closed = false
  let again = false
  let round: Promise<void> | null = null

  // INVARIANT: by a clock that only goes forward, and from before the database was asked.
  const holds = (): boolean => performance.now() < heldUntil

  const take = ({ org, id }: HeldOutlet): void => {
    const place = `${org} ${id}`
    const run = kinds.get(id.slice(0, id.indexOf(':')))
    if (closed || run === undefined || held.has(place)) return
    const running = run(org, id, holds)
    const unfollow = ports.follow(org, running.wake)
    held.set(place, { running, unfollow })
    void running.done.finally(() => {
      unfollow()
      if (held.get(place)?.running === running) held.delete(place)
    })
  }

  const renew = async (): Promise<void> => {
    const asked = performance.now()
    const still = await store.renewOutlets(node, leaseMs)
    heldUntil = asked + leaseMs
    const places = new Set(still.map(({ org, id }) => `${org} ${id}`))
    for (const [place, { running }] of held) if (!places.has(place)) void running.stop()
    // What was lost for a while, and by nobody taken, is taken up again.
    for (const one of still) take(one)
  }

  const claim = async (): Promise<void> => {
    for (;;) {
      const found = await store.claimOutlets(node, [...kinds.keys()], leaseMs, MOST)
      for (const one of found) take(one)
      if (found.length < MOST) return
    }
  }

  const look = (): void => {
    if (closed) return
    again = true
    round ??= (async () => {
      while (again && !closed) {
        again = false
        await renew()
        await claim()
      }
    })()
      .catch(ports.failed)
      .finally(() => {
        round = null
      })
  }

  const timer = setInterval(look, Math.min(claimMs, leaseMs / 3))
  timer.unref()
  look()

  return {
    look,
    get held() {
      return held.size
    },
    async close() {
      closed = true
      clearInterval(timer)
      await round
      const ended = Promise.all([...held.values()].map(({ running }) => running.stop()))
      await Promise.race([ended, new Promise(resolve => setTimeout(resolve, DRAIN_MS).unref())])
      await store.releaseOutlets(node).catch(ports.failed)
    },
  }
}
