import type { Ledger } from '../facts/ledger.ts'
import type { Database } from './sql/database.ts'
import { sqlLedger } from './sql/ledger.ts'

/** The ledger on a database that is migrated and acts as the service; whoever opened the database closes it. */
export function openLedger(db: Database): Ledger {
  const { spend, record, settle, reservation, fetch, refund } = sqlLedger(db)
  return { known: () => undefined, fetch, spend, record, settle, reservation, refund, close: async () => {} }
}
