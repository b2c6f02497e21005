import { after } from 'node:test'
import { openDatabase } from '../../src/adapters/store.ts'
import { newDatabase } from '../support/database.ts'
import { type Running, skipWithout, startPostgres } from '../support/services.ts'
import { ledgerSuite } from './ledger-suite.ts'

const server = await startPostgres()
const root = server.kind === 'running' ? server.url : ''
after(() => (server as Partial<Running>).stop?.())

ledgerSuite(
  'postgresql',
  async () => openDatabase({ kind: 'postgres', url: await newDatabase(root) }),
  skipWithout(server),
)
