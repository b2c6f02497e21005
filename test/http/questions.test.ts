import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'

/** A Wednesday morning in Berlin. */
const TIME = '2026-03-04T09:00:00Z'
const PATH = '/orgs/acme-corp/api/v1/questions'

describe('questions in English', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  const ask = (question: string, extra: object = {}, key?: string) =>
    app.send('POST', PATH, { body: { question, time: TIME, ...extra }, ...(key !== undefined && { key }) })

  test('a yes, with how it was understood and why', async () => {
    const { status, json } = await ask('Can Alice edit document:roadmap?')
    assert.equal(status, 200)
    assert.equal(json.understood, 'Can user:alice edit document:roadmap?')
    assert.equal(json.decision, true)
    assert.match(json.requests[0].context.reasons[0].sentence, /^Alice can edit docs/)
    assert.equal(json.requests[0].trace, undefined)
  })

  test('the day of the question counts, by the clocks of the org', async () => {
    const { json } = await ask('Can Alice edit document:roadmap on Sunday?')
    assert.equal(json.decision, false)
    assert.equal(json.requests[0].request.at, '2026-03-08T09:00:00.000Z')
    assert.ok(json.assumptions.includes('`Sunday` is 2026-03-08'), json.assumptions)
    assert.match(JSON.stringify(json.requests[0].context.missing), /Sunday/)
  })

  test('a payment of $12,000 is a payment with that amount', async () => {
    const { json } = await ask('Can Fiona release a payment of $12,000 at 11am?')
    assert.deepEqual(json.requests[0].request.resource, { type: 'payment', id: null, properties: { amount: 12_000 } })
    assert.equal(json.decision, true)
    for (const question of [
      'Can Frank release a payment over $10k?',
      'Can Frank release a payment of $9,000 at 8pm?',
    ]) {
      assert.equal((await ask(question)).json.decision, false, question)
    }
    assert.equal((await ask('Can Frank release a payment of $9,000 at 11am?')).json.decision, true)
  })

  test('I is whoever it is asked as', async () => {
    assert.equal((await ask('Can I edit document:roadmap?', { as: 'user:alice' })).json.decision, true)
    assert.equal((await ask('Can I edit document:roadmap?', { as: 'user:dora' })).json.decision, false)
    const nobody = await ask('Can I edit document:roadmap?')
    assert.equal(nobody.status, 422)
    assert.equal(nobody.json.details.diagnostics[0].code, 'unknown_name')
    assert.equal((await ask('Can I edit document:roadmap?', { as: 'alice' })).status, 400)
  })

  test('who acts for somebody is an actor, and may do no more than both', async () => {
    assert.equal((await ask('Can agent:research-bot edit document:roadmap for Alice?')).json.decision, false)
    const { json } = await ask('Can agent:research-bot read document:roadmap on behalf of Alice?')
    assert.deepEqual(json.requests[0].request.actors, [{ type: 'agent', id: 'research-bot' }])
    assert.deepEqual(json.requests[0].request.subject, { type: 'user', id: 'alice' })
  })

  test('and asks for all, or for one', async () => {
    const both = await ask('Can Alice view and delete document:roadmap?')
    assert.equal(both.json.decision, false)
    assert.deepEqual(
      both.json.requests.map((r: { decision: boolean }) => r.decision),
      [true, false],
    )
    assert.equal((await ask('Can Alice view or delete document:roadmap?')).json.decision, true)
  })

  test('searches find what a search of the API finds', async () => {
    const found = await ask('Which documents can Alice view?')
    assert.equal(found.status, 200)
    const searched = await app.send('POST', '/orgs/acme-corp/access/v1/search/resource', {
      body: {
        subject: { type: 'user', id: 'alice' },
        action: { name: 'view' },
        resource: { type: 'document' },
        context: { time: TIME },
      },
    })
    assert.ok(searched.json.results.length > 0)
    assert.deepEqual(found.json.results, searched.json.results)
  })

  test('who can, and what can be done', async () => {
    const who = await ask('Which users can view document:roadmap?')
    assert.ok(who.json.results.some((r: { id: string }) => r.id === 'alice'))
    const among = await ask('Which members of team:eng can view document:roadmap?')
    assert.ok(among.json.results.every((r: { id: string }) => r.id !== 'dora'))
    const deeds = await ask('What can Alice do to document:roadmap?')
    assert.deepEqual(
      deeds.json.results.map((r: { action: string }) => r.action),
      ['edit', 'view'],
    )
    const all = await ask('What can Alice do?')
    assert.ok(
      all.json.results.some((r: object) => JSON.stringify(r) === '{"action":"edit","type":"document","id":"roadmap"}'),
    )
  })

  test('pages follow one another to the end', async () => {
    const all = (await ask('What can Alice do?', { page: { limit: 1000 } })).json.results
    const found: unknown[] = []
    for (let token = '', round = 0; round === 0 || token !== ''; round += 1) {
      const { json } = await ask('What can Alice do?', { page: { limit: 1, ...(token !== '' && { token }) } })
      found.push(...json.results)
      token = json.page.next_token
      assert.ok(round < 50)
    }
    assert.deepEqual(found, all)
    const { json } = await ask('What can Alice do?', { page: { limit: 1 } })
    const other = await ask('What can Bob do?', { page: { token: json.page.next_token } })
    assert.equal(other.status, 400)
  })

  test('why is answered with a trace, to those who may have one', async () => {
    const { json } = await ask("Why can't Bob edit document:roadmap from 203.0.113.9?")
    assert.equal(json.understood, 'Explain whether user:bob can edit document:roadmap from 203.0.113.9.')
    assert.equal(json.requests[0].trace[0].kind, 'link')
    const checker = await keyOf(app, 'acme-corp', 'checker')
    assert.equal((await ask('Can Bob edit document:roadmap?', {}, checker)).status, 200)
    assert.equal((await ask('Why can Bob edit document:roadmap?', {}, checker)).status, 403)
    const auditor = await keyOf(app, 'acme-corp', 'auditor')
    assert.equal((await ask('Can Bob edit document:roadmap?', {}, auditor)).status, 403)
  })

  test('a key of an org asks its own without naming it', async () => {
    const key = await keyOf(app, 'acme-corp', 'checker')
    const body = { question: 'Can Alice edit document:roadmap?', time: TIME }
    assert.equal((await app.send('POST', '/api/v1/questions', { key, body })).json.decision, true)
    assert.equal((await app.send('POST', '/api/v1/questions', { body })).status, 400)
  })

  test('what is not understood is told, with where and what would be', async () => {
    const { status, json } = await ask('Can Alice edit docments?')
    assert.equal(status, 422)
    const [problem] = json.details.diagnostics
    assert.equal(problem.suggestion, 'document')
    assert.equal(problem.span.column, 16)
    for (const question of [
      '?',
      'x'.repeat(4000),
      'Can Alice edit\u0001 document:1',
      '('.repeat(900),
      'can '.repeat(200),
    ]) {
      assert.equal((await ask(question)).status, 422, question.slice(0, 30))
    }
    assert.equal((await ask('x'.repeat(5000))).status, 400)
  })

  test('a draft is tested with questions', async () => {
    const tests = [
      { name: 'reads', ask: 'Can Ann read document:1?', expect: 'allow' },
      { name: 'on Sunday', ask: 'Can Ann read document:1 on Sunday?', expect: 'allow' },
      { name: 'who', ask: 'Which users can read document:1?', finds: ['user:ann'] },
    ]
    const given = { attributes: { 'user:ann': { level: 1 } } }
    const body = { text: 'Users can read documents, weekdays only.', given, at: '2026-03-04 10:00', tests }
    const { status, json } = await app.send('POST', '/orgs/acme-corp/api/v1/admin/policies/test', { body })
    assert.equal(status, 200, JSON.stringify(json))
    assert.deepEqual(
      json.data.results.map((r: { passed: boolean; question: string }) => [r.passed, r.question]),
      [
        [true, 'Can user:ann read document:1?'],
        [false, 'Can user:ann read document:1 at 10am on 2026-03-08?'],
        [true, 'Which users can read document:1?'],
      ],
    )
    const unread = { ...body, tests: [{ name: 'a', ask: 'Can Ann read docment:1?', expect: 'deny' }] }
    assert.equal((await app.send('POST', '/orgs/acme-corp/api/v1/admin/policies/test', { body: unread })).status, 422)
  })
})
