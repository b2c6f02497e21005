import { openDatabase } from '../../src/adapters/store.ts'
import { ledgerSuite } from './ledger-suite.ts'

ledgerSuite('pglite in memory', () => openDatabase({ kind: 'memory' }))
