import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mintApiKey } from '../../src/pdp/credentials.ts'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n'
const POLICY = `Users whose department is finance can read documents.
Users whose groups include auditors can audit documents.`

describe('services, users, consents and settings over the management API', () => {
  let app: App
  const admin = '/orgs/acme/api/v1/admin'
  const decide = async (id: string, action: string) => {
    const body = { subject: { type: 'user', id }, action: { name: action }, resource: { type: 'document', id: '1' } }
    return (await app.send('POST', '/orgs/acme/access/v1/evaluation', { body })).json.decision
  }
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, POLICY)
    await makeOrg(app, 'other', MODEL, '')
  })
  after(() => app.close())

  test('attributes and groups of a user decide the next check', async () => {
    const made = await app.send('POST', `${admin}/users`, {
      body: { id: 'ann', email: 'ann@acme.com', emailVerified: true, name: 'Ann', attributes: { level: 3 } },
    })
    assert.equal(made.status, 201, made.text)
    assert.equal(await decide('ann', 'read'), false)
    const patched = await app.send('PATCH', `${admin}/users/ann`, { body: { attributes: { department: 'finance' } } })
    assert.deepEqual(patched.json.data.attributes, { level: 3, department: 'finance' })
    assert.equal(await decide('ann', 'read'), true)
    await app.send('PUT', `${admin}/users/ann`, { body: { attributes: { department: null } } })
    assert.equal(await decide('ann', 'read'), false)
    await app.send('PATCH', `${admin}/users/ann`, { body: { groups: ['auditors'] } })
    assert.equal(await decide('ann', 'audit'), true)
    const read = await app.send('GET', `${admin}/users/ann`)
    assert.equal(read.headers.etag, '"4"')
    assert.equal(read.json.data.emailVerified, true)
    const stale = { headers: { 'if-match': '"1"' }, body: { name: 'x' } }
    assert.equal((await app.send('PATCH', `${admin}/users/ann`, stale)).status, 412)
  })

  const BAD_USERS: readonly (readonly [name: string, body: object, status: number])[] = [
    ['an id with a colon', { id: 'a:b' }, 400],
    ['an address that is none', { email: 'ann' }, 400],
    ['an attribute that is a member', { attributes: { email: 'x@y.z' } }, 400],
    ['an attribute without a name', { attributes: { '': 1 } }, 400],
    ['an unknown member', { phone: '1' }, 400],
    ['a status there is not', { status: 'revoked' }, 400],
    ['an id that is taken', { id: 'taken' }, 409],
    ['an address that is taken, in capitals', { email: 'TAKEN@acme.com' }, 409],
  ]
  for (const [name, body, status] of BAD_USERS) {
    test(`user: ${name}`, async () => {
      await app.send('POST', `${admin}/users`, { body: { id: 'taken', email: 'taken@acme.com' } })
      assert.equal((await app.send('POST', `${admin}/users`, { body })).status, status)
    })
  }

  test('a user who is gone stays gone, and their tokens and consents with them', async () => {
    await app.send('POST', `${admin}/users`, { body: { id: 'gone', attributes: { department: 'finance' } } })
    const { json } = await app.send('POST', `${admin}/agents`, { body: { name: 'for the gone' } })
    const given = { user: 'gone', agent: json.data.id, scopes: ['read:documents'] }
    assert.equal((await app.send('POST', `${admin}/consents`, { body: given })).status, 201)
    assert.equal((await app.send('DELETE', `${admin}/users/gone`)).status, 204)
    assert.equal((await app.send('GET', `${admin}/users/gone`)).status, 404)
    assert.equal((await app.send('POST', `${admin}/users`, { body: { id: 'gone' } })).status, 409)
    assert.equal((await app.send('POST', `${admin}/consents`, { body: given })).status, 409)
    assert.equal(await decide('gone', 'read'), false)
    const { data } = (await app.send('GET', `${admin}/consents?user=gone`)).json
    assert.deepEqual(
      data.map((c: { status: string }) => c.status),
      ['revoked'],
    )
    const state = await app.running.service.orgs.get('acme')
    assert.notEqual(state.registry.subjectRevokedAt('user:gone'), null)
    const found = (await app.send('GET', `${admin}/users?search=gone`)).json
    assert.equal(found.meta.total, 0)
  })

  test('users are found by text, group and status', async () => {
    await app.send('POST', `${admin}/users`, { body: { id: 'f1', groups: ['ops'], name: 'Fred Finder' } })
    await app.send('POST', `${admin}/users`, { body: { id: 'f2', groups: ['ops'], status: 'suspended' } })
    const ids = async (query: string) =>
      (await app.send('GET', `${admin}/users?${query}`)).json.data.map((u: { id: string }) => u.id)
    assert.deepEqual(await ids('group=ops'), ['f1', 'f2'])
    assert.deepEqual(await ids('group=ops&status=suspended'), ['f2'])
    assert.deepEqual(await ids('search=finder'), ['f1'])
  })

  test('a service is a plain client with credentials of its own', async () => {
    const made = await app.send('POST', `${admin}/clients`, { body: { name: 'Billing API', capabilities: ['a:b'] } })
    assert.equal(made.status, 201, made.text)
    assert.match(made.json.data.clientSecret, /^lms_/)
    const { id, slug } = made.json.data
    assert.match(id, /^cli_/)
    assert.equal(slug, 'billing-api')
    const scopes = await app.send('PUT', `${admin}/clients/${slug}/scopes`, { body: { scopes: ['a:b', 'c:d'] } })
    assert.deepEqual(scopes.json.data.capabilities, ['a:b', 'c:d'])
    assert.equal((await app.send('POST', `${admin}/clients/${id}/disable`)).json.data.isActive, false)
    assert.equal((await app.send('POST', `${admin}/clients/${id}/enable`)).json.data.isActive, true)
    const rotated = await app.send('POST', `${admin}/clients/${id}/rotate-secret`, { body: { overlap_seconds: 60 } })
    assert.match(rotated.json.data.clientSecret, /^lms_/)
    const credentials = (await app.send('GET', `${admin}/clients/${id}/credentials`)).json.data
    assert.equal(credentials.length, 2)
    for (const { id: one } of credentials) {
      assert.equal((await app.send('DELETE', `${admin}/clients/${id}/credentials/${one}`)).status, 200)
    }
    assert.equal((await app.send('PATCH', `${admin}/clients/${id}`, { body: { tokenLifetime: 5 } })).status, 400)
    assert.equal((await app.send('DELETE', `${admin}/clients/${id}`)).status, 204)
    assert.equal((await app.send('GET', `${admin}/clients/${id}`)).status, 404)
    assert.equal((await app.send('POST', `${admin}/clients`, { body: { name: 'x', slug } })).status, 409)
    assert.equal((await app.send('GET', `${admin}/clients?search=billing`)).json.meta.total, 0)
  })

  test('a service with an API key calls as itself', async () => {
    const { json } = await app.send('POST', `${admin}/clients`, { body: { name: 'Keyed', identityType: 'api_key' } })
    const key = json.data.apiKey
    assert.match(key, /^lmk_svc_acme_/)
    const own = await app.send('GET', '/orgs/acme/api/v1/me/consents', { key })
    assert.deepEqual([own.status, own.json.code], [403, 'permission_denied'])
    assert.equal((await app.send('GET', `${admin}/agents`, { key })).status, 403)
    const forged = mintApiKey('acme', 'service').text
    assert.equal((await app.send('GET', '/orgs/acme/api/v1/me/consents', { key: forged })).status, 401)
  })

  test('a consent is recorded with who did it, replaced by a newer one, and taken back', async () => {
    const { json } = await app.send('POST', `${admin}/agents`, { body: { name: 'consenting' } })
    const { id, slug } = json.data
    const grant = (scopes: readonly string[], more = {}) =>
      app.send('POST', `${admin}/consents`, { body: { user: 'una', agent: id, scopes, ...more } })
    const first = await grant(['read:documents'])
    assert.deepEqual(
      [first.json.data.agent, first.json.data.granted_by, first.json.data.status],
      [slug, 'key:bootstrap', 'active'],
    )
    const second = await grant(['read:documents', 'edit:documents'], { expires_at: '2999-01-01T00:00:00Z' })
    assert.equal(second.status, 201)
    const { data } = (await app.send('GET', `${admin}/consents?user=una&agent=${slug}`)).json
    assert.deepEqual(
      data.map((c: { id: string; status: string }) => [c.id, c.status]),
      [
        [first.json.data.id, 'revoked'],
        [second.json.data.id, 'active'],
      ],
    )
    for (let n = 0; n < 2; n += 1) {
      assert.equal((await app.send('DELETE', `${admin}/consents/${second.json.data.id}`)).status, 204)
    }
    const after = (await app.send('GET', `${admin}/consents?user=una`)).json.data.at(-1)
    assert.deepEqual([after.status, after.revoked_by], ['revoked', 'key:bootstrap'])
    const BAD = [
      { user: 'una', agent: 'nobody', scopes: ['a:b'] },
      { user: 'una', agent: id, scopes: [] },
      { user: 'u:na', agent: id, scopes: ['a:b'] },
      { user: 'una', agent: id, scopes: ['a:b'], expires_at: '2001-01-01T00:00:00Z' },
      { user: 'una', agent: id, scopes: ['a:b'], expires_at: 'soon' },
    ]
    for (const body of BAD) {
      assert.ok([400, 404].includes((await app.send('POST', `${admin}/consents`, { body })).status))
    }
    assert.equal((await app.send('DELETE', `${admin}/consents/con_none`)).status, 404)
    assert.equal((await app.send('GET', '/orgs/acme/api/v1/me/consents')).status, 403)
  })

  test('a user gives and takes their own word, and nobody else’s', async () => {
    await app.send('POST', `${admin}/users`, { body: { id: 'uma' } })
    const { json } = await app.send('POST', `${admin}/agents`, { body: { name: 'own words' } })
    const text = (await app.send('POST', `${admin}/users/uma/rotate-key`)).json.data.apiKey
    assert.match(text, /^lmk_usr_acme_/)
    const me = '/orgs/acme/api/v1/me/consents'
    const given = await app.send('POST', me, { key: text, body: { agent: json.data.slug, scopes: ['a:b'] } })
    assert.equal(given.status, 201, given.text)
    assert.deepEqual([given.json.data.user, given.json.data.granted_by], ['uma', 'user:uma'])
    const other = await app.send('POST', `${admin}/consents`, {
      body: { user: 'una', agent: json.data.id, scopes: ['a:b'] },
    })
    assert.equal((await app.send('DELETE', `${me}/${other.json.data.id}`, { key: text })).status, 404)
    assert.equal(
      (await app.send('POST', me, { key: text, body: { user: 'una', agent: 'x', scopes: ['a:b'] } })).status,
      400,
    )
    assert.equal((await app.send('GET', me, { key: text })).json.meta.total, 1)
    assert.equal((await app.send('DELETE', `${me}/${given.json.data.id}`, { key: text })).status, 204)
    assert.equal((await app.send('GET', me, { key: text })).json.data[0].status, 'revoked')
    assert.equal((await app.send('GET', `${admin}/consents`, { key: text })).status, 403)
    const admins = { writes: [{ object: 'org:acme', relation: 'admin', user: 'user:uma' }] }
    const dsl =
      'model\n  schema 1.1\ntype user\ntype agent\ntype document\ntype org\n  relations\n    define admin: [user]\n'
    assert.equal((await app.send('PUT', `${admin}/model`, { body: { dsl } })).status, 200)
    assert.equal((await app.send('POST', `${admin}/tuples`, { body: admins })).status, 200)
    assert.equal((await app.send('GET', `${admin}/consents`, { key: text })).status, 200, 'an admin by relation')
    assert.equal((await app.send('PATCH', `${admin}/users/uma`, { body: { status: 'suspended' } })).status, 200)
    assert.equal((await app.send('GET', me, { key: text })).status, 401)
    await app.send('PATCH', `${admin}/users/uma`, { body: { status: 'active' } })
    assert.equal((await app.send('GET', me, { key: text })).status, 200)
    await app.send('POST', `${admin}/users/uma/revoke-key`)
    assert.equal((await app.send('GET', me, { key: text })).status, 401)
  })

  test('settings of tokens bind what is registered after them', async () => {
    const path = `${admin}/settings/tokens`
    const first = (await app.send('GET', path)).json.data
    assert.deepEqual(first, {
      actor_chain_order: 'outermost_first',
      max_depth: 3,
      default_lifetime: 300,
      max_lifetime: 3600,
      trusted_idps: [],
    })
    const set = await app.send('PATCH', path, {
      body: { actor_chain_order: 'rfc8693', max_depth: 5, max_lifetime: 7200, default_lifetime: 600 },
    })
    assert.equal(set.status, 200, set.text)
    const agent = { name: 'after', tokenLifetime: 7200, delegation: { max_depth: 5 } }
    assert.equal((await app.send('POST', `${admin}/agents`, { body: agent })).status, 201)
    assert.equal((await app.send('POST', `${admin}/agents`, { body: { name: 'x' } })).json.data.tokenLifetime, 600)
    const long = (
      await app.send('POST', `${admin}/agents`, { body: { ...agent, name: 'long', capabilities: ['a:b'] } })
    ).json.data
    await app.send('PATCH', path, { body: { max_lifetime: 600, max_depth: 2 } })
    const change = (body: object) => app.send('PATCH', `${admin}/agents/${long.id}`, { body })
    assert.equal((await change({ capabilities: [] })).status, 200, 'less is always possible')
    assert.equal((await change({ tokenLifetime: 7000 })).status, 400)
    assert.equal((await change({ tokenLifetime: 600, delegation: { max_depth: 2 } })).status, 200)
    await app.send('PATCH', path, { body: { max_lifetime: 7200, max_depth: 5 } })
    const idp = { issuer: 'https://idp.example.com', jwks_uri: 'https://idp.example.com/jwks.json' }
    assert.equal(
      (await app.send('PUT', path, { body: { trusted_idps: [idp] } })).json.data.trusted_idps[0].issuer,
      idp.issuer,
    )
    const BAD = [
      { max_depth: 9 },
      { max_depth: 0 },
      { default_lifetime: 60 },
      { max_lifetime: 100_000 },
      { default_lifetime: 7201 },
      { actor_chain_order: 'any' },
      { algorithms: [] },
      { trusted_idps: [idp, idp] },
      { trusted_idps: [{ issuer: 'idp' }] },
      { trusted_idps: [{ issuer: idp.issuer }] },
      { trusted_idps: [{ ...idp, jwks_uri: 'http://idp.example.com/jwks.json' }] },
      { trusted_idps: [{ ...idp, algorithms: ['none'] }] },
      { trusted_idps: [{ ...idp, algorithms: ['HS256'] }] },
    ]
    for (const body of BAD) assert.equal((await app.send('PATCH', path, { body })).status, 400, JSON.stringify(body))
  })
})

describe('who may manage identities is said by the rules', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  test('every route of identities refuses every role that may not, before anything else', async () => {
    const routes = app.running.routes.filter(
      r =>
        r.path.startsWith('/orgs/{org}/api/v1/admin/') &&
        r.needs !== 'public' &&
        /^org_(agent|user|service|credential|consent|mcp_server)$/.test(r.needs.act.type),
    )
    assert.ok(routes.length > 40, `${routes.length}`)
    const MAY: Readonly<Record<string, readonly string[]>> = { auditor: ['read'], author: [], checker: [] }
    for (const [role, actions] of Object.entries(MAY)) {
      const key = await keyOf(app, 'acme-corp', role)
      for (const row of routes) {
        if (row.needs === 'public') continue
        const path = row.path.replace('{org}', 'acme-corp').replace(/\{\w+\}/g, 'nobody')
        const got = await app.send(row.method, path, { key, ...(row.method !== 'GET' && { body: {} }) })
        const may = actions.includes(row.needs.act.action)
        assert.equal(got.status === 403, !may, `${role} ${row.method} ${row.path}: ${got.status}`)
      }
    }
  })
})
