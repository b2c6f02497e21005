import { openDatabase } from '../../src/adapters/store.ts'
import { storeSuite } from './store-suite.ts'

storeSuite('pglite in memory', () => openDatabase({ kind: 'memory' }))
