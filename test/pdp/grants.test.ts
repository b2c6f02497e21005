import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Approval } from '../../src/agents/approval.ts'
import type { Grant } from '../../src/agents/grant.ts'
import type { Task } from '../../src/agents/task.ts'
import { linksOf } from '../../src/engine/decide.ts'
import type { Registered } from '../../src/facts/registry.ts'
import type { Change } from '../../src/facts/store.ts'
import { check } from '../../src/pdp/check.ts'
import { applyChange, stateOf } from '../../src/pdp/org.ts'
import type { Request } from '../../src/policy/request.ts'
import { shipped } from '../support/nodes.ts'
import { agentNamed } from '../support/registered.ts'

const AT = Date.UTC(2026, 4, 4)
const bot = { type: 'agent', id: 'bot' }

const task: Task = {
  kind: 'task',
  id: 'task_1',
  session: 'caep_1',
  agent: 'bot',
  name: null,
  type: null,
  parent: null,
  subject: bot,
  actors: [],
  consents: [],
  justification: null,
  budget: null,
  state: 'active',
  notes: null,
  createdAt: AT,
  expiresAt: AT + 60_000,
  endedAt: null,
  version: 1,
}

const approval = { kind: 'approval', id: 'jit_1', task: 'task_1', state: 'approved', version: 1 } as unknown as Approval

const grant: Grant = {
  kind: 'grant',
  id: 'grt_1',
  approval: 'jit_1',
  task: 'task_1',
  subject: bot,
  actors: [],
  action: 'send',
  resource: { type: 'mail', id: '1', many: false },
  given: {},
  rules: [],
  uses: 1,
  grantedAt: AT,
  until: AT + 90_000,
  revokedAt: null,
  says: 'user:carol approved it',
  version: 1,
}

const put = (entry: Registered): Change => ({ kind: 'registered', entry, by: 'user:carol' })

const asks = (id: string): Request => ({
  org: 'acme',
  subject: bot,
  actors: [],
  action: 'send',
  resource: { type: 'mail', id },
  context: {},
  at: AT,
  task: 'task_1',
})

/** Each change, whether the answer about mail 1 is dropped by it, that about mail 2, and how many grants there are then. */
const steps: readonly (readonly [string, Change, boolean, boolean, number])[] = [
  [
    'a grant of another chain',
    put({ ...grant, id: 'grt_0', subject: { type: 'agent', id: 'other' } }),
    false,
    false,
    0,
  ],
  ['the grant', put(grant), true, false, 1],
  ['the request is taken back', put({ ...approval, state: 'cancelled', version: 2 }), true, false, 0],
  ['as if it had not been', put({ ...approval, version: 3 }), true, false, 1],
  ['one for all', put({ ...grant, id: 'grt_2', resource: { type: 'mail', id: '', many: true } }), true, true, 2],
  ['another task', put({ ...task, id: 'task_9' }), false, false, 2],
  ['it is suspended', put({ ...task, state: 'suspended', version: 2 }), true, true, 0],
  ['it goes on', put({ ...task, version: 3 }), true, true, 2],
  ['one is gone', { kind: 'unregistered', of: 'grant', id: 'grt_2', by: 'x' }, true, true, 1],
]

test('a grant, and the end of what it rests on, drop exactly what was read of them', () => {
  const head = {
    org: { slug: 'acme', name: 'acme', zone: 'UTC' },
    revision: 0,
    model: null,
    policy: null,
    keys: [],
    registered: [agentNamed('bot', { capabilities: ['send:mails'] }), task, approval],
  }
  const state = stateOf({ ...head, attributes: [], tuples: [] }, shipped)
  const linkOf = (request: Request) => linksOf(request)[0] as ReturnType<typeof linksOf>[number]
  let revision = 0
  for (const [name, change, one, two, grants] of steps) {
    check(state, asks('1'))
    check(state, asks('2'))
    revision += 1
    applyChange(state, { revision, at: AT, change }, shipped)
    const kept = [asks('1'), asks('2')].map(request => state.cache.get(linkOf(request)) !== undefined)
    assert.deepEqual(kept, [!one, !two], name)
    const [residual] = check(state, asks('1')).residuals
    assert.equal(residual?.left.grants.length, grants, name)
    if (grants > 0) assert.equal(residual?.left.grants[0]?.until, task.expiresAt, `${name}: no longer than its task`)
  }
})
