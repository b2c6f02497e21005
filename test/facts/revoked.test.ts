import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consent, Revocation } from '../../src/agents/identity.ts'
import type { Task } from '../../src/agents/task.ts'
import type { Registered } from '../../src/facts/registry.ts'
import { createRegistry } from '../../src/facts/registry.ts'
import { allDead, LONGEST_LIFE, revokedBy, type Told } from '../../src/facts/revoked.ts'
import type { Change } from '../../src/facts/store.ts'
import { agentNamed, serverNamed, serviceNamed, taskNamed, userNamed } from '../support/registered.ts'

const AT = Date.UTC(2026, 2, 4, 9, 0, 0) + 400
const SECOND = Math.floor(AT / 1000)
const EXP = Math.ceil((AT + LONGEST_LIFE) / 1000)

const put = (entry: Registered): Change => ({ kind: 'registered', entry, by: 'key:test' })
const revocation = (of: Revocation['of']): Revocation => ({
  kind: 'revocation',
  id: 'rev_1',
  of,
  at: AT,
  until: AT + 60_000,
  reason: 'leaked',
})
const consent = (more: Partial<Consent>): Consent => ({
  kind: 'consent',
  id: 'con_1',
  user: 'alice',
  agent: 'bot',
  scopes: [],
  grantedAt: AT,
  expiresAt: null,
  revokedAt: null,
  ...more,
})
const key = (retiredAt: number | null, removedAt: number | null): Registered => ({
  kind: 'signing_key',
  id: 'ed-1',
  alg: 'EdDSA',
  publicJwk: {},
  sealed: '',
  sealedBy: '',
  createdAt: 0,
  notBefore: 0,
  retiredAt,
  removedAt,
})

const task = (more: Partial<Task>): Task => taskNamed('task_1', { createdAt: AT, expiresAt: AT + 3_600_000, ...more })

const short = { exp: Math.ceil((AT + 60_000) / 1000), reason: 'leaked' }
const long = { before: null, exp: EXP }

const CASES: readonly (readonly [what: string, change: Change, told: Told | null])[] = [
  [
    'a token',
    put(revocation({ kind: 'token', jti: 'tok_1' })),
    dead({ kind: 'jti', key: 'tok_1', before: null, ...short }),
  ],
  [
    'a task',
    put(revocation({ kind: 'task', task: 't1' })),
    dead({ kind: 'task', key: 't1', before: short.exp, ...short }),
  ],
  [
    'all tokens of an agent until an instant',
    put(revocation({ kind: 'subject', subject: 'agent:bot' })),
    dead({ kind: 'agent', key: 'bot', before: SECOND, ...short }),
  ],
  [
    'all tokens of a service, by its client id too',
    put(revocation({ kind: 'subject', subject: 'service:crm', client: 'cli_1' })),
    dead({ kind: 'service', key: 'crm', before: SECOND, client: 'cli_1', ...short }),
  ],
  ['what no token names', put(revocation({ kind: 'subject', subject: 'team:eng' })), null],
  ['nonsense', put(revocation({ kind: 'subject', subject: 'agent' })), null],
  [
    'an agent that is suspended',
    put(agentNamed('bot', { status: 'suspended', version: 2 })),
    dead({ kind: 'agent', key: 'bot', reason: 'suspended', ...long }),
  ],
  [
    'an agent that is deleted',
    put(agentNamed('bot', { status: 'revoked', deletedAt: AT, version: 3 })),
    dead({ kind: 'agent', key: 'bot', reason: 'deleted', ...long }),
  ],
  [
    'a service that is off',
    put(serviceNamed('crm', { status: 'inactive' })),
    dead({ kind: 'service', key: 'crm', client: 'cli_crm', reason: 'inactive', ...long }),
  ],
  [
    'a user who left',
    put(userNamed('al', { status: 'inactive' })),
    dead({ kind: 'user', key: 'al', reason: 'inactive', ...long }),
  ],
  [
    'an agent that is back',
    put(agentNamed('bot', { version: 3 })),
    { told: 'lifted', lifted: { kind: 'agent', key: 'bot' } },
  ],
  [
    'a service that is back',
    put(serviceNamed('crm', { version: 2 })),
    { told: 'lifted', lifted: { kind: 'service', key: 'crm', client: 'cli_crm' } },
  ],
  ['a new agent', put(agentNamed('bot')), null],
  ['a consent that is given', put(consent({})), null],
  [
    'a consent that is withdrawn',
    put(consent({ revokedAt: AT })),
    dead({ kind: 'consent', key: 'con_1', reason: 'consent withdrawn', ...long }),
  ],
  [
    'a consent that is removed',
    { kind: 'unregistered', of: 'consent', id: 'con_1', by: 'key:test' },
    dead({ kind: 'consent', key: 'con_1', reason: 'removed', ...long }),
  ],
  ['a key that signs', put(key(null, null)), null],
  ['a key that is replaced in time', put(key(AT, AT + 3_600_000)), null],
  [
    'a key that is withdrawn',
    put(key(AT, AT)),
    dead({ kind: 'key', key: 'ed-1', reason: 'signing key withdrawn', ...long }),
  ],
  ['a task that is new', put(task({})), null],
  [
    'a task that is suspended',
    put(task({ state: 'suspended', version: 2 })),
    dead({ kind: 'task', key: 'task_1', reason: 'task suspended', ...long }),
  ],
  ['a task that goes on', put(task({ version: 3 })), { told: 'lifted', lifted: { kind: 'task', key: 'task_1' } }],
  [
    'a task that is done',
    put(task({ state: 'completed', version: 2, endedAt: AT })),
    dead({ kind: 'task', key: 'task_1', reason: 'task completed', ...long }),
  ],
  ['a revocation that is forgotten', { kind: 'unregistered', of: 'revocation', id: 'rev_1', by: 'key:test' }, null],
  ['a server', put(serverNamed('mail')), null],
  ['a tuple', { kind: 'tuples', writes: [], deletes: [] }, null],
]

function dead(one: Extract<Told, { told: 'dead' }>['dead']): Told {
  return { told: 'dead', dead: one }
}

for (const [what, change, told] of CASES) {
  test(`what is told of ${what}`, () => {
    assert.deepEqual(revokedBy({ revision: 7, at: AT, change }), told)
  })
}

test('the snapshot says what the changes said, and nothing that has ended by itself', () => {
  const entries: Registered[] = [
    revocation({ kind: 'token', jti: 'tok_1' }),
    { ...revocation({ kind: 'token', jti: 'old' }), id: 'rev_2', until: AT - 1 },
    agentNamed('bot', { status: 'suspended', updatedAt: AT }),
    agentNamed('gone', { status: 'revoked', updatedAt: AT - LONGEST_LIFE - 1 }),
    agentNamed('fine', { updatedAt: AT }),
    userNamed('al', { status: 'inactive', updatedAt: AT }),
    task({ state: 'suspended' }),
    consent({ revokedAt: AT }),
    consent({ id: 'con_2', revokedAt: AT - LONGEST_LIFE - 1 }),
    key(AT, AT),
  ]
  const told = entries.flatMap(entry => {
    const one = revokedBy({ revision: 1, at: AT, change: put(entry) })
    return one?.told === 'dead' && !['old', 'gone', 'con_2'].includes(one.dead.key) ? [one.dead] : []
  })
  const name = ({ kind, key: id }: { kind: string; key: string }): string => `${kind} ${id}`
  const found = allDead(createRegistry(entries), AT)
  assert.deepEqual(
    [...found].sort((a, b) => name(a).localeCompare(name(b))),
    told.sort((a, b) => name(a).localeCompare(name(b))),
  )
})
