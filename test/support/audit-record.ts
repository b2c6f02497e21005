import type { Database } from '../../src/adapters/sql/database.ts'
import { batchOf } from '../../src/adapters/sql/decision-batch.ts'
import { storeOn } from '../../src/adapters/store.ts'
import type { AuditEvent } from '../../src/facts/audit.ts'
import type { DecisionRow, Store } from '../../src/facts/store.ts'
import { readMasterKey } from '../../src/lib/master-key.ts'
import { keysOf, signCheckpoint } from '../../src/pdp/audit/checkpoints.ts'
import type { Keys } from '../../src/pdp/audit/signed.ts'
import { createService, type Service } from '../../src/pdp/service.ts'
import { auditBatch } from '../adapters/suite/audit.ts'
import { DEAF, shipped } from './nodes.ts'

/** An org with a record of every sort: batched events, changes of state, decisions, checkpoints. */
export interface Record {
  readonly store: Store
  readonly service: Service
  readonly org: string
  keys(): Promise<Keys>
  checkpoint(): Promise<string>
}

export const event = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: `log_${String(n).padStart(8, '0')}`,
  at: 1_700_000_000_000 + n,
  kind: 'token.issued',
  actor: 'agent:bot',
  target: `token:t${n}`,
  subject: 'user:alice',
  chain: ['agent:planner', 'agent:bot'],
  task: `task_${n % 3}`,
  ip: '192.0.2.7',
  data: { n, reason: `because ${n}` },
  ...more,
})

export const decision = (n: number, subject = 'user:alice'): DecisionRow => ({
  id: `dec_${String(n).padStart(6, '0')}`,
  at: 1_700_000_000_000 + n,
  effect: n % 2 === 0 ? 'allow' : 'deny',
  subject,
  action: 'read',
  resource: `document:${n}`,
  record: {
    request: {
      org: 'o',
      subject: { type: 'user', id: subject.slice(5) },
      actors: [],
      action: 'read',
      resource: { type: 'document', id: `${n}` },
      context: { ip: '192.0.2.7' },
      at: n,
    },
    reasons: [],
    facts: [],
  },
})

let made = 0

export async function makeRecord(db: Database): Promise<Record> {
  const store = storeOn(db)
  const service = createService({
    store,
    notifier: DEAF,
    log: { append() {}, lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: readMasterKey('07'.repeat(32)),
    clock: Date.now,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: null,
  })
  made += 1
  const org = `record-${process.pid}-${made}`
  await service.createOrg({ slug: org, name: org, zone: 'UTC' })
  const state = () => service.orgs.get(org)
  const sign = async () =>
    signCheckpoint({ store, keys: service.tokens.keys, orgs: service.orgs, clock: Date.now }, await state())
  await store.appendAudit(org, auditBatch(Array.from({ length: 6 }, (_, n) => event(n))))
  await store.appendDecisions(org, [batchOf([decision(1), decision(2)])])
  await store.write(
    org,
    [
      { kind: 'tuples', writes: [{ object: 'd:1', relation: 'r', user: 'user:alice', condition: null }], deletes: [] },
      { kind: 'attributes', entity: { type: 'user', id: 'alice' }, set: { level: 3 }, unset: [] },
    ],
    { onConflict: 'error' },
  )
  await sign()
  await store.appendAudit(org, auditBatch(Array.from({ length: 5 }, (_, n) => event(100 + n))))
  await store.appendDecisions(org, [batchOf([decision(3), decision(4), decision(5, 'user:bob')])])
  await sign()
  await store.appendAudit(org, auditBatch([event(200), event(201)]))
  return {
    store,
    service,
    org,
    keys: async () => keysOf(await state()),
    async checkpoint() {
      await sign()
      return (await store.checkpoints(org, 0, 100)).at(-1)?.jws ?? ''
    },
  }
}
