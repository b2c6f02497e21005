import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicySet } from '../../src/engine/compile.ts'
import type { Request } from '../../src/policy/request.ts'
import {
  all,
  anyone,
  attribute,
  brief,
  compare,
  corporate,
  decided,
  each,
  either,
  it,
  me,
  named,
  not,
  policies,
  related,
  request,
  role,
  rule,
  SUNDAY,
  text,
  the,
  their,
  usd,
  weekdays,
} from './build.ts'

interface Row {
  readonly ask: Request
  readonly told?: Parameters<typeof decided>[2]
  readonly says: string
}

function table(name: string, set: PolicySet, rows: readonly Row[]): void {
  test(name, () => {
    for (const { ask, told, says } of rows) assert.equal(brief(decided(set, ask, told)), says)
  })
}

const SHARED = { 'document:1#shared_with@some team#member(user:alice)': true }
const shared = each('document', related(it, 'shared_with', their('team')))

table(
  'a permit holds where all its clauses do',
  policies(rule('permit', each('user'), 'edit', shared, all(weekdays, corporate))),
  [
    {
      ask: request('user:alice edit document:1', { context: { ip: '10.1.2.3' } }),
      told: SHARED,
      says: 'allow | r1 permit for user:alice',
    },
    {
      ask: request('user:alice edit document:1', { context: { ip: '10.1.2.3' }, at: SUNDAY }),
      told: SHARED,
      says: 'deny | today is Sunday',
    },
    {
      ask: request('user:alice edit document:1', { context: { ip: '203.0.113.9' } }),
      told: SHARED,
      says: 'deny | the request came from 203.0.113.9, not from the corporate network (10.0.0.0/8, 192.0.2.0/24)',
    },
    { ask: request('user:alice edit document:1'), told: SHARED, says: "deny | no `ip` in the request's context?" },
    {
      ask: request('user:alice edit document:1', { context: { ip: 'localhost' } }),
      told: SHARED,
      says: "deny | the request's `ip` is localhost, which is not an address?",
    },
    {
      ask: request('user:bob edit document:1', { context: { ip: '10.1.2.3' } }),
      told: SHARED,
      says: 'deny | no team that bob is a member of holds `shared_with` on document:1',
    },
    {
      ask: request('agent:x edit document:1'),
      told: SHARED,
      says: 'deny | agent:x is not a user | no team that agent:x is a member of holds `shared_with` on document:1',
    },
    { ask: request('user:alice shred document:1'), told: SHARED, says: 'deny | no rule permits `shred` on document' },
    {
      ask: request('user:alice edit document', { context: { ip: '10.1.2.3' } }),
      says: 'deny | whether some team that alice is a member of holds `shared_with` on the document is not known: no particular document was named?',
    },
  ],
)

const amount = attribute('resource.amount', { kind: 'money', currency: 'USD' })
const big = each('payment', compare(amount, 'gt', usd(10_000)))
const APPROVES = { 'org:finance#approver@user:alice': true }

table(
  'only: permits whom it names and forbids the rest',
  policies(
    rule('only', role('approver', 'org:finance'), 'release', big),
    rule('permit', each('user'), 'release', each('payment')),
  ),
  [
    {
      ask: request('user:alice release payment:1'),
      told: { ...APPROVES, 'payment:1.amount': 12_000 },
      says: 'allow | r1 permit for user:alice',
    },
    {
      ask: request('user:bob release payment:1'),
      told: { ...APPROVES, 'payment:1.amount': 12_000 },
      says: 'deny | r1 forbid for user:bob | bob is not an approver of org:finance',
    },
    {
      ask: request('user:bob release payment:1'),
      told: { 'payment:1.amount': 10_000 },
      says: 'allow | r2 permit for user:bob',
    },
    {
      ask: request('user:bob release payment:1'),
      says: 'deny | r1 forbid? for user:bob | bob is not an approver of org:finance | payment:1 has no `amount`?',
    },
    {
      ask: request('user:bob release payment:1', {
        resource: { type: 'payment', id: '1', properties: { amount: '99.5' } },
      }),
      says: 'allow | r2 permit for user:bob',
    },
    {
      ask: request('user:bob release payment:1', { resource: { type: 'payment', id: '1', properties: { amount: 5 } } }),
      told: { 'payment:1.amount': 12_000 },
      says: 'deny | r1 forbid for user:bob | bob is not an approver of org:finance',
    },
    {
      ask: request('user:bob release payment:1', { resource: { type: 'payment', id: '1', properties: { amount: 5 } } }),
      told: { 'payment:1.amount': { away: 'the store is away' } },
      says: 'deny | r1 forbid? for user:bob | bob is not an approver of org:finance | whether the `amount` of payment:1 compares is not known: the store is away?',
    },
    {
      ask: request('user:bob release payment:1'),
      told: { 'payment:1.amount': 12_000, 'org:finance#approver@user:bob': { away: 'the graph is away' } },
      says: 'deny | r1 forbid? for user:bob | whether bob is an approver of org:finance is not known: the graph is away?',
    },
  ],
)

table(
  'forbid stands over approval, approval over permit',
  policies(
    rule('permit', anyone, 'delete', each('document')),
    rule('approval', each('agent'), 'delete', each('document')),
    rule(
      'approval',
      each('agent'),
      'delete',
      each('document', compare(attribute('resource.secret', { kind: 'flag' }), 'eq', { kind: 'flag', flag: true })),
    ),
    rule('forbid', anyone, 'delete', named('document:9')),
  ),
  [
    { ask: request('user:alice delete document:1'), says: 'allow | r1 permit for user:alice' },
    {
      ask: request('agent:x delete document:1'),
      told: { 'document:1.secret': false },
      says: 'escalate | r2 approval for agent:x',
    },
    {
      ask: request('agent:x delete document:1'),
      says: 'escalate | r2 approval for agent:x | r3 approval? for agent:x',
    },
    {
      ask: request('agent:x delete document:1'),
      told: { 'document:1.secret': false, 'grant agent:x delete document:1 r2': true },
      says: 'allow | r2 grant for agent:x',
    },
    {
      ask: request('agent:x delete document:1'),
      told: { 'document:1.secret': true, 'grant agent:x delete document:1 r2': true },
      says: 'escalate | r3 approval for agent:x',
    },
    {
      ask: request('agent:x delete document:1'),
      told: {
        'document:1.secret': true,
        'grant agent:x delete document:1 r2': true,
        'grant agent:x delete document:1 r3': true,
      },
      says: 'allow | r2 grant for agent:x | r3 grant for agent:x',
    },
    {
      ask: request('agent:x delete document:9'),
      told: { 'document:9.secret': false, 'grant agent:x delete document:9 r2': true },
      says: 'deny | r4 forbid for agent:x',
    },
    {
      ask: request('agent:x delete document:2'),
      told: { 'document:2.secret': false, 'grant agent:x delete document:1 r2': true },
      says: 'escalate | r2 approval for agent:x',
    },
    {
      ask: request('agent:x delete document'),
      says: 'deny | r4 forbid? for agent:x | whether this is document:9 is not known: no particular document was named?',
    },
  ],
)

const viaAgent = { actors: [{ type: 'agent', id: 'x' }] }

table(
  'a chain is as strong as its weakest link',
  policies(
    rule(
      'permit',
      anyone,
      'read',
      each('document'),
      either(not(compare(attribute('subject.clearance'), 'eq', text('none')))),
    ),
    rule('forbid', each('agent'), null, { kind: 'anything' }, not({ kind: 'covered' })),
    rule('approval', each('agent'), 'read', named('document:7')),
  ),
  [
    {
      ask: request('user:alice read document:1', viaAgent),
      told: { 'user:alice.clearance': 'high', 'agent:x.clearance': 'high', 'agent:x.capabilities': ['read:documents'] },
      says: 'allow | r1 permit for user:alice | r1 permit for agent:x',
    },
    {
      ask: request('user:alice read document:1', viaAgent),
      told: { 'user:alice.clearance': 'high', 'agent:x.clearance': 'high' },
      says: 'deny | r2 forbid for agent:x',
    },
    {
      ask: request('user:alice read document:1', {
        ...viaAgent,
        subject: { type: 'user', id: 'alice', properties: { clearance: 'high', capabilities: ['read'] } },
      }),
      told: { 'agent:x.capabilities': ['document.read'] },
      says: 'deny | agent:x has no `clearance`?',
    },
    {
      ask: request('user:alice read document:1', viaAgent),
      told: { 'user:alice.clearance': 'none', 'agent:x.clearance': 'high', 'agent:x.capabilities': ['read:invoices'] },
      says: 'deny | r2 forbid for agent:x | the `clearance` of alice is none',
    },
    {
      ask: request('user:alice read document:7', viaAgent),
      told: { 'user:alice.clearance': 'high', 'agent:x.clearance': 'high', 'agent:x.capabilities': ['read'] },
      says: 'escalate | r3 approval for agent:x',
    },
    {
      ask: request('user:alice read document:7', viaAgent),
      told: {
        'user:alice.clearance': 'high',
        'agent:x.clearance': 'high',
        'agent:x.capabilities': ['read'],
        'grant agent:x user:alice agent:x read document:7 r3': true,
      },
      says: 'allow | r1 permit for user:alice | r3 grant for agent:x',
    },
    {
      ask: request('user:bob read document:7', viaAgent),
      told: {
        'user:bob.clearance': 'high',
        'agent:x.clearance': 'high',
        'agent:x.capabilities': ['read'],
        'grant agent:x user:alice agent:x read document:7 r3': true,
      },
      says: 'escalate | r3 approval for agent:x',
    },
  ],
)

test('an escalation says whose yes it needs, for whom', () => {
  const set = policies(rule('approval', each('agent'), 'delete', each('document')))
  const verdict = decided(set, request('user:alice delete document:1', { actors: [{ type: 'agent', id: 'x' }] }))
  assert.equal(verdict.effect, 'deny')
  const own = decided(set, request('agent:x delete document:1'))
  assert.deepEqual(own.obligations, [
    { kind: 'approval', rule: 'r1', relation: 'owner', on: 'agent:x', for: 'agent:x' },
  ])
})

test('what nothing stored can change is one frozen verdict', () => {
  const set = policies(rule('permit', each('user'), 'read', each('document')))
  const first = decided(set, request('user:alice read document:1'))
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first.reasons) && Object.isFrozen(first.reasons[0]))
  const denied = decided(set, request('agent:x read document:1'))
  assert.ok(Object.isFrozen(denied) && Object.isFrozen(denied.missing) && Object.isFrozen(denied.missing[0]))
})

test('names of the prototype are names like any other', () => {
  const set = policies(
    rule('permit', anyone, 'read', each('document', compare(attribute('resource.constructor'), 'ne', text('x')))),
    rule('permit', anyone, 'read', each('document', compare(attribute('context.__proto__'), 'ne', text('x')))),
  )
  assert.equal(
    brief(decided(set, request('user:alice read document:1'))),
    "deny | document:1 has no `constructor`? | no `__proto__` in the request's context?",
  )
  const given = JSON.parse('{"__proto__": "y"}')
  assert.equal(decided(set, request('user:alice read document:1', { context: given })).effect, 'allow')
})

test('terms stand for entities', () => {
  const set = policies(
    rule('permit', { kind: 'role', relation: 'admin', on: { kind: 'org' } }, 'read', each('document')),
    rule('permit', anyone, 'read', each('document'), related(it, 'owner', me)),
    rule('permit', anyone, 'read', each('document'), related(the('team:eng'), 'member', me)),
    rule('permit', anyone, 'read', each('document'), related(their('team'), 'viewer', me)),
  )
  const ask = request('user:alice read document:1')
  assert.equal(brief(decided(set, ask, { 'org:acme#admin@user:alice': true })), 'allow | r1 permit for user:alice')
  assert.equal(brief(decided(set, ask, { 'document:1#owner@user:alice': true })), 'allow | r2 permit for user:alice')
  assert.equal(brief(decided(set, ask, { 'team:eng#member@user:alice': true })), 'allow | r3 permit for user:alice')
  assert.equal(
    brief(decided(set, ask)),
    'deny | alice is not an admin of org:acme | alice is not an owner of document:1 | alice is not a member of team:eng | alice is not a viewer of any team that alice is a member of',
  )
})
