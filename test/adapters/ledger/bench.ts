import { openLedger } from '../../../src/adapters/ledger.ts'
import type { Database } from '../../../src/adapters/sql/database.ts'
import { type SqlLedger, sqlLedger } from '../../../src/adapters/sql/ledger.ts'
import { storeOn } from '../../../src/adapters/store.ts'
import type { Ledger, Spending, Usage } from '../../../src/facts/ledger.ts'
import type { Notifier } from '../../../src/facts/store.ts'
import type { Clock } from '../../../src/lib/clock.ts'
import type { Charge, Window } from '../../../src/policy/charge.ts'

/** What a case is given: the ledger, the database under it as the service's role, and a new org of its own. */
export interface LedgerBench {
  readonly db: Database
  readonly ledger: Ledger & Pick<SqlLedger, 'sweep'>
  readonly org: () => Promise<string>
  /** Another node on the database. */
  readonly node: (clock: Clock, notifier: Notifier | null) => Ledger
}

export type LedgerCase = readonly [name: string, run: (bench: LedgerBench) => Promise<void>]

let made = 0

export function ledgerBenchOn(db: Database): LedgerBench {
  const store = storeOn(db)
  return {
    db,
    ledger: { ...openLedger({ db, clock: Date.now, notifier: null }), sweep: sqlLedger(db).sweep },
    node: (clock, notifier) => openLedger({ db, clock, notifier }),
    async org() {
      made += 1
      const slug = `ledger-${process.pid}-${made}`
      await store.createOrg({ slug, name: slug, zone: 'UTC' })
      return slug
    },
  }
}

export const EVER: Window = { kind: 'ever' }
export const fixed = (from: number, until: number): Window => ({ kind: 'fixed', from, until })
export const sliding = (length: number): Window => ({ kind: 'sliding', length })

export const charge = (amount: number, cap: number, window: Window = EVER, counter = 'limit a'): Charge => ({
  counter,
  window,
  amount,
  cap,
  says: `at most ${cap}`,
  of: 'rule:a',
})

/** Spent at once unless `until` says otherwise; its print is what it charges. */
export const spending = (
  id: string,
  at: number,
  charges: readonly Charge[],
  until: number | null = null,
  print = JSON.stringify(charges),
): Spending => ({ id, print, charges, at, until, data: { note: `of ${id}` } })

/** Spent at once under an id that nobody else has. */
export const fresh = (id: string, at: number, charges: readonly Charge[]): Spending => ({
  ...spending(id, at, charges),
  fresh: true,
})

export const stands = (used: number, reserved = 0): Usage => ({ used, reserved })
