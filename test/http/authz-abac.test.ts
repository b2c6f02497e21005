import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'
import { CLIENT, makeRoles, ORG } from '../support/authz.ts'

const paul = { subject: 'user:paul' }
const print = { ...paul, resourceType: 'article', action: 'print' }
const list = { ...paul, resourceType: 'article', action: 'list' }
const redact = { resourceType: 'article', action: 'redact' }

const CASES: readonly (readonly [what: string, body: object, allowed: boolean])[] = [
  ['a stored attribute of the resource', { ...print, resourceId: 'a1' }, true],
  [
    'an attribute that comes along',
    { ...print, resourceId: 'a9', context: { resource: { status: 'published' } } },
    true,
  ],
  ['a stored one goes before it', { ...print, resourceId: 'a1', context: { resource: { status: 'draft' } } }, true],
  ['an attribute that is otherwise', { ...print, resourceId: 'a9', context: { resource: { status: 'draft' } } }, false],
  ['a resource nobody knows', { ...print, resourceId: 'a9' }, false],
  ['the type as such', print, false],
  ['an environment', { ...list, environment: { ip: '10.1.2.3', userAgent: 'x' } }, true],
  ['an environment in the context', { ...list, context: { environment: { ip: '10.1.2.3' } } }, true],
  ['an address elsewhere', { ...list, environment: { ip: '192.0.2.1' } }, false],
  ['no environment', list, false],
  ['a null environment', { ...list, environment: null, context: null, resourceId: null }, false],
  ['a stored attribute of the subject', { ...redact, subject: 'user:lena' }, true],
  ['another subject', { ...redact, user_id: 'paul' }, false],
  [
    'a subject with attributes',
    { ...redact, subject: { type: 'user', id: 'paul', attributes: { department: 'legal' } } },
    true,
  ],
  [
    'the older form',
    {
      subject: { id: 'paul', type: 'user', attributes: {} },
      action: { name: 'print' },
      resource: { type: 'article', id: 'a9', attributes: { status: 'published' } },
      environment: {},
      context: {},
    },
    true,
  ],
  ['a numeric id', { ...print, resourceId: 9, context: { resource: { status: 'published' } } }, true],
  ['an action nobody knows', { ...paul, resourceType: 'article', action: 'fold' }, false],
  ['a type nobody knows', { ...paul, resourceType: 'planet', action: 'print' }, false],
  ['what needs an approval', { subject: 'user:wanda', resourceType: 'article', action: 'unpublish' }, false],
  ['an agent within its capabilities', { subject: 'agent:scribe', resourceType: 'article', action: 'edit' }, true],
  ['an agent beyond them', { subject: 'agent:scribe', resourceType: 'article', action: 'publish' }, false],
]

describe('decisions by attributes', () => {
  let app: App
  let key: string
  before(async () => {
    app = await startApp()
    await makeRoles(app)
    key = await keyOf(app, ORG, 'author')
  })
  after(() => app.close())

  const base = `/orgs/${ORG}/api/v1/abac`
  const post = (path: string, body: unknown, sender = key, at = base) =>
    app.send('POST', `${at}/${path}`, { key: sender, body })

  for (const [what, body, allowed] of CASES) {
    test(`${what}: ${allowed ? 'allowed' : 'denied'}`, async () => {
      const got = await post('check', body)
      assert.equal(got.status, 200, got.text)
      CLIENT.abac.parse(got.json)
      assert.equal(got.json.allowed, allowed, got.text)
      const bulk = await post('check-bulk', { checks: [body] })
      assert.deepEqual([bulk.json.results[0].allowed, bulk.json.results[0].reason], [allowed, got.json.reason])
    })
  }

  test('an answer says what was asked, of whom, and why', async () => {
    const got = await post('check', { ...print, resourceId: 'a1', environment: { ip: '10.1.2.3' } })
    const { decision_id, ...rest } = got.json
    assert.match(decision_id, /^dec_/)
    const sentence = 'Users can print articles whose status is published'
    const [policy] = rest.matchedPolicies
    assert.equal(typeof policy.id, 'string')
    assert.deepEqual(rest, {
      allowed: true,
      reason: `allowed by: ${sentence}`,
      matchedPolicies: [{ id: policy.id, name: sentence, effect: 'allow', priority: 0 }],
      evaluationContext: { user: {}, resource: { status: 'published' }, environment: { ip: '10.1.2.3' } },
      user_id: 'paul',
      resourceType: 'article',
      action: 'print',
      resourceId: 'a1',
    })
    const ceiling = await post('check', { subject: 'agent:scribe', resourceType: 'article', action: 'publish' })
    assert.deepEqual(
      [ceiling.json.matchedPolicies[0].effect, ceiling.json.matchedPolicies[0].priority],
      ['deny', 1_000],
    )
    assert.equal(ceiling.json.resourceId, null)
  })

  test('what a caller may see of it goes by what it may read', async () => {
    const checker = await keyOf(app, ORG, 'checker')
    const seen = await post('check', { ...print, resourceId: 'a1' }, checker)
    CLIENT.abac.parse(seen.json)
    assert.equal('matchedPolicies' in seen.json || 'evaluationContext' in seen.json, false)
    assert.match(seen.json.reason, /print articles/)
    const auditor = await keyOf(app, 'acme-corp', 'auditor')
    const own = await post('check', { resourceType: 'org_key', action: 'read' }, auditor, '/api/v1/abac')
    assert.deepEqual([own.json.allowed, own.json.reason], [false, 'denied'])
    const bulk = await post(
      'check-bulk',
      { requests: [{ resourceType: 'org_policy', action: 'read' }] },
      auditor,
      '/api/v1/abac',
    )
    assert.deepEqual([bulk.json.results[0].allowed, bulk.json.results[0].reason], [true, 'allowed'])
    const other = await post('check', { ...print }, auditor, '/api/v1/abac')
    assert.deepEqual([other.status, other.json.code], [403, 'insufficient_permissions'])
    const items = await post('check-bulk', { requests: [print, redact] }, auditor, '/api/v1/abac')
    assert.equal(items.json.results[0].allowed, false)
    assert.match(items.json.results[0].error, /authz\.check/)
    assert.equal('error' in items.json.results[1], false)
  })

  test('in bulk a bad item spoils no other', async () => {
    const checks = [
      { ...print, resourceId: 'a1' },
      { resourceType: 'article' },
      {},
      null,
      'print',
      { ...print, context: { resource: 'a1' } },
      { ...print, environment: { time: 'noon' } },
      list,
    ]
    for (const [path, body] of [
      ['check-bulk', { checks, environment: { ip: '10.1.2.3' } }],
      ['check-bulk', { requests: checks, context: { environment: { ip: '10.1.2.3' } } }],
      ['check/batch', { checks, environment: { ip: '10.1.2.3' } }],
    ] as const) {
      const got = await post(path, body)
      assert.equal(got.status, 200, got.text)
      CLIENT.abacBulk.parse(got.json)
      const rows: { index: number; allowed: boolean; error?: string; resourceType?: string }[] = got.json.results
      assert.deepEqual(
        rows.map(r => r.allowed),
        [true, false, false, false, false, false, false, true],
      )
      assert.deepEqual(
        rows.map(r => r.index),
        checks.map((_, i) => i),
      )
      assert.deepEqual(
        rows.map(r => r.error === undefined),
        [true, false, false, false, false, false, false, true],
      )
      assert.equal(rows[1]?.resourceType, 'article')
    }
  })

  const BAD: readonly (readonly [path: string, body: unknown, code: string])[] = [
    ['check', {}, 'MISSING_FIELDS'],
    ['check', { resourceType: 'article' }, 'MISSING_FIELDS'],
    ['check', { action: 'print' }, 'MISSING_FIELDS'],
    ['check', { resourceType: 7, action: 'print' }, 'invalid_request'],
    ['check', { ...print, context: { resource: [] } }, 'invalid_request'],
    ['check', { ...print, environment: 'office' }, 'invalid_request'],
    ['check', [], 'invalid_request'],
    ['check-bulk', {}, 'MISSING_FIELDS'],
    ['check-bulk', { checks: [] }, 'invalid_request'],
    ['check-bulk', { requests: Array(101).fill(print) }, 'invalid_request'],
    ['check/batch', { checks: 'all' }, 'invalid_request'],
  ]
  for (const [path, body, code] of BAD) {
    test(`400 ${code} for ${path} ${JSON.stringify(body).slice(0, 60)}`, async () => {
      const got = await post(path, body)
      assert.deepEqual([got.status, got.json.code], [400, code], got.text)
      CLIENT.error.parse(got.json)
    })
  }

  test('attributes are written one by one, and decide at once', async () => {
    const put = (path: string, value: unknown, sender = key) =>
      app.send('PUT', `${base}/${path}`, { key: sender, body: { value } })
    const asked = { ...redact, user_id: 'quinn' }
    assert.equal((await post('check', asked)).json.allowed, false)
    const wrote = await put('users/quinn/attributes/department', 'legal')
    assert.equal(wrote.status, 200, wrote.text)
    assert.deepEqual(wrote.json.data, { userId: 'quinn', slug: 'department', value: 'legal' })
    assert.equal((await post('check', asked)).json.allowed, true)
    await put('users/quinn/attributes/department', null)
    assert.equal((await post('check', asked)).json.allowed, false)

    const resource = `resources/article/a7/attributes`
    assert.deepEqual((await put(`${resource}/status`, 'published')).json, { status: 'published' })
    assert.deepEqual((await put(`${resource}/size`, 3)).json, { status: 'published', size: 3 })
    const read = await app.send('GET', `${base}/${resource}`, { key })
    assert.deepEqual(CLIENT.attributes.parse(read.json), { status: 'published', size: 3 })
    assert.equal((await post('check', { ...print, resourceId: 'a7' })).json.allowed, true)

    assert.deepEqual(
      [(await put(`${resource}/a%20b`, 1)).json.code, (await put(`${resource}/x`, undefined)).status],
      ['invalid_attribute', 400],
    )
    const checker = await keyOf(app, ORG, 'checker')
    assert.equal((await put(`${resource}/status`, 'draft', checker)).status, 403)
    assert.equal((await app.send('GET', `${base}/${resource}`, { key: checker })).status, 403)
    const mine = await app.send('GET', '/api/v1/abac/my-attributes', { key: checker })
    assert.equal(mine.status, 200)
    assert.equal(CLIENT.attributes.parse(mine.json).type, 'key')
  })

  test('definitions are those of the published policy', async () => {
    const all = await app.send('GET', `${base}/attribute-definitions`, { key })
    const rows = CLIENT.definitions.parse(all.json.data)
    assert.deepEqual(rows.map(r => [r.id, r.attributeType, r.dataType, r.validationRules ?? null]).sort(), [
      ['article.due_date', 'resource', 'date', null],
      ['article.size', 'resource', 'number', { unit: 'MB' }],
      ['article.status', 'resource', 'string', { enum: ['draft', 'published'] }],
      ['request.channel', 'environment', 'string', { enum: ['web', 'mobile'] }],
      ['user.clearance', 'user', 'number', null],
      ['user.department', 'user', 'string', null],
    ])
    assert.match(rows.find(r => r.id === 'article.size')?.description ?? '', /^An article has a status of draft/)
    for (const type of ['user', 'resource', 'environment'] as const) {
      const some = await app.send('GET', `${base}/attribute-definitions?type=${type}`, { key })
      assert.deepEqual(
        some.json.data,
        all.json.data.filter((d: { attributeType: string }) => d.attributeType === type),
      )
    }
    const wrong = await app.send('GET', `${base}/attribute-definitions?type=planet`, { key })
    assert.deepEqual([wrong.status, wrong.json.code], [400, 'invalid_request'])
  })
})
