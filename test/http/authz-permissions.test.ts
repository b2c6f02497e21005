import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'
import { CLIENT, makeRoles, ORG } from '../support/authz.ts'

const WEEKDAY = '2026-03-04T10:00:00Z'
const SUNDAY = '2026-03-08T10:00:00Z'

/** Who, which permission, allowed or not, and what else is asked along. */
const CASES: readonly (readonly [subject: string, permission: string, allowed: boolean, more?: object])[] = [
  ['user:wanda', 'article.edit', true],
  ['user:wanda', 'articles.edit', true],
  ['user:wanda', 'edit:articles', true],
  ['user:wanda', 'articles:edit', true],
  ['user:wanda', 'post.edit', true],
  ['user:wanda', 'publish:posts', true],
  ['user:wanda', 'article.delete', false],
  ['user:wanda', 'article.view', true],
  ['user:sam', 'article.publish', true],
  ['user:vic', 'article.view', true],
  ['user:vic', 'article.edit', false],
  ['user:stranger', 'article.view', false],
  ['user:stranger', 'article.search', true],
  ['user:nadia', 'article.archive', true],
  ['user:wanda', 'article.archive', false],
  ['user:bea', 'billing:view_invoices', true],
  ['user:bea', 'billing.view_invoices', true],
  ['user:bea', 'view_invoices:billing', true],
  ['user:vic', 'billing:view_invoices', false],
  ['user:bea', 'ledger:close_month', true],
  ['user:vic', 'ledger:close_month', false],
  ['user:bea', 'ledger:close_month', true, { resource: 'org:roles' }],
  ['user:bea', 'ledger:open_month', false],
  ['user:wanda', 'nothing.at.all', false],
  ['user:wanda', 'edit', false],
  ['user:wanda', 'Article.Edit', false],
  ['user:olga', 'article.delete', false],
  ['user:olga', 'article.delete', true, { resource: 'article:a1' }],
  ['user:olga', 'delete', true, { resource: { type: 'article', id: 'a1' } }],
  ['user:olga', 'article.delete', false, { resource: 'article:a2' }],
  ['user:olga', 'article.delete', false, { resource: 'org:roles' }],
  ['user:wanda', 'article.edit', true, { resource: 'article' }],
  ['user:wanda', 'article.unpublish', false],
  ['user:list', 'article.list', false],
  ['user:list', 'article.list', true, { context: { ip: '10.1.2.3' } }],
  ['user:list', 'article.list', false, { context: { ip: '192.0.2.1' } }],
  ['user:wanda', 'article.comment', true, { context: { time: WEEKDAY } }],
  ['user:wanda', 'article.comment', false, { context: { time: SUNDAY } }],
  ['user:lena', 'article.redact', true],
  ['user:paul', 'article.redact', false],
  ['user:paul', 'article.redact', true, { subject: { type: 'user', id: 'paul', properties: { department: 'legal' } } }],
  ['user:paul', 'article.print', true, { resource: 'article:a1' }],
  ['user:paul', 'article.print', false, { resource: 'article:a2' }],
  ['agent:scribe', 'article.edit', true],
  ['agent:scribe', 'edit:articles', true],
  ['agent:scribe', 'article.publish', false],
  ['agent:scribe', 'read:documents', true],
  ['agent:other', 'read:documents', false],
  ['agent:scribe', 'tool:search_web', true],
  ['agent:scribe', 'tool:send_mail', false],
  ['user:wanda', 'article.edit', true, { context: { actors: ['agent:scribe'] } }],
  ['user:wanda', 'article.publish', false, { context: { actors: ['agent:scribe'] } }],
  ['user:wanda', '__proto__', false],
]

describe('permissions by name', () => {
  let app: App
  let key: string
  before(async () => {
    app = await startApp()
    await makeRoles(app)
    key = await keyOf(app, ORG, 'checker')
  })
  after(() => app.close())

  const check = (body: object, path = 'check', sender = key) =>
    app.send('POST', `/api/v1/authz/${path}`, { key: sender, body })

  for (const [subject, permission, allowed, more = {}] of CASES) {
    test(`${subject} ${allowed ? 'has' : 'has not'} ${permission} ${JSON.stringify(more)}`, async () => {
      const got = await check({ subject, permission, ...more })
      assert.equal(got.status, 200, got.text)
      CLIENT.check.parse(got.json)
      assert.equal(got.json.allowed, allowed, got.text)
      assert.equal(got.json.permission, permission)
      assert.equal(`${got.json.subject_type}:${got.json.subject_id}`, subject)
      assert.equal(got.json.user_id, subject.slice(subject.indexOf(':') + 1))
    })
  }

  const SPELLINGS: readonly (readonly [object, string, string])[] = [
    [{ subject: 'user:wanda' }, 'user', 'wanda'],
    [{ subject: 'wanda' }, 'user', 'wanda'],
    [{ subject: { type: 'user', id: 'wanda' } }, 'user', 'wanda'],
    [{ user_id: 'wanda' }, 'user', 'wanda'],
    [{ user_id: 'user:wanda' }, 'user', 'wanda'],
    [{ user_id: 7 }, 'user', '7'],
    [{ subject: { type: 'user', id: 7 }, user_id: '7' }, 'user', '7'],
    [{ subject: 'agent:scribe', user_id: 'scribe' }, 'agent', 'scribe'],
    [{ subject: 'agent:scribe:task:task_1' }, 'agent', 'scribe:task:task_1'],
    [{ subject: null, user_id: 'wanda', context: null, resource: null }, 'user', 'wanda'],
  ]
  for (const [body, type, id] of SPELLINGS) {
    test(`a subject spelled ${JSON.stringify(body)}`, async () => {
      const got = await check({ permission: 'article.edit', ...body })
      assert.deepEqual([got.status, got.json.subject_type, got.json.subject_id, got.json.user_id], [200, type, id, id])
      assert.equal('context' in got.json, false)
    })
  }

  const BAD: readonly (readonly [what: string, path: string, body: unknown, status: number, code: string])[] = [
    ['no permission', 'check', {}, 400, 'MISSING_PERMISSION'],
    ['an empty permission', 'check', { permission: '' }, 400, 'MISSING_PERMISSION'],
    ['a permission that is a list', 'check', { permission: ['a'] }, 400, 'MISSING_PERMISSION'],
    ['a permission that is null', 'check', { permission: null }, 400, 'MISSING_PERMISSION'],
    ['an endless permission', 'check', { permission: 'x'.repeat(2_000) }, 400, 'MISSING_PERMISSION'],
    ['no permissions', 'check-bulk', {}, 400, 'INVALID_PERMISSIONS'],
    ['an empty list', 'check-any', { permissions: [] }, 400, 'INVALID_PERMISSIONS'],
    ['a list of numbers', 'check-all', { permissions: [1] }, 400, 'INVALID_PERMISSIONS'],
    ['a text for a list', 'check-all', { permissions: 'a' }, 400, 'INVALID_PERMISSIONS'],
    ['101 of them', 'check-bulk', { permissions: Array(101).fill('a') }, 400, 'INVALID_PERMISSIONS'],
    ['a subject without an id', 'check', { permission: 'a', subject: { type: 'user' } }, 400, 'invalid_request'],
    ['a context that is a list', 'check', { permission: 'a', context: [] }, 400, 'invalid_request'],
    ['a body that is a list', 'check', [], 400, 'invalid_request'],
    ['two subjects', 'check', { permission: 'a', subject: 'user:a', user_id: 'b' }, 400, 'invalid_request'],
    ['a time that is none', 'check', { permission: 'a', context: { time: 'noon' } }, 400, 'invalid_request'],
    ['a number as user', 'check', { permission: 'a', user_id: 1.5 }, 400, 'invalid_request'],
  ]
  for (const [what, path, body, status, code] of BAD) {
    test(`${status} ${code} for ${what}`, async () => {
      const got = await app.send('POST', `/api/v1/authz/${path}`, { key, body })
      assert.deepEqual([got.status, got.json.code, got.json.error], [status, code, code], got.text)
      CLIENT.error.parse(got.json)
      const about = await app.send('GET', `/errors/${code}`, { key: null })
      assert.equal(about.status, 200, about.text)
    })
  }

  test('in bulk, any and all: the same answers, in one', async () => {
    const subject = 'user:wanda'
    const permissions = ['article.edit', 'edit:posts', 'article.delete', '__proto__', 'article.edit']
    const bulk = await check({ subject, permissions, context: { ip: '10.1.2.3' } }, 'check-bulk')
    CLIENT.bulk.parse(bulk.json)
    assert.deepEqual(Object.entries(bulk.json.results), [
      ['article.edit', true],
      ['edit:posts', true],
      ['article.delete', false],
      ['__proto__', false],
    ])
    assert.deepEqual(bulk.json.context, { ip: '10.1.2.3' })
    for (const [path, list, allowed] of [
      ['check-any', ['article.delete', 'article.edit'], true],
      ['check-any', ['article.delete', 'x.y'], false],
      ['check-all', ['article.publish', 'article.edit'], true],
      ['check-all', ['article.edit', 'article.delete'], false],
    ] as const) {
      const got = await check({ subject, permissions: list }, path)
      CLIENT.joined.parse(got.json)
      assert.deepEqual([got.json.allowed, got.json.permissions], [allowed, list])
    }
  })

  test('the decision is in the log, under the id that was answered', async () => {
    const got = await check({ subject: 'user:wanda', permission: 'edit:articles' })
    const path = `/orgs/${ORG}/api/v1/decisions/${got.json.decision_id}`
    for (let tries = 0; tries < 50; tries += 1) {
      const logged = await app.send('GET', path)
      if (logged.status === 200) {
        assert.match(logged.text, /"action":"edit"/)
        assert.match(got.json.reason, /Editors of the org can edit and publish articles/)
        return
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    assert.fail('it never reached the log')
  })

  const listed = async (subject: string): Promise<Record<string, string>> => {
    const got = await app.send('GET', `/api/v1/authz/permissions?subject=${subject}`, { key })
    assert.equal(got.status, 200, got.text)
    CLIENT.permissions.parse(got.json)
    assert.equal(got.json.count, got.json.permissions.length)
    assert.deepEqual(got.json.data, got.json.permissions)
    return Object.fromEntries(got.json.permissions.map((p: { slug: string; source: string }) => [p.slug, p.source]))
  }

  /** Without what the shipped rules give everyone who can authenticate. */
  const ofOrg = async (subject: string) => {
    const { 'org_self.read': read, 'org_self.use': use, ...rest } = await listed(subject)
    const { 'scope.obtain': scope, 'audience.obtain': audience, 'mcp_tool.use': tool, ...more } = rest
    const { 'capability.obtain': capability, ...own } = more
    const all = [read, use, scope, audience, tool, capability]
    if (subject.startsWith('user:')) assert.deepEqual(all, Array(6).fill('type:user'))
    return own
  }

  test('a list of permissions says through what, groups included', async () => {
    assert.deepEqual(await ofOrg('user:stranger'), { 'article.search': 'everyone' })
    assert.deepEqual(await ofOrg('user:vic'), {
      'article.search': 'everyone',
      'article.view': 'role:Viewer',
      'invoice.export': 'role:Viewer',
    })
    assert.deepEqual(await ofOrg('user:bea'), {
      'article.search': 'everyone',
      'billing.view_invoices': 'role:Billing admin',
      'invoice.export': 'role:Billing admin',
      'ledger:close_month': 'role:Billing admin',
    })
    const { 'article.comment': _, ...sam } = await ofOrg('user:sam')
    assert.deepEqual(sam, {
      'article.edit': 'role:Editor',
      'article.publish': 'role:Editor',
      'article.search': 'everyone',
      'article.view': 'role:Viewer',
      'invoice.export': 'role:Viewer',
    })
    assert.equal((await ofOrg('user:nadia'))['article.archive'], 'direct')
    assert.equal((await ofOrg('user:lena'))['article.redact'], 'type:user')
    assert.deepEqual(await ofOrg('agent:scribe'), { 'article.edit': 'role:Editor', 'document.read': 'type:agent' })
    assert.deepEqual(await ofOrg('agent:other'), {})
  })

  test('what is listed is what a check allows, and nothing is missing', async () => {
    const context = { time: new Date().toISOString() }
    const actions = ['edit', 'publish', 'view', 'archive', 'search', 'list', 'delete', 'view_invoices', 'export', 'use']
    const types = ['article', 'billing', 'invoice', 'document', 'tool', 'org', 'org_policy']
    for (const subject of ['user:wanda', 'user:bea', 'user:nadia', 'agent:scribe', 'user:stranger']) {
      const slugs = new Set(Object.keys(await listed(subject)).filter(slug => slug !== 'article.comment'))
      const all = [...slugs, ...types.flatMap(type => actions.map(action => `${type}.${action}`))]
      for (let at = 0; at < all.length; at += 100) {
        const got = await check({ subject, context, permissions: all.slice(at, at + 100) }, 'check-bulk')
        for (const [slug, allowed] of Object.entries(got.json.results)) assert.equal(slugs.has(slug), allowed, slug)
      }
    }
  })

  test('a write is seen by the next answer, and at once with its revision', async () => {
    const body = { writes: [{ object: 'group:writers', relation: 'member', user: 'user:new' }] }
    assert.equal((await check({ user_id: 'new', permission: 'article.edit' })).json.allowed, false)
    const wrote = await app.send('POST', `/orgs/${ORG}/api/v1/admin/tuples`, { body })
    const headers = { 'x-consistency-token': String(wrote.json.data.revision) }
    const path = '/api/v1/authz/check'
    const asked = { user_id: 'new', permission: 'article.edit' }
    assert.equal((await app.send('POST', path, { key, headers, body: asked })).json.allowed, true)
    const ahead = { 'x-consistency-token': String(wrote.json.data.revision + 1_000) }
    assert.equal((await app.send('POST', path, { key, headers: ahead, body: asked })).status, 409)
  })

  test('who asks about itself needs no right, about others `authz.check`', async () => {
    const own = await keyOf(app, 'acme-corp', 'auditor')
    const itself = await check({ permission: 'org_policy.read' }, 'check', own)
    assert.equal(itself.status, 200, itself.text)
    assert.deepEqual([itself.json.allowed, itself.json.subject_type], [true, 'key'])
    assert.equal('reason' in itself.json, false)
    const named = `key:${itself.json.subject_id}`
    assert.equal((await check({ permission: 'org_policy.write', subject: named }, 'check', own)).json.allowed, false)
    const list = await app.send('GET', '/api/v1/authz/permissions', { key: own })
    const rows = list.json.permissions.map((p: { slug: string; source: string }) => `${p.slug} ${p.source}`)
    assert.ok(rows.includes('org_policy.read role:Auditor'), list.text)
    assert.ok(!rows.some((row: string) => row.startsWith('org_access.check')), list.text)
    for (const [path, body] of [
      ['check', { permission: 'document.view', subject: 'user:alice' }],
      ['check-bulk', { permissions: ['document.view'], user_id: 'alice' }],
      ['check-any', { permissions: ['document.view'], user_id: 'alice' }],
      ['check-all', { permissions: ['document.view'], user_id: 'alice' }],
    ] as const) {
      const got = await check(body, path, own)
      assert.deepEqual([got.status, got.json.code], [403, 'insufficient_permissions'], got.text)
    }
    const other = await app.send('GET', '/api/v1/authz/permissions?user_id=alice', { key: own })
    assert.deepEqual([other.status, other.json.code], [403, 'insufficient_permissions'])
    // In this org a rule of its own gives auditors the permission by its published name.
    const given = await keyOf(app, ORG, 'auditor')
    assert.equal(
      (await check({ permission: 'article.edit', subject: 'user:wanda' }, 'check', given)).json.allowed,
      true,
    )
  })

  test('the org is the one of the key, or of the path for those who may enter it', async () => {
    const body = { permission: 'article.edit', subject: 'user:wanda' }
    for (const path of [`/orgs/${ORG}/api/v1/authz/check`, `/t/${ORG}/api/v1/authz/check`]) {
      assert.equal((await app.send('POST', path, { body })).json.allowed, true)
      assert.equal((await app.send('POST', path, { key, body })).json.allowed, true)
    }
    const foreign = await app.send('POST', '/orgs/acme-corp/api/v1/authz/check', { key, body })
    assert.deepEqual([foreign.status, foreign.json.code], [403, 'insufficient_permissions'])
    const nowhere = await app.send('POST', '/api/v1/authz/check', { body })
    assert.deepEqual([nowhere.status, nowhere.json.code], [400, 'invalid_request'])
    const nobody = await app.send('POST', '/api/v1/authz/check', { key: null, body })
    assert.deepEqual([nobody.status, nobody.json.code], [401, 'invalid_token'])
    for (const headers of [{ authorization: `Bearer ${key}` }, { authorization: `ApiKey ${key}` }]) {
      const got = await app.send('POST', '/api/v1/authz/check', { key: null, headers, body })
      assert.equal(got.json.allowed, true, got.text)
    }
  })

  test('the demo org, by name', async () => {
    const acme = await keyOf(app, 'acme-corp', 'checker')
    for (const [user_id, permission, resource, context, allowed] of [
      ['alice', 'document.edit', 'document:roadmap', { time: '2026-03-04T10:00:00+01:00' }, true],
      ['alice', 'edit:documents', 'document:roadmap', { time: SUNDAY }, false],
      ['alice', 'docs.view', 'document:roadmap', {}, true],
      ['alice', 'docs.view', 'document:brand', {}, false],
      ['frank', 'salary.view', undefined, {}, true],
      ['carl', 'salary.view', undefined, {}, false],
      ['fiona', 'payments:release', 'payment:inv-100', {}, true],
      ['frank', 'payments:release', 'payment:inv-100', {}, false],
    ] as const) {
      const got = await check({ user_id, permission, resource, context }, 'check', acme)
      assert.equal(got.json.allowed, allowed, `${user_id} ${permission}: ${got.text}`)
    }
  })
})
