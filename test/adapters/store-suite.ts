import { after, before, describe, test } from 'node:test'
import type { Database } from '../../src/adapters/sql/database.ts'
import { auditCases, auditKeepingCases, stateAuditCases } from './suite/audit.ts'
import { auditLaws } from './suite/audit-laws.ts'
import { type Bench, benchOn } from './suite/bench.ts'
import { conflictCases } from './suite/conflicts.ts'
import { decisionCases } from './suite/decisions.ts'
import { deliveryCases } from './suite/deliveries.ts'
import { engineCases } from './suite/engines.ts'
import { isolationCases } from './suite/isolation.ts'
import { lawCases } from './suite/laws.ts'
import { orgCases } from './suite/orgs.ts'
import { policyCases } from './suite/policies.ts'
import { registeredCases } from './suite/registered.ts'
import { textCases } from './suite/texts.ts'
import { translationCases } from './suite/translations.ts'
import { writeCases } from './suite/writes.ts'

/** Every database must pass this, unchanged. */
export function storeSuite(name: string, open: () => Promise<Database>, skip: string | false = false): void {
  describe(`store on ${name}`, { skip }, () => {
    let bench: Bench
    before(async () => {
      const db = await open()
      bench = benchOn(db)
    })
    after(() => bench.store.close())

    const groups = [
      orgCases,
      writeCases,
      conflictCases,
      policyCases,
      decisionCases,
      translationCases,
      isolationCases,
      registeredCases,
      textCases,
      engineCases,
      deliveryCases,
      auditCases,
      stateAuditCases,
      auditKeepingCases,
      auditLaws,
      lawCases,
    ]
    for (const [title, run] of groups.flat()) test(title, () => run(bench))
  })
}
