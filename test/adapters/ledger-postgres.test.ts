import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedger } from '../../src/adapters/ledger.ts'
import { TERM_MS } from '../../src/adapters/ledger-flush.ts'
import { openDatabase, storeOn } from '../../src/adapters/store.ts'
import { newDatabase } from '../support/database.ts'
import { type Running, skipWithout, startPostgres } from '../support/services.ts'
import { charge, fresh } from './ledger/bench.ts'
import { ledgerSuite } from './ledger-suite.ts'

const server = await startPostgres()
const root = server.kind === 'running' ? server.url : ''
after(() => (server as Partial<Running>).stop?.())

ledgerSuite(
  'postgresql',
  async () => openDatabase({ kind: 'postgres', url: await newDatabase(root) }),
  skipWithout(server),
)

describe('a ledger whose database goes away', { skip: skipWithout(server) }, () => {
  test('spends what it holds, for a term at most, and then nothing', async () => {
    const other = await startPostgres()
    if (other.kind === 'missing') throw new Error(other.how)
    const db = await openDatabase({ kind: 'postgres', url: await newDatabase(other.url) }, { connectTimeoutMs: 500 })
    await storeOn(db).createOrg({ slug: 'acme', name: 'acme', zone: 'UTC' })
    const ledger = openLedger({ db, clock: Date.now, notifier: { callIn() {}, onCallIn() {} } })
    let made = 0
    const spend = async () => {
      made += 1
      return ledger.spend('acme', fresh(`${made}`, Date.now(), [charge(1, 1_000)]))
    }
    assert.equal((await spend()).kind, 'spent')
    await other.stop()
    let spent = 0
    for (const end = Date.now() + TERM_MS; Date.now() < end; await sleep(50)) {
      const told = await spend().catch((error: unknown) => error)
      if (told instanceof Error) assert.equal((told as Error & { code: string }).code, 'unavailable')
      else spent += 1
    }
    assert.ok(spent <= 16, `${spent} spent`)
    await assert.rejects(spend(), { code: 'unavailable' })
    await assert.rejects(ledger.fetch('acme', [charge(1, 1_000)], Date.now()), { code: 'unavailable' })
    await ledger.close()
    await db.close()
  })
})
