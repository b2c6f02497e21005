import type { Delivery, NewDelivery } from '../../facts/deliveries.ts'
import type { Later } from '../../lib/later.ts'
import type { Schedule } from './schedule.ts'

export type { Attempt, Delivery, DeliveryStore, NewDelivery, Outlet } from '../../facts/deliveries.ts'

/** Something that happened in an org, at its place in what is read from. */
export interface Happening<E> {
  readonly seq: number
  readonly event: E
}

/** Where deliveries come from: what an org keeps anyway, read in its order. */
export interface Source<E> {
  /** What happened after a place, oldest first; `next` is how far was looked, which may be beyond the last of it. */
  page(
    org: string,
    after: number,
    limit: number,
  ): Promise<{ readonly happened: readonly Happening<E>[]; readonly next: number }>
}

/** What is sent for an event. */
export type Parcel = Pick<NewDelivery, 'event' | 'type' | 'body'>

export type Outcome =
  | { readonly kind: 'arrived'; readonly status: number }
  /** `final`: trying again is of no use. `afterMs`: how long the other side wants to be left alone. */
  | {
      readonly kind: 'failed'
      readonly status: number | null
      readonly error: string
      readonly final?: boolean
      readonly afterMs?: number
    }
  /** It was not even tried, for a reason of ours: that counts for nothing. */
  | { readonly kind: 'held_up' }

/** An outlet as it is now. */
export interface Target<E> {
  /** While it is off nothing is sent and nothing lost: it goes on where it stopped. */
  readonly on: boolean
  readonly schedule: Schedule
  /** Null for what is not meant for it. The same each time it is asked. */
  parcel(event: E): Later<Parcel | null>
  /** Never fails, and ends in a time of its own. */
  send(delivery: Delivery): Promise<Outcome>
  /** A delivery was given up, the `failures`th in a row. */
  gaveUp(delivery: Delivery, failures: number): Promise<void>
}

/**
 * A way out: webhooks are one, event streams another, a phone could be a third. Its outlets are those whose id begins with
 * its kind.
 */
export interface Channel<E> {
  readonly kind: string
  readonly source: Source<E>
  /** Null for an outlet that is nobody's any more. */
  target(org: string, outlet: string): Promise<Target<E> | null>
}
