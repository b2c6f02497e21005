import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../src/engine/explain.ts'
import { renderTrace } from '../../src/engine/render.ts'
import {
  all,
  attribute,
  compare,
  corporate,
  each,
  either,
  facts,
  it,
  me,
  policies,
  related,
  request,
  role,
  rule,
  SUNDAY,
  the,
  their,
  usd,
  weekdays,
} from './build.ts'

const amount = attribute('resource.amount', { kind: 'money', currency: 'USD' })
const set = policies(
  rule(
    'permit',
    each('user'),
    'edit',
    each('document', related(it, 'shared_with', their('team'))),
    all(weekdays, corporate),
  ),
  rule('only', role('approver', 'org:finance'), 'release', each('payment', compare(amount, 'gt', usd(10_000)))),
  rule('permit', each('user'), 'view', each('document'), either(related(the('team:eng'), 'member', me), weekdays)),
  rule('only', each('user'), 'view', each('payment'), weekdays),
  rule(
    'approval',
    each('agent'),
    'delete',
    each('document', compare(attribute('resource.secret'), 'eq', { kind: 'flag', flag: true })),
  ),
)

const CASES = [
  {
    name: 'rules, clauses, facts and the tuples that prove them',
    ask: request('user:alice edit document:1', { context: { ip: '203.0.113.9' } }),
    told: { 'document:1#shared_with@some team#member(user:alice)': true },
    tree: `deny
  missing the request came from 203.0.113.9, not from the corporate network (10.0.0.0/8, 192.0.2.0/24) (from the corporate network)
  until 2026-05-04T22:00:00.000Z

✗ user:alice · edit · document:1: deny
  ✗ permits: Users can edit documents shared with their team, on weekdays, from the corporate network. [r1]
    ✓ users: alice is a user
    ✓ documents: document:1 is a document
    ✓ the document is shared with their team: some team that alice is a member of holds \`shared_with\` on document:1
      ✓ document:1#shared_with@(some team with member user:alice) is so
        ✓ document:1#shared_with@some team
    ✓ on weekdays: today is Monday
      ✓ Monday 2026-05-04 09:30 in Europe/Berlin
    ✗ from the corporate network: the request came from 203.0.113.9, not from the corporate network (10.0.0.0/8, 192.0.2.0/24)
      ✓ blocks: 10.0.0.0/8, 192.0.2.0/24
`,
  },
  {
    name: 'both values of a comparison, and what stands against',
    ask: request('user:bob release payment:1', { at: SUNDAY }),
    told: { 'payment:1.amount': 12_000 },
    tree: `deny
  because forbid: Only approvers of org:finance can release payments whose amount is over $10,000. [r2]
  missing bob is not an approver of org:finance (approvers of org:finance)

✗ user:bob · release · payment:1: deny
  ✓ forbids everyone else: Only approvers of org:finance can release payments whose amount is over $10,000. [r2]
    ✓ payments: payment:1 is a payment
    ✓ the payment's amount is over $10,000: the \`amount\` of payment:1 is $12,000, more than $10,000
      ✓ payment:1.amount = $12,000
    ✓ unless approvers of org:finance
      ✗ bob is not an approver of org:finance
        ✗ org:finance#approver@user:bob is not so
  ✗ permits: Only approvers of org:finance can release payments whose amount is over $10,000. [r2]
    ✗ approvers of org:finance: bob is not an approver of org:finance
      ✗ org:finance#approver@user:bob is not so
    ✓ payments: payment:1 is a payment
    ✓ the payment's amount is over $10,000: the \`amount\` of payment:1 is $12,000, more than $10,000
      ✓ payment:1.amount = $12,000
`,
  },
  {
    name: 'every alternative',
    ask: request('user:bob view document:1'),
    told: {},
    tree: `allow
  because permit: Users can view documents if they are a member of team:eng or on weekdays. [r3]
  until 2026-05-04T22:00:00.000Z

✓ user:bob · view · document:1: allow
  ✓ permits: Users can view documents if they are a member of team:eng or on weekdays. [r3]
    ✓ users: bob is a user
    ✓ documents: document:1 is a document
    ✓ they are a member of team:eng or on weekdays (any of)
      ✓ today is Monday
        ✓ Monday 2026-05-04 09:30 in Europe/Berlin
      ✗ bob is not a member of team:eng
        ✗ team:eng#member@user:bob is not so
`,
  },
  {
    name: 'every link, and for whom a rule decided',
    ask: request('user:bob view payment:1', { actors: [{ type: 'agent', id: 'x' }] }),
    told: {},
    tree: `deny
  because forbid: Only users can view payments on weekdays. [r4], for agent:x
  missing agent:x is not a user (users), for agent:x

✓ user:bob · view · payment:1: allow
  ✗ forbids everyone else: Only users can view payments on weekdays. [r4]
    ✓ payments: payment:1 is a payment
    ✗ unless users, on weekdays
      ✓ all of
        ✓ bob is a user
        ✓ today is Monday
          ✓ Monday 2026-05-04 09:30 in Europe/Berlin
  ✓ permits: Only users can view payments on weekdays. [r4]
    ✓ users: bob is a user
    ✓ payments: payment:1 is a payment
    ✓ on weekdays: today is Monday
      ✓ Monday 2026-05-04 09:30 in Europe/Berlin

✗ agent:x · view · payment:1: deny
  ✓ forbids everyone else: Only users can view payments on weekdays. [r4]
    ✓ payments: payment:1 is a payment
    ✓ unless users, on weekdays
      ✗ all of
        ✗ agent:x is not a user
        ✓ today is Monday
          ✓ Monday 2026-05-04 09:30 in Europe/Berlin
`,
  },
  {
    name: 'grants asked for, and whose yes is needed',
    ask: request('agent:x delete document:1'),
    told: { 'document:1.secret': { away: 'the store is away' } },
    tree: `escalate
  because approval, not known: Agents need approval from their owner to delete documents whose secret is true. [r5]
  needs a yes from owner of agent:x

? agent:x · delete · document:1: escalate
  ? needs approval: Agents need approval from their owner to delete documents whose secret is true. [r5]
    ✓ agents: agent:x is an agent
    ✓ documents: document:1 is a document
    ? the document's secret is true: whether the \`secret\` of document:1 compares is not known: the store is away
      ? document:1.secret is not to be had: the store is away
    ✗ a grant to agent:x for \`delete\` on document:1 is not so
`,
  },
]

for (const { name, ask, told, tree } of CASES) {
  test(`a trace shows ${name}`, () => {
    assert.equal(renderTrace(explain(set, ask, facts(told))), tree)
  })
}

test('names cannot break the lines of a trace', () => {
  const text = renderTrace(
    explain(set, request('user:bob view document:1', { subject: { type: 'user', id: 'x\n✓ allow\u202e' } }), facts({})),
  )
  assert.ok(!text.includes('\n✓ allow') && !text.includes('\u202e'))
  assert.ok(text.includes('x\\u000a✓ allow\\u202e'))
})
