import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ledger, Spending, Spent } from '../facts/ledger.ts'
import type { Notifier } from '../facts/notifier.ts'
import type { Clock } from '../lib/clock.ts'
import type { Charge, Meter } from '../policy/charge.ts'
import { createFlusher, TERM_MS } from './ledger-flush.ts'
import { covers, createHoldings, type Held, takeFrom, textOf, usageOf } from './ledger-held.ts'
import { createLooks } from './ledger-looks.ts'
import type { Database } from './sql/database.ts'
import { unavailable } from './sql/failure.ts'
import { type Sender, type Stand, sqlLedger } from './sql/ledger.ts'
import { meterRow } from './sql/ledger-meters.ts'

export interface LedgerOptions {
  /** Migrated, acting as the service; whoever opened it closes it, after the ledger. */
  readonly db: Database
  /** That which the instants of calls come from. */
  readonly clock: Clock
  /** How nodes call in each other's leases; null where there is one node, whose database nobody else has. */
  readonly notifier: Pick<Notifier, 'callIn' | 'onCallIn'> | null
}

/** Charges like the one at hand that a node would hold at first. */
const WISH = 16
/** Spendings of an org, on this node, from one sweep to the next. */
const BETWEEN_SWEEPS = 100
/** Longer than any lease that was called in can last. */
const PATIENCE_MS = 4 * TERM_MS

/**
 * The ledger over the one in the database. Near a cap every spend is a statement; far from it the node holds a lease, and
 * what is spent from it needs none.
 */
export function openLedger({ db, clock, notifier }: LedgerOptions): Ledger {
  const sql = sqlLedger(db)
  const node = randomUUID()
  const steady: Clock = () => performance.now()
  let statements = 0
  const sender = (): Sender => {
    statements += 1
    return { node, seq: statements, term: TERM_MS }
  }
  const holdings = createHoldings()
  const looks = createLooks(notifier === null)
  const asking = new Set<string>()
  const running = new Set<Promise<unknown>>()
  let closed = false
  const flusher = createFlusher({
    sql,
    holdings,
    clock,
    steady,
    sender,
    told: (org, held, stand, sent) => looks.put(org, held.meter, stand, sent),
  })
  notifier?.onCallIn((org, key) => {
    const held = holdings.byKey(org, key)
    if (held !== undefined) flusher.flush(org, [held], 'uncalled').catch(() => {})
  })

  const counts = new Map<string, number>()
  const sweepAtTimes = (org: string, now: number): void => {
    const n = counts.get(org) ?? 0
    counts.set(org, (n + 1) % BETWEEN_SWEEPS)
    if (n === 0) sql.sweep(org, now).catch(() => {})
  }

  /** All charges from leases, or none. */
  const takeHere = (org: string, charges: readonly Charge[], at: number): boolean => {
    const now = steady()
    const taken: Held[] = []
    for (const charge of charges) {
      const held = holdings.get(org, charge)
      if (held === undefined || !covers(held, charge, at, now)) {
        for (const [i, one] of taken.entries()) one.left += charges[i]?.amount ?? 0
        return false
      }
      held.left -= charge.amount
      taken.push(held)
    }
    for (const [i, held] of taken.entries()) {
      const amount = charges[i]?.amount ?? 0
      held.left += amount
      takeFrom(held, amount, at)
      flusher.spent(org, held)
    }
    return true
  }

  /** Meters the node would hold something of, by key; one statement at a time asks for a meter. */
  const wishesOf = (org: string, { fresh, until, charges, at }: Spending): Map<string, Charge> => {
    const wishes = new Map<string, Charge>()
    if (fresh !== true || until !== null || closed) return wishes
    for (const charge of charges) {
      const text = `${org}\n${textOf(charge)}`
      if (charge.amount === 0 || holdings.get(org, charge) !== undefined || asking.has(text)) continue
      const { key } = meterRow(charge, at)
      const cap = Math.min(charge.cap, wishes.get(key)?.cap ?? charge.cap)
      wishes.set(key, { ...charge, cap })
    }
    return wishes
  }

  const learn = (org: string, charges: readonly Charge[], stands: readonly Stand[], at: number, sent: number): void => {
    const meters = new Map(charges.map(charge => [meterRow(charge, at).key, charge]))
    for (const stand of stands) {
      const meter = meters.get(stand.key)
      if (meter !== undefined) looks.put(org, meter, stand, sent)
    }
  }

  const hold = (org: string, charge: Charge, stand: Stand, seq: number, now: number, sent: number): void => {
    if (stand.rest === null || stand.seq !== seq || holdings.get(org, charge) !== undefined) return
    const { counter, window, cap } = charge
    const { used, reserved, rest } = stand
    holdings.put(org, {
      text: textOf(charge),
      meter: { counter, window },
      row: meterRow(charge, now),
      cap,
      left: rest,
      since: now,
      until: now + TERM_MS,
      ends: sent + TERM_MS,
      untold: [],
      ahead: 0,
      telling: 0,
      used,
      reserved,
      wish: rest,
      spent: charge.amount,
      asked: false,
      frozen: stand.called,
    })
  }

  const attempt = async (org: string, spending: Spending) => {
    const { at, charges } = spending
    const wishes = wishesOf(org, spending)
    const texts = [...wishes.values()].map(charge => `${org}\n${textOf(charge)}`)
    for (const text of texts) asking.add(text)
    const [from, sent] = [sender(), steady()]
    try {
      const amounts = new Map([...wishes].map(([key, { amount }]) => [key, wishOf(amount)]))
      const told = await sql.spend(org, spending, from, amounts)
      if (told.kind === 'spent') {
        learn(org, charges, told.stands, at, sent)
        for (const stand of told.stands) {
          const charge = wishes.get(stand.key)
          if (charge !== undefined) hold(org, charge, stand, from.seq, at, sent)
        }
        sweepAtTimes(org, at)
      } else for (const charge of charges) looks.drop(org, charge)
      return told
    } finally {
      for (const text of texts) asking.delete(text)
    }
  }

  /** Leases that stand in the way are called in; the answer is the database's, once they are back or over. */
  const spendThere = async (org: string, spending: Spending): Promise<Spent> => {
    const patience = steady() + PATIENCE_MS
    let gaveBack = false
    for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
      const attempting = attempt(org, spending)
      running.add(attempting)
      const told = await attempting.finally(() => running.delete(attempting))
      if (told.kind === 'spent') return { kind: 'spent', reservation: told.reservation, again: told.again }
      if (told.kind === 'over' && !gaveBack) {
        // Where statements wait for longer than a term, what this node holds counts as spent until it is given back.
        const own = spending.charges.flatMap(charge => holdings.get(org, charge) ?? [])
        if (own.length === 0) return told
        gaveBack = true
        await flusher.flush(org, own, 'none')
        continue
      }
      if (told.kind !== 'leased') return told
      if (steady() > patience) throw unavailable('leases')
      const mine = told.called.filter(one => one.node === node)
      for (const key of new Set(told.called.filter(one => one.node !== node).map(one => one.key))) {
        notifier?.callIn(org, key)
      }
      const helds = mine.flatMap(({ key }) => holdings.byKey(org, key) ?? [])
      if (helds.length > 0) await flusher.flush(org, helds, 'none')
      if (helds.length < told.called.length) await sleep(wait)
    }
  }

  /** What was spent here of these meters is told first, so that the database speaks of all of it. */
  const tell = async (org: string, meters: readonly Meter[]): Promise<void> => {
    const ahead = meters.flatMap(meter => holdings.get(org, meter) ?? []).filter(held => held.ahead > 0)
    if (ahead.length > 0) await flusher.flush(org, ahead, 'all')
  }

  return {
    known(org, asked, now) {
      const held = holdings.get(org, asked)
      if (held !== undefined && covers(held, asked, now, steady())) return usageOf(held)
      return held === undefined || held.ahead === 0 ? looks.get(org, asked, now, steady()) : undefined
    },
    async fetch(org, meters, now) {
      await tell(org, meters)
      const sent = steady()
      const stands = await sql.look(org, meters, now, node)
      for (const [i, stand] of stands.entries()) looks.put(org, meters[i] as Meter, stand, sent)
      return stands.map(({ used, reserved }) => ({ used, reserved }))
    },
    spend(org, spending) {
      const { fresh, until, charges, at } = spending
      if (fresh !== true || until !== null || !takeHere(org, charges, at)) return spendThere(org, spending)
      const { id, data } = spending
      return { kind: 'spent', again: false, reservation: { id, state: 'committed', charges, at, until, data } }
    },
    async record(org, spending) {
      const sent = steady()
      const told = await sql.record(org, spending, sender())
      if (told.kind === 'leased') throw unavailable('leases')
      if (told.kind !== 'spent') return told
      learn(org, spending.charges, told.stands, spending.at, sent)
      sweepAtTimes(org, spending.at)
      return { kind: 'spent', reservation: told.reservation, again: told.again }
    },
    async settle(org, id, how, now) {
      const settled = await sql.settle(org, id, how, now)
      if (settled.kind === 'settled') for (const charge of settled.reservation.charges) looks.drop(org, charge)
      return settled
    },
    reservation: sql.reservation,
    async refund(org, meters, now) {
      await tell(org, meters)
      await sql.refund(org, meters, now)
      for (const meter of meters) looks.drop(org, meter)
    },
    /** What is asked for by then is waited for, so that no lease comes to a node that is gone. */
    async close() {
      closed = true
      await Promise.allSettled(running)
      await flusher.close()
    },
  }
}

const wishOf = (amount: number): number => Math.min(amount * WISH, Math.floor(Number.MAX_SAFE_INTEGER / 2))
