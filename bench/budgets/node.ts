import { openLedger } from '../../src/adapters/ledger.ts'
import { openPostgresNotifier } from '../../src/adapters/notifier-postgres.ts'
import { openDatabase, type StoreTarget, storeOn } from '../../src/adapters/store.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createService, type Service } from '../../src/pdp/service.ts'
import { loadShipped } from '../../src/server.ts'
import { DEAF } from '../../test/support/nodes.ts'
import { agentNamed } from '../../test/support/registered.ts'

/** A node of the service without HTTP, which logs nothing. */
export interface BenchNode {
  readonly service: Service
  close(): Promise<void>
}

const shipped = loadShipped()

export async function openNode(target: StoreTarget): Promise<BenchNode> {
  const db = await openDatabase(target)
  const notifier = target.kind === 'postgres' ? await openPostgresNotifier(target.url) : DEAF
  const ledger = openLedger({ db, clock: systemClock, notifier: target.kind === 'postgres' ? notifier : null })
  const store = storeOn(db)
  const service = createService({
    ...{ store, ledger, notifier, masterKey: null, clock: systemClock, shipped, staleAfter: null },
    log: { append() {}, lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    bootstrapHash: '0'.repeat(64),
  })
  return {
    service,
    async close() {
      await ledger.close()
      await notifier.close()
      await store.close()
    },
  }
}

/** An agent without a budget, and one with two that it stays far from, in an org of their own. */
export async function withAgents({ service }: BenchNode): Promise<void> {
  await service.createOrg({ slug: 'acme', name: 'Acme', zone: 'UTC' })
  const state = await service.orgs.get('acme')
  const budgetPolicy = { max_tokens_per_day: 1_000_000_000, max_cost_per_month_usd: 1_000_000 }
  const capabilities = ['read:documents']
  await service.write(state, [
    { kind: 'model', id: 'm1', dsl: 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n' },
    { kind: 'policy', version: 1, text: 'Agents can read documents.', author: 'bench', note: '' },
    { kind: 'registered', entry: agentNamed('free', { capabilities }), by: 'bench' },
    { kind: 'registered', entry: agentNamed('held', { capabilities, budgetPolicy }), by: 'bench' },
  ])
}

export const requestOf = (id: string, context = {}) => ({
  org: 'acme',
  subject: { type: 'agent', id },
  actors: [],
  action: 'read',
  resource: { type: 'document', id: '1' },
  context,
  at: systemClock(),
})
