import type { Later } from '../lib/later.ts'
import type { Charge, Meter } from '../policy/charge.ts'
import type { JsonObject } from '../policy/json.ts'

/** What a meter stands at. `reserved` is held by reservations that are neither settled nor over. */
export interface Usage {
  readonly used: number
  readonly reserved: number
}

/** A meter, and what one would know of it for. */
export type Asked = Meter & Partial<Pick<Charge, 'amount' | 'cap'>>

/** A charge that no longer fits, and what its meter stands at. */
export interface Over extends Usage {
  readonly charge: Charge
}

export interface Spending {
  /** Within the org; the same spending sent again under it, within a day after it is over, counts once. */
  readonly id: string
  /**
   * The id was just made and nobody will send it again or ask for it: it may be counted without being remembered. What is
   * spent at once, from what this node holds of every meter, then needs no round trip.
   */
  readonly fresh?: boolean
  /** What the id stands for: another one under the same id is `conflict`. */
  readonly print: string
  readonly charges: readonly Charge[]
  /** Milliseconds since the epoch. */
  readonly at: number
  /** When a reservation ends that nobody settled; null: it is spent at once. */
  readonly until: number | null
  readonly data: JsonObject
}

export interface Reservation {
  readonly id: string
  /** `over` once somebody came to settle it too late; what is past its `until` is over in any case. */
  readonly state: 'reserved' | 'committed' | 'released' | 'over'
  /** As reserved; what is committed, as spent. */
  readonly charges: readonly Charge[]
  readonly at: number
  readonly until: number | null
  readonly data: JsonObject
}

export type Spent =
  | { readonly kind: 'spent'; readonly reservation: Reservation; readonly again: boolean }
  | { readonly kind: 'over'; readonly over: readonly Over[] }
  | { readonly kind: 'conflict' }

export type Settled =
  | { readonly kind: 'settled'; readonly reservation: Reservation }
  /** More than was reserved and nobody said that it may be, or of what was not reserved at all. Nothing changed. */
  | { readonly kind: 'beyond' }
  | { readonly kind: 'over_time' | 'unknown' | 'settled_otherwise' }

/** How a reservation ends. `amounts` by counter, what was spent of each; left out: all that was reserved. */
export type Settling =
  | { readonly kind: 'commit'; readonly amounts?: Readonly<Record<string, number>>; readonly overrun: boolean }
  | { readonly kind: 'release' }

/**
 * What an org's meters stand at. Charges of one spending on one meter add up. A sliding window holds what is reserved
 * until it is settled, and counts what is spent from the instant of its settling. All charges of a spending are taken or none; on any number of nodes no meter goes beyond
 * its cap but by what is recorded, and nothing that fits is refused. What cannot be known fails: nothing is spent then.
 */
export interface Ledger {
  /**
   * What a meter stands at, as far as this node may rely on it now for a charge of that amount under that cap; undefined: it
   * must be fetched.
   */
  known(org: string, meter: Asked, now: number): Usage | undefined
  /** Makes meters known, as of an instant after the call. */
  fetch(org: string, meters: readonly Meter[], now: number): Promise<readonly Usage[]>
  /** At once where this node holds enough of every meter. */
  spend(org: string, spending: Spending): Later<Spent>
  settle(org: string, id: string, how: Settling, now: number): Promise<Settled>
  reservation(org: string, id: string): Promise<Reservation | null>
  /** Counts what was spent already, whatever the caps. */
  record(org: string, spending: Spending): Promise<Spent>
  /** Takes back what meters stand at, whole or by an amount; what is reserved stays. */
  refund(org: string, meters: readonly (Meter & { readonly amount: number | null })[], now: number): Promise<void>
  close(): Promise<void>
}
