import { openLedger } from '../../src/adapters/ledger.ts'
import { openPostgresNotifier } from '../../src/adapters/notifier-postgres.ts'
import { openDatabase, storeOn } from '../../src/adapters/store.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createService } from '../../src/pdp/service.ts'
import { loadShipped } from '../../src/server.ts'
import { newDatabase } from '../../test/support/database.ts'
import { agentNamed } from '../../test/support/registered.ts'
import { startPostgres } from '../../test/support/services.ts'

/** What a budget costs an act where three nodes share one PostgreSQL. */

const ACTS = 1_500
const WARM = 200
const shipped = loadShipped()

async function nodeOn(url: string) {
  const db = await openDatabase({ kind: 'postgres', url })
  const notifier = await openPostgresNotifier(url)
  const ledger = openLedger({ db, clock: systemClock, notifier })
  const store = storeOn(db)
  const service = createService({
    store,
    ledger,
    notifier,
    log: { append() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: systemClock,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: null,
  })
  const close = async (): Promise<void> => {
    await ledger.close()
    await notifier.close()
    await store.close()
  }
  return { service, close }
}

const postgres = await startPostgres()
if (postgres.kind !== 'running') throw new Error('there is no PostgreSQL to measure with')
const url = await newDatabase(postgres.url)
const nodes = [await nodeOn(url), await nodeOn(url), await nodeOn(url)]
const [first] = nodes
if (first === undefined) throw new Error('there is no node')
await first.service.createOrg({ slug: 'acme', name: 'Acme', zone: 'UTC' })
const state = await first.service.orgs.get('acme')
const budgetPolicy = { max_tokens_per_day: 1_000_000_000, max_cost_per_month_usd: 1_000_000 }
await first.service.write(state, [
  { kind: 'model', id: 'm1', dsl: 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n' },
  { kind: 'policy', version: 1, text: 'Agents can read documents.', author: 'bench', note: '' },
  { kind: 'registered', entry: agentNamed('free', { capabilities: ['read:documents'] }), by: 'bench' },
  { kind: 'registered', entry: agentNamed('far', { capabilities: ['read:documents'], budgetPolicy }), by: 'bench' },
])

async function acts(id: string, context: { readonly tokens?: number }): Promise<void> {
  const took: number[] = []
  const from = performance.now()
  await Promise.all(
    nodes.map(async ({ service }) => {
      const own = await service.orgs.get('acme')
      for (let i = 0; i < ACTS; i++) {
        const request = {
          org: 'acme',
          subject: { type: 'agent', id },
          actors: [],
          action: 'read',
          resource: { type: 'document', id: '1' },
          context,
          at: systemClock(),
        }
        const began = performance.now()
        await service.act(own, request, { id: null, until: null })
        if (i >= WARM) took.push((performance.now() - began) * 1000)
      }
    }),
  )
  took.sort((a, b) => a - b)
  const at = (q: number): string => (took[Math.floor(took.length * q)] ?? 0).toFixed(1)
  const rate = Math.round((nodes.length * ACTS * 1000) / (performance.now() - from))
  process.stdout.write(`three nodes, ${id.padEnd(5)} p50 ${at(0.5)} µs  p99 ${at(0.99)} µs  ${rate} acts/s\n`)
}

await acts('free', {})
await acts('far', { tokens: 10 })
for (const node of nodes) await node.close()
await postgres.stop()
