import type { Ledger } from '../../src/facts/ledger.ts'
import { wholeRow } from '../../src/facts/logged.ts'
import type { DecisionRow, Store } from '../../src/facts/store.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import { createService, type Service } from '../../src/pdp/service.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Request } from '../../src/policy/request.ts'
import { createMemoryLedger } from './ledger-memory.ts'
import { DEAF, shipped } from './nodes.ts'
import { openTestStore } from './store.ts'

export const ORG = 'acme'

/** Monday 4 May 2026, 07:30 in UTC. */
export const START = Date.UTC(2026, 4, 4, 7, 30)

export interface Limited {
  readonly service: Service
  readonly store: Store
  readonly ledger: Ledger
  /** What was logged, oldest first. */
  readonly rows: DecisionRow[]
  readonly clock: { now: number }
  state(): Promise<OrgState>
  close(): Promise<void>
}

/** A node without HTTP whose clock the test sets, with one org of a model and a policy. */
export async function limitedNode(model: string, policy: string, ledger = createMemoryLedger()): Promise<Limited> {
  const store = await openTestStore()
  const clock = { now: START }
  const rows: DecisionRow[] = []
  const service = createService({
    store,
    notifier: DEAF,
    log: { append: (_, row) => void rows.push(wholeRow(row)), lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: () => clock.now,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: null,
    ledger,
  })
  await service.createOrg({ slug: ORG, name: ORG, zone: 'UTC' })
  const state = async (): Promise<OrgState> => service.orgs.get(ORG)
  await service.write(await state(), [{ kind: 'model', id: 'm1', dsl: model }])
  await service.write(await state(), [{ kind: 'policy', version: 1, text: policy, author: 'test', note: '' }])
  return {
    service,
    store,
    ledger,
    rows,
    clock,
    state,
    async close() {
      await ledger.close()
      await store.close()
    },
  }
}

/** `user:alice read document:1`, by the clock of a node. */
export function requestOf({ clock }: Limited, sentence: string, context: JsonObject = {}): Request {
  const [who = '', action = '', what = ''] = sentence.split(' ')
  const [subject, resource] = [who, what].map(text => ({
    type: text.slice(0, text.indexOf(':')),
    id: text.slice(text.indexOf(':') + 1),
  }))
  if (subject === undefined || resource === undefined) throw new Error(`not a request: ${sentence}`)
  return { org: ORG, subject, actors: [], action, resource, context, at: clock.now }
}
