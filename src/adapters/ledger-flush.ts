import { StoreError } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { type Held, type Holdings, rowOf } from './ledger-held.ts'
import type { FlushRow, Sender, SqlLedger, Stand } from './sql/ledger.ts'

/** How long a lease lasts from when it was last told of. */
export const TERM_MS = 4_000
/** How often what was spent is told. */
const EVERY_MS = 250
/** Of its wish, what of a lease must be left, or more is asked for at once. */
const LOW = 1 / 4
/** Times what was spent since the last telling that a node would hold: two seconds' worth. */
const AHEAD = 8
/** Leases one statement tells of. */
const MOST = 500

export type Keep = FlushRow['keep']

interface Batch {
  readonly seq: number
  readonly rows: readonly FlushRow[]
  readonly helds: readonly Held[]
}

export interface Flusher {
  /** Tells what was spent from these leases, after what is being told; resolves when the database knows. */
  flush(org: string, helds: readonly Held[], keep: Keep): Promise<void>
  /** Something was spent: it is told in a while, or soon where little is left. */
  spent(org: string, held: Held): void
  /** Gives all back, in so far as the database can be reached. */
  close(): Promise<void>
}

export interface FlushOptions {
  readonly sql: SqlLedger
  readonly holdings: Holdings
  readonly clock: Clock
  /** Milliseconds that only ever grow. */
  readonly steady: Clock
  readonly sender: () => Sender
  /** What the database said of a meter, and when it was asked, by the steady clock. */
  readonly told: (org: string, held: Held, stand: Stand, sent: number) => void
}

/**
 * Tells the database what a node spent from its leases: one statement for many, one at a time for each org. What fails is
 * sent again as it was, under the number it had, so that it counts once.
 */
export function createFlusher({ sql, holdings, clock, steady, sender, told }: FlushOptions): Flusher {
  const failed = new Map<string, Batch>()
  const turns = new Map<string, Promise<void>>()
  const soon = new Set<string>()
  let closed = false

  const batchOf = (helds: readonly Held[], keep: Keep, now: number): Batch => {
    const rows = helds.map(held => {
      const spent = held.untold
      held.untold = []
      held.telling = spent.reduce((sum, [, amount]) => sum + amount, 0)
      held.wish = Math.max(held.wish / 2, Math.min(held.spent * AHEAD, Number.MAX_SAFE_INTEGER / 2), 1)
      held.spent = 0
      const { cap, wish } = held
      return { ...rowOf(held, now), spent, cap, wish: Math.ceil(wish), keep }
    })
    return { seq: sender().seq, rows, helds }
  }

  const send = async (org: string, batch: Batch): Promise<void> => {
    const [now, sent] = [clock(), steady()]
    failed.set(org, batch)
    let stands: readonly Stand[]
    try {
      stands = await sql.flush(org, batch.rows, now, { ...sender(), seq: batch.seq })
    } catch (error) {
      if (error instanceof StoreError && error.code === 'unavailable') throw error
      for (const held of batch.helds) holdings.drop(org, held)
      failed.delete(org)
      throw error
    }
    failed.delete(org)
    for (const [i, held] of batch.helds.entries()) {
      const stand = stands[i] as Stand
      told(org, held, stand, sent)
      held.ahead -= held.telling
      held.telling = 0
      held.used = stand.used
      held.reserved = stand.reserved
      if (stand.rest === null) {
        held.frozen = true
        holdings.drop(org, held)
        continue
      }
      held.left = Math.max(0, stand.rest - held.ahead)
      held.since = now
      if (!stand.called) {
        held.until = now + TERM_MS
        held.ends = sent + TERM_MS
      }
      held.frozen = stand.called
    }
  }

  /** One after the other in an org; what failed before goes first. */
  const inTurn = (org: string, work: () => Promise<void>): Promise<void> => {
    const run = async (): Promise<void> => {
      const before = failed.get(org)
      if (before !== undefined) await send(org, before)
      await work()
    }
    const mine = (turns.get(org) ?? Promise.resolve()).then(run, run)
    turns.set(org, mine)
    mine
      .catch(() => {})
      .finally(() => {
        if (turns.get(org) === mine) turns.delete(org)
      })
    return mine
  }

  const flush = (org: string, helds: readonly Held[], keep: Keep): Promise<void> => {
    if (keep !== 'all') for (const held of helds) held.frozen = true
    return inTurn(org, async () => {
      const live = helds.filter(held => holdings.get(org, held.meter) === held)
      live.sort((a, b) => (a.row.key < b.row.key ? -1 : 1))
      // INVARIANT: nothing is taken from a lease while it is on its way back. What was told in between may have opened it again.
      if (keep !== 'all') for (const held of live) held.frozen = true
      for (let from = 0; from < live.length; from += MOST) {
        await send(org, batchOf(live.slice(from, from + MOST), keep, clock()))
      }
      const called = live.filter(held => held.frozen && holdings.get(org, held.meter) === held)
      if (called.length > 0) await send(org, batchOf(called, 'none', clock()))
    })
  }

  /** What was spent from is told and kept; what was not for half a term is given back. */
  const tick = async (): Promise<void> => {
    for (const org of holdings.orgs()) {
      if (turns.has(org)) continue
      const helds = holdings.of(org)
      for (const held of helds) held.asked = false
      const idle = helds.filter(held => held.ahead === 0 && held.spent === 0)
      const old = idle.filter(held => held.ends - steady() < TERM_MS / 2)
      const busy = helds.filter(held => !idle.includes(held))
      if (busy.length > 0) flush(org, busy, 'all').catch(() => {})
      if (old.length > 0) flush(org, old, 'none').catch(() => {})
      if (failed.has(org) && busy.length + old.length === 0) inTurn(org, async () => {}).catch(() => {})
    }
  }

  const timer = setInterval(tick, EVERY_MS)
  timer.unref()

  return {
    flush,
    spent(org, held) {
      if (closed || held.left > held.wish * LOW || held.asked || soon.has(org)) return
      soon.add(org)
      held.asked = true
      held.wish = Math.min(held.wish * 2, Number.MAX_SAFE_INTEGER / 2)
      setImmediate(() => {
        soon.delete(org)
        flush(
          org,
          holdings.of(org).filter(one => one.left <= one.wish * LOW),
          'all',
        ).catch(() => {})
      })
    },
    async close() {
      closed = true
      clearInterval(timer)
      await Promise.allSettled(holdings.orgs().map(org => flush(org, holdings.of(org), 'none')))
    },
  }
}
