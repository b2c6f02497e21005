/** A place of an org that something is delivered to: how far it is, and who sees to it. What it is, others keep. */
export interface Outlet {
  /** `webhook:…`: its kind, and which. */
  readonly id: string
  /** All that its source had up to here is on its way, or was. */
  readonly cursor: number
  /** Deliveries given up since one last succeeded. */
  readonly failures: number
  /** When something was last sent there. */
  readonly lastAt: number | null
}

/** One try to deliver. `status` is that of the answer, `error` why there was none, or none that counts. */
export interface Attempt {
  readonly at: number
  readonly ms: number
  readonly status: number | null
  readonly error: string | null
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead'

/** Something that is sent to an outlet until it arrives, or is given up. */
export interface Delivery {
  readonly id: string
  /** Its place in the source. */
  readonly seq: number
  /** What it is called where it arrives, the same each time. */
  readonly event: string
  readonly type: string
  readonly body: string
  readonly state: DeliveryState
  /** Since it was last begun with. */
  readonly attempts: number
  /** When it may be sent, or sent again. */
  readonly nextAt: number
  readonly createdAt: number
  readonly endedAt: number | null
  /** The last ones, oldest first. */
  readonly tried: readonly Attempt[]
}

export type NewDelivery = Pick<Delivery, 'id' | 'seq' | 'event' | 'type' | 'body'>

/** What became of the attempt numbered `attempts`. */
export type Attempted = Pick<Delivery, 'id' | 'state' | 'attempts' | 'nextAt'> & { readonly attempt: Attempt }

export interface DeliveryQuery {
  readonly state: DeliveryState | null
  readonly limit: number
  readonly offset: number
}

export interface HeldOutlet {
  readonly org: string
  readonly id: string
}

/**
 * What is on its way out of an org. An outlet is seen to by one node at a time, which holds it until an instant; whoever
 * dies lets go by that. INVARIANT: the cursor moves in the transaction that keeps the deliveries it passes.
 */
export interface DeliveryStore {
  /** One that is there stays as it is. */
  openOutlet(org: string, id: string, cursor: number): Promise<void>
  /** With all that was delivered there. */
  closeOutlet(org: string, id: string): Promise<void>
  outlets(org: string): Promise<readonly Outlet[]>
  /** Takes up to `most` outlets of these kinds that nobody holds, in all orgs, for `lease` milliseconds. */
  claimOutlets(node: string, kinds: readonly string[], lease: number, most: number): Promise<readonly HeldOutlet[]>
  /** What this node still holds, for `lease` more milliseconds. */
  renewOutlets(node: string, lease: number): Promise<readonly HeldOutlet[]>
  releaseOutlets(node: string): Promise<void>
  /** An outlet and what waits there, in order; null where another node holds it, or it is closed. */
  look(
    org: string,
    id: string,
    node: string,
    limit: number,
  ): Promise<{ readonly outlet: Outlet; readonly waiting: readonly Delivery[] } | null>
  /** What waits at an outlet, in order, whoever holds it: for those who fetch it themselves. */
  waiting(org: string, id: string, limit: number): Promise<readonly Delivery[]>
  /** Keeps what is to be delivered and moves on; false where another node holds it or has moved on. */
  enqueue(
    org: string,
    id: string,
    node: string,
    from: number,
    to: number,
    deliveries: readonly NewDelivery[],
    now: number,
  ): Promise<boolean>
  /** Moves on past what was not sent; what waits is given up. */
  skip(org: string, id: string, to: number, now: number): Promise<void>
  /** Keeps what came of attempts; the failures of the outlet since. An attempt that was told before counts once. */
  attempted(org: string, id: string, attempts: readonly Attempted[]): Promise<number>
  deliveries(
    org: string,
    id: string,
    query: DeliveryQuery,
  ): Promise<{ readonly total: number; readonly page: readonly Delivery[] }>
  delivery(org: string, id: string, delivery: string): Promise<Delivery | null>
  /** Begins anew with those that have ended: one, or those made from an instant on, oldest first. How many. */
  replay(org: string, id: string, which: Replayed, now: number): Promise<number>
  /** Forgets some that ended before an instant; false when none is left. */
  sweepDeliveries(org: string, id: string, before: number): Promise<boolean>
}

export type Replayed =
  | { readonly kind: 'one'; readonly delivery: string }
  | {
      readonly kind: 'since'
      readonly from: number
      readonly state: 'delivered' | 'dead' | null
      readonly most: number
    }
