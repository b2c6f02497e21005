import type { Delivery, DeliveryStore } from '../../../src/facts/deliveries.ts'
import type { Channel, Outcome } from '../../../src/pdp/delivery/port.ts'
import { BY_DEFAULT, type Schedule } from '../../../src/pdp/delivery/schedule.ts'
import { createSender, type Sender } from '../../../src/pdp/delivery/sender.ts'

export const SOON: Schedule = { ...BY_DEFAULT, waits: [20, 40], jitter: 0, restAfter: 1_000 }
export const OK: Outcome = { kind: 'arrived', status: 200 }
export const NO: Outcome = { kind: 'failed', status: 500, error: 'no' }

/** A source that is a list, whose numbers from 1 are events, and a channel that notes what is sent. */
export interface Scripted {
  readonly events: string[]
  readonly sent: { readonly node: string; readonly outlet: string; readonly event: string }[]
  readonly lost: string[]
  readonly target: { on: boolean; schedule: Schedule; there: boolean }
  /** How a delivery to an outlet ends. */
  answer: (delivery: Delivery, outlet: string) => Outcome | Promise<Outcome>
  wakeAll(): void
  /** Events of an outlet, each time it was sent. */
  to(outlet: string): readonly string[]
  start(node: string, store: DeliveryStore, more?: { readonly leaseMs?: number; readonly idleMs?: number }): Sender
}

export function scripted(): Scripted {
  const woken = new Set<() => void>()
  const it: Scripted = {
    events: [],
    sent: [],
    lost: [],
    target: { on: true, schedule: SOON, there: true },
    answer: () => OK,
    wakeAll() {
      for (const wake of [...woken]) wake()
    },
    to: outlet => it.sent.filter(one => one.outlet === outlet).map(one => one.event),
    start(node, store, { leaseMs = 2_000, idleMs = 60_000 } = {}) {
      const channel: Channel<string> = {
        kind: 'test',
        source: {
          async page(_, after, limit) {
            const next = Math.min(it.events.length, after + limit)
            return { happened: it.events.slice(after, next).map((event, i) => ({ seq: after + 1 + i, event })), next }
          },
        },
        async target(_, outlet) {
          if (!it.target.there) return null
          const { on, schedule } = it.target
          return {
            on,
            schedule,
            parcel: event => (event.startsWith('-') ? null : { event, type: 'test', body: event }),
            async send(delivery) {
              it.sent.push({ node, outlet, event: delivery.event })
              return it.answer(delivery, outlet)
            },
            async gaveUp({ event }, failures) {
              it.lost.push(`${event} ${failures}`)
            },
          }
        },
      }
      return createSender({
        store,
        channels: [channel],
        follow: (_, wake) => {
          woken.add(wake)
          return () => void woken.delete(wake)
        },
        clock: Date.now,
        node,
        leaseMs,
        claimMs: 100,
        idleMs,
        keepForMs: 60_000,
        failed: () => undefined,
      })
    },
  }
  return it
}
