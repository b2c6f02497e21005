import { openLedger } from '../../src/adapters/ledger.ts'
import { openDatabase, storeOn } from '../../src/adapters/store.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createService } from '../../src/pdp/service.ts'
import { loadShipped } from '../../src/server.ts'
import { DEAF } from '../../test/support/nodes.ts'
import { agentNamed } from '../../test/support/registered.ts'

/** What a budget costs a decision on one node with an embedded database: without one, far from its cap, and acted on. */

const WARM = 2_000
const TIMES = 20_000
const ACTS = 400

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(sorted.length * q)] ?? 0

async function measure(name: string, times: number, once: () => unknown): Promise<void> {
  for (let i = 0; i < Math.min(WARM, times); i++) await once()
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    const made = once()
    if (made instanceof Promise) await made
    took.push((performance.now() - from) * 1000)
  }
  took.sort((a, b) => a - b)
  const shown = [0.5, 0.99].map(q => quantile(took, q).toFixed(1))
  process.stdout.write(`${name.padEnd(34)} p50 ${shown[0]} µs  p99 ${shown[1]} µs\n`)
}

const db = await openDatabase({ kind: 'memory' })
const store = storeOn(db)
const ledger = openLedger({ db, clock: systemClock, notifier: null })
const service = createService({
  store,
  ledger,
  notifier: DEAF,
  log: { append() {}, full: () => false },
  audit: { append: () => undefined, full: () => false },
  publicUrl: 'http://127.0.0.1',
  masterKey: null,
  clock: systemClock,
  shipped: loadShipped(),
  bootstrapHash: '0'.repeat(64),
  staleAfter: null,
})
await service.createOrg({ slug: 'acme', name: 'Acme', zone: 'UTC' })
const state = await service.orgs.get('acme')
await service.write(state, [
  { kind: 'model', id: 'm1', dsl: 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n' },
  { kind: 'policy', version: 1, text: 'Agents can read documents.', author: 'bench', note: '' },
])
const far = { max_tokens_per_day: 1_000_000_000, max_cost_per_month_usd: 1_000_000 }
for (const [slug, budgetPolicy] of [
  ['free', {}],
  ['far', far],
] as const) {
  const entry = agentNamed(slug, { capabilities: ['read:documents'], budgetPolicy })
  await service.write(state, [{ kind: 'registered', entry, by: 'bench' }])
}
const requestOf = (id: string, context = {}) => ({
  org: 'acme',
  subject: { type: 'agent', id },
  actors: [],
  action: 'read',
  resource: { type: 'document', id: '1' },
  context,
  at: systemClock(),
})
await measure('ask, no budget', TIMES, () => service.decide(state, requestOf('free')))
await measure('ask, two budgets far from the cap', TIMES, () => service.decide(state, requestOf('far')))
const acting = { id: null, until: null }
await measure('act, no budget', TIMES, () => service.act(state, requestOf('free'), acting))
await measure('act, ten tokens of a budget', ACTS, () => service.act(state, requestOf('far', { tokens: 10 }), acting))
await ledger.close()
await store.close()
