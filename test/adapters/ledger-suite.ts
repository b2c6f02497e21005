import { after, before, describe, test } from 'node:test'
import type { Database } from '../../src/adapters/sql/database.ts'
import { type LedgerBench, ledgerBenchOn } from './ledger/bench.ts'
import { storyCases } from './ledger/cases.ts'
import { keepingCases } from './ledger/keeping.ts'
import { ledgerLaws } from './ledger/laws.ts'
import { leaseCases } from './ledger/leases.ts'
import { raceCases } from './ledger/races.ts'

/** Every database must pass this, unchanged. */
export function ledgerSuite(name: string, open: () => Promise<Database>, skip: string | false = false): void {
  describe(`ledger on ${name}`, { skip }, () => {
    let bench: LedgerBench
    before(async () => {
      bench = ledgerBenchOn(await open())
    })
    after(() => bench.db.close())
    const groups = [storyCases, keepingCases, raceCases, leaseCases, ledgerLaws]
    for (const [title, run] of groups.flat()) test(title, () => run(bench))
  })
}
