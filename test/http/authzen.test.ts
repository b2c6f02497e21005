import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'

const WEDNESDAY = '2026-03-04T10:00:00+01:00'
const SUNDAY = '2026-03-08T10:00:00+01:00'
const alice = { type: 'user', id: 'alice' }
const edit = { name: 'edit' }
const roadmap = { type: 'document', id: 'roadmap' }
const brand = { type: 'document', id: 'brand' }
const good = { subject: alice, action: edit, resource: roadmap, context: { time: WEDNESDAY } }

const evaluation = '/orgs/acme-corp/access/v1/evaluation'
const evaluations = '/orgs/acme-corp/access/v1/evaluations'

describe('authzen', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  const malformed: readonly [string, unknown][] = [
    ['no subject', { action: edit, resource: roadmap }],
    ['no action', { subject: alice, resource: roadmap }],
    ['no resource', { subject: alice, action: edit }],
    ['no subject type', { ...good, subject: { id: 'alice' } }],
    ['no subject id', { ...good, subject: { type: 'user' } }],
    ['no action name', { ...good, action: {} }],
    ['no resource type', { ...good, resource: { id: 'roadmap' } }],
    ['no resource id', { ...good, resource: { type: 'document' } }],
    ['a subject that is a string', { ...good, subject: 'user:alice' }],
    ['a numeric id', { ...good, subject: { type: 'user', id: 7 } }],
    ['a context that is a list', { ...good, context: [] }],
    ['properties that are text', { ...good, subject: { ...alice, properties: 'x' } }],
    ['a top level that is a list', [good]],
    ['a top level that is null', null],
    ['a top level that is text', 'good'],
    ['a time without an offset', { ...good, context: { time: '2026-03-04T10:00:00' } }],
    ['a time that is a number', { ...good, context: { time: 1 } }],
    ['actors that are no list', { ...good, context: { actors: 'agent:x' } }],
    ['an actor without a type', { ...good, context: { actors: ['research-bot'] } }],
  ]
  for (const [what, body] of malformed) {
    test(`400 with a message for ${what}`, async () => {
      const got = await app.send('POST', evaluation, { body })
      assert.equal(got.status, 400, got.text)
      assert.equal(typeof got.json, 'string')
      assert.ok(got.json.length > 5)
    })
  }

  const transport: readonly [string, { headers?: Record<string, string>; raw: string | Buffer }, number][] = [
    ['an empty body', { raw: '' }, 400],
    ['a body that is not JSON', { raw: '{' }, 400],
    ['broken UTF-8', { raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, 400],
    ['another content type', { raw: '{}', headers: { 'content-type': 'text/xml' } }, 415],
    ['nesting without end', { raw: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 400],
    ['an escaped NUL', { raw: JSON.stringify({ ...good, subject: { type: 'user', id: 'a\0b' } }) }, 400],
    ['half a surrogate pair', { raw: '{"subject":{"type":"user","id":"\\ud800"}}' }, 400],
  ]
  for (const [what, sent, status] of transport) {
    test(`${status} for ${what}`, async () => {
      const got = await app.send('POST', evaluation, sent)
      assert.equal(got.status, status, got.text)
      assert.equal(typeof got.json, 'string')
    })
  }

  test('a content type with a charset is JSON', async () => {
    const got = await app.send('POST', evaluation, {
      raw: JSON.stringify(good),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
    assert.equal(got.json.decision, true, got.text)
  })

  test('unknown fields are ignored everywhere', async () => {
    const got = await app.send('POST', evaluation, {
      body: {
        ...good,
        subject: { ...alice, nickname: 'a' },
        action: { ...edit, x: 1 },
        resource: { ...roadmap, x: {} },
        extra: [],
      },
    })
    assert.equal(got.json.decision, true, got.text)
  })

  test('the request id comes back, on errors too', async () => {
    for (const sent of [{ body: good }, { raw: '{' }, { body: good, key: 'wrong' }]) {
      const got = await app.send('POST', evaluation, { ...sent, headers: { 'x-request-id': 'trace-42' } })
      assert.equal(got.headers['x-request-id'], 'trace-42')
    }
  })

  test('a denial is 200, and says why', async () => {
    const got = await app.send('POST', evaluation, { body: { ...good, context: { time: SUNDAY } } })
    assert.equal(got.status, 200)
    assert.equal(got.json.decision, false)
    assert.match(JSON.stringify(got.json.context.missing), /Sunday/)
    assert.match(got.json.context.reason_admin.en, /Sunday/)
    assert.match(got.json.context.id, /^dec_/)
  })

  test('whoever does not read why gets the decision alone, and its record says why', async () => {
    const options = { explain: false }
    const body = { ...good, context: { time: SUNDAY }, options }
    const { decision, context } = (await app.send('POST', evaluation, { body })).json
    const told = ['id', 'effect', 'valid_until', 'revision']
    assert.deepEqual([decision, Object.keys(context)], [false, told])
    const find = () => app.send('GET', `/orgs/acme-corp/api/v1/decisions/${context.id}`)
    let record = await find()
    for (let tries = 0; record.status === 404 && tries < 200; tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 20))
      record = await find()
    }
    assert.match(record.text, /Sunday/)
    const items = [{}, { context: { time: SUNDAY } }, { subject: 1 }]
    const many = await app.send('POST', evaluations, { body: { ...good, evaluations: items, options } })
    assert.deepEqual(
      many.json.evaluations.map((e: { decision: boolean; context: object }) => [e.decision, Object.keys(e.context)]),
      [
        [true, told],
        [false, told],
        [false, ['error']],
      ],
    )
  })

  test('`options` of one evaluation that say nothing of it are ignored, of several they are 400', async () => {
    for (const options of [5, null, { explain: 'no' }, { explain: true }]) {
      const one = await app.send('POST', evaluation, { body: { ...good, options } })
      assert.ok(one.json.context.reasons.length > 0, one.text)
    }
    const wrong = { ...good, evaluations: [{}], options: { explain: 'no' } }
    assert.equal((await app.send('POST', evaluations, { body: wrong })).status, 400)
  })

  test('the root serves the org of the key', async () => {
    const key = await keyOf(app, 'acme-corp', 'checker')
    for (const path of ['/access/v1/evaluation', '/api/v1/authz/v1/evaluation', '/t/acme-corp/access/v1/evaluation']) {
      const got = await app.send('POST', path, { key, body: good })
      assert.equal(got.json.decision, true, got.text)
    }
    const orgless = await app.send('POST', '/access/v1/evaluation', { body: good })
    assert.equal(orgless.status, 400)
  })

  test('one key, three ways to send it', async () => {
    const key = await keyOf(app, 'acme-corp', 'checker')
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `ApiKey ${key}` },
    ]) {
      const got = await app.send('POST', evaluation, { key: null, headers, body: good })
      assert.equal(got.status, 200, got.text)
    }
    const none = await app.send('POST', evaluation, { key: null, body: good })
    assert.equal(none.status, 401)
    assert.match(String(none.headers['www-authenticate']), /^Bearer/)
  })

  describe('evaluations', () => {
    const run = async (body: object) => (await app.send('POST', evaluations, { body })).json

    test('without items it is one evaluation', async () => {
      assert.equal((await run(good)).decision, true)
      assert.equal((await run({ ...good, evaluations: [] })).decision, true)
      assert.equal((await app.send('POST', evaluations, { body: {} })).status, 400)
    })

    test('an item replaces a default whole, and a bad item spoils no other', async () => {
      const answer = await run({
        ...good,
        evaluations: [
          {},
          { resource: brand },
          { context: { time: SUNDAY } },
          { subject: { type: 'user' } },
          { resource: { type: 'document' } },
        ],
      })
      assert.equal(answer.decision, undefined)
      assert.deepEqual(
        answer.evaluations.map((e: { decision: boolean }) => e.decision),
        [true, false, false, false, false],
      )
      assert.equal(answer.evaluations[3].context.error.status, 400)
      assert.match(answer.evaluations[4].context.error.message, /resource\.id/)
    })

    const order = { subject: alice, action: edit, context: { time: WEDNESDAY } }
    const items = (...resources: object[]) => ({ ...order, evaluations: resources.map(resource => ({ resource })) })
    const semantics: readonly [string, object, readonly boolean[]][] = [
      ['execute_all', items(roadmap, brand, roadmap), [true, false, true]],
      ['deny_on_first_deny', items(roadmap, brand, roadmap), [true, false]],
      ['deny_on_first_deny', items(roadmap, roadmap), [true, true]],
      ['permit_on_first_permit', items(brand, roadmap, brand), [false, true]],
      ['permit_on_first_permit', items(brand, {}, brand), [false, false, false]],
    ]
    for (const [semantic, body, expected] of semantics) {
      test(`${semantic}: ${expected.join(', ')}`, async () => {
        const answer = await run({ ...body, options: { evaluations_semantic: semantic } })
        assert.deepEqual(
          answer.evaluations.map((e: { decision: boolean }) => e.decision),
          expected,
        )
      })
    }

    test('an unknown semantic is 400', async () => {
      const got = await app.send('POST', evaluations, {
        body: { ...items(roadmap), options: { evaluations_semantic: 'guess' } },
      })
      assert.equal(got.status, 400)
    })
  })

  describe('search', () => {
    const search = async (what: string, body: object) =>
      (await app.send('POST', `/orgs/acme-corp/access/v1/search/${what}`, { body })).json
    const context = { time: WEDNESDAY, ip: '10.1.2.3' }

    test('subjects, resources and actions, each of which evaluates to true', async () => {
      const subjects = await search('subject', {
        subject: { type: 'user', id: 'ignored' },
        action: edit,
        resource: roadmap,
        context,
      })
      assert.deepEqual(subjects.results, [
        { type: 'user', id: 'alice' },
        { type: 'user', id: 'bob' },
      ])
      const resources = await search('resource', {
        subject: alice,
        action: edit,
        resource: { type: 'document' },
        context,
      })
      assert.deepEqual(resources.results, [{ type: 'document', id: 'roadmap' }])
      const actions = await search('action', { subject: alice, resource: roadmap, context })
      assert.deepEqual(actions.results, [{ name: 'edit' }, { name: 'view' }])
      for (const { name } of actions.results) {
        assert.equal((await app.ask('user:alice', name, 'document:roadmap', context)).json.decision, true)
      }
      assert.equal(Object.keys(subjects)[0], 'page')
      assert.equal(subjects.page.next_token, '')
    })

    test('unknown ids and types give nothing, not an error', async () => {
      const nobody = await search('resource', {
        subject: { type: 'user', id: 'nobody' },
        action: edit,
        resource: { type: 'document' },
        context,
      })
      assert.deepEqual(nobody.results, [])
      const nothing = await search('resource', {
        subject: alice,
        action: edit,
        resource: { type: 'spaceship' },
        context,
      })
      assert.deepEqual(nothing.results, [])
    })

    test('pages are complete, and a token serves only its own search', async () => {
      const query = { subject: { type: 'user' }, action: edit, resource: roadmap, context }
      const first = await search('subject', { ...query, page: { limit: 1 } })
      assert.equal(first.results.length, 1)
      assert.notEqual(first.page.next_token, '')
      const seen = [...first.results]
      let token = first.page.next_token
      while (token !== '') {
        const next = await search('subject', { ...query, page: { token } })
        seen.push(...next.results)
        token = next.page.next_token
      }
      assert.deepEqual(
        seen.map(r => r.id),
        ['alice', 'bob'],
      )
      const other = await app.send('POST', '/orgs/acme-corp/access/v1/search/subject', {
        body: { ...query, resource: brand, page: { token: first.page.next_token } },
      })
      assert.equal(other.status, 400)
    })
  })

  test('metadata names the endpoints by configuration, not by host', async () => {
    for (const path of [
      '/.well-known/authzen-configuration/orgs/acme-corp',
      '/orgs/acme-corp/.well-known/authzen-configuration',
    ]) {
      const got = await app.send('GET', path, { key: null, headers: { host: 'evil.example' } })
      assert.equal(got.status, 200)
      assert.match(got.json.policy_decision_point, /\/orgs\/acme-corp$/)
      assert.equal(got.json.access_evaluation_endpoint, `${got.json.policy_decision_point}/access/v1/evaluation`)
      assert.doesNotMatch(got.text, /evil/)
    }
    const alias = await app.send('GET', '/t/acme-corp/.well-known/authzen-configuration', { key: null })
    assert.equal(alias.status, 308)
    assert.equal(alias.headers.location, '/orgs/acme-corp/.well-known/authzen-configuration')
  })
})
