import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'

const OFFICE = '10.1.2.3'
const ELSEWHERE = '203.0.113.9'

interface Case {
  readonly say: string
  readonly ask: readonly [subject: string, action: string, resource: string, context?: object, extra?: object]
  readonly effect: 'allow' | 'deny' | 'escalate'
  /** In the reasons' sentences. */
  readonly because?: RegExp
  /** In what is missing. */
  readonly missing?: RegExp
}

// The org's zone is Europe/Berlin: late on Saturday in UTC is Sunday there, late on Sunday is Monday.
const CASES: readonly Case[] = [
  {
    say: 'alice edits her team’s document on a weekday',
    ask: ['user:alice', 'edit', 'document:roadmap', { time: '2026-03-04T10:00:00+01:00' }],
    effect: 'allow',
    because: /^Alice can edit docs shared with her team, weekdays only\.?$/,
  },
  {
    say: 'not on a Sunday, and the deny names the clause',
    ask: ['user:alice', 'edit', 'document:roadmap', { time: '2026-03-08T10:00:00+01:00' }],
    effect: 'deny',
    missing: /Sunday/,
  },
  {
    say: 'Saturday night in UTC is Sunday in the org',
    ask: ['user:alice', 'edit', 'document:roadmap', { time: '2026-03-07T23:30:00Z' }],
    effect: 'deny',
    missing: /Sunday/,
  },
  {
    say: 'Sunday night in UTC is Monday in the org',
    ask: ['user:alice', 'edit', 'document:roadmap', { time: '2026-03-08T23:30:00Z' }],
    effect: 'allow',
  },
  {
    say: 'not a document of another team, and the deny names the team',
    ask: ['user:alice', 'edit', 'document:brand', { time: '2026-03-04T10:00:00+01:00' }],
    effect: 'deny',
    missing: /alice/,
  },
  {
    say: 'a team mate from the corporate network',
    ask: ['user:bob', 'edit', 'document:roadmap', { time: '2026-03-04T10:00:00+01:00', ip: OFFICE }],
    effect: 'allow',
    because: /from the corporate network/,
  },
  {
    say: 'a team mate from elsewhere, and the deny names address and network',
    ask: ['user:bob', 'edit', 'document:roadmap', { time: '2026-03-04T10:00:00+01:00', ip: ELSEWHERE }],
    effect: 'deny',
    missing: /203\.0\.113\.9.*corporate network/,
  },
  {
    say: 'a team mate from nowhere: unknown is not allowed',
    ask: ['user:bob', 'edit', 'document:roadmap', { time: '2026-03-04T10:00:00+01:00' }],
    effect: 'deny',
    missing: /`ip`/,
  },
  {
    say: 'an approver releases 12,000 USD',
    ask: ['user:fiona', 'release', 'payment:inv-100'],
    effect: 'allow',
    because: /Only approvers in the finance org can release payments over \$10k/,
  },
  {
    say: 'a member does not',
    ask: ['user:frank', 'release', 'payment:inv-100'],
    effect: 'deny',
    because: /Only approvers in the finance org can release payments over \$10k/,
  },
  {
    say: 'the amount may come with the request where none is stored',
    ask: [
      'user:fiona',
      'release',
      'payment:new',
      {},
      { resource: { type: 'payment', id: 'new', properties: { amount: 12000 } } },
    ],
    effect: 'allow',
  },
  {
    say: 'but not in place of the stored one',
    ask: [
      'user:frank',
      'release',
      'payment:inv-100',
      {},
      { resource: { type: 'payment', id: 'inv-100', properties: { amount: 5 } } },
    ],
    effect: 'deny',
  },
  {
    say: 'an amount that is not known is not small',
    ask: ['user:frank', 'release', 'payment:new', { time: '2026-03-04T10:00:00+01:00' }],
    effect: 'deny',
  },
  {
    say: 'a small one, by a member, in business hours',
    ask: ['user:frank', 'release', 'payment:inv-101', { time: '2026-03-04T10:00:00+01:00' }],
    effect: 'allow',
  },
  {
    say: 'and not in the evening',
    ask: ['user:frank', 'release', 'payment:inv-101', { time: '2026-03-04T20:00:00+01:00' }],
    effect: 'deny',
  },
  { say: 'members of finance see salaries', ask: ['user:frank', 'view', 'salary:ceo'], effect: 'allow' },
  {
    say: 'contractors do not, though they are members',
    ask: ['user:carl', 'view', 'salary:ceo'],
    effect: 'deny',
    because: /Contractors cannot view salaries/,
  },
  {
    say: 'the agent reads what its team shares',
    ask: ['agent:research-bot', 'read', 'document:roadmap'],
    effect: 'allow',
  },
  {
    say: 'and nothing beyond its capabilities',
    ask: ['agent:research-bot', 'view', 'document:roadmap'],
    effect: 'deny',
    because: /beyond their capabilities/,
  },
  {
    say: 'it asks its owner before it deletes',
    ask: ['agent:research-bot', 'delete', 'data:logs'],
    effect: 'escalate',
    because: /need approval from their owner/,
  },
  {
    say: 'acting for alice it needs both to be allowed',
    ask: [
      'user:alice',
      'edit',
      'document:roadmap',
      { time: '2026-03-04T10:00:00+01:00', actors: ['agent:research-bot'] },
    ],
    effect: 'deny',
    because: /beyond their capabilities/,
  },
]

describe('the scenario of the demo org', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  for (const { say, ask, effect, because, missing } of CASES) {
    test(say, async () => {
      const got = await app.ask(...ask)
      assert.equal(got.status, 200, got.text)
      assert.equal(got.json.context.effect, effect, got.text)
      assert.equal(got.json.decision, effect === 'allow')
      const sentences = got.json.context.reasons.map((r: { sentence: string }) => r.sentence)
      if (because !== undefined)
        assert.ok(
          sentences.some((s: string) => because.test(s)),
          got.text,
        )
      if (missing !== undefined) assert.match(JSON.stringify(got.json.context.missing), missing)
    })
  }

  test('the trace shows the address, the network and the tuples, now and replayed from the log', async () => {
    const asked = {
      subject: { type: 'user', id: 'bob' },
      action: { name: 'edit' },
      resource: { type: 'document', id: 'roadmap' },
      context: { time: '2026-03-04T10:00:00+01:00', ip: ELSEWHERE },
    }
    const path = '/orgs/acme-corp/api/v1/explain'
    const now = await app.send('POST', path, { body: asked })
    assert.equal(now.json.decision, false, now.text)
    assert.match(now.text, /203\.0\.113\.9/)
    assert.match(now.text, /10\.0\.0\.0\/8/)
    assert.match(now.text, /document:roadmap#shared_with@team:eng/)
    assert.match(now.text, /team:eng#member@user:bob/)

    const decided = await app.ask('user:bob', 'edit', 'document:roadmap', asked.context)
    const id = decided.json.context.id
    await app.send('POST', '/orgs/acme-corp/api/v1/admin/tuples', {
      body: { deletes: [{ object: 'team:eng', relation: 'member', user: 'user:bob' }] },
    })
    const replayed = await eventually(() => app.send('POST', path, { body: { decision_id: id } }))
    assert.equal(replayed.json.context.id, id)
    assert.match(replayed.text, /203\.0\.113\.9/)
    assert.match(replayed.text, /team:eng#member@user:bob/, 'the facts are those of the decision, not those of today')
    const tree = await app.send('POST', path, { body: { decision_id: id }, headers: { accept: 'text/plain' } })
    assert.match(String(tree.headers['content-type']), /^text\/plain/)
    assert.match(tree.text, /corporate network/)
  })

  async function eventually(ask: () => ReturnType<App['send']>) {
    for (let tries = 0; tries < 50; tries += 1) {
      const got = await ask()
      if (got.status === 200) return got
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('the decision never reached the log')
  }
})
