import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ADMIN_KEY, keyOf, makeOrg } from '../support/app.ts'
import { call, clientOf, ourTarget } from '../support/fga.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]'
const tuple = { user: 'user:ann', relation: 'viewer', object: 'doc:1' }
const ask = { subject: { type: 'user', id: 'ann' }, action: { name: 'view' }, resource: { type: 'doc', id: '1' } }

// What the same suite cannot say of a real server: that a store is the org's, and who may do what.
describe('OpenFGA’s API and the org', () => {
  let target: Awaited<ReturnType<typeof ourTarget>>
  let store: string
  before(async () => {
    target = await ourTarget()
    await makeOrg(target.app, 'fga-org', MODEL, 'Viewers of a doc can view it.')
  })
  after(() => target.close())

  const as = async (role: string, org = 'fga-org') =>
    clientOf(`${target.app.running.url}/openfga`, await keyOf(target.app, org, role))
  const decision = async (headers: Record<string, string> = {}) =>
    (await target.app.send('POST', '/orgs/fga-org/access/v1/evaluation', { body: ask, headers })).json.decision

  test('the first store is the one the policies use: what is written there decides', async () => {
    const api = await as('admin')
    const listed = await call(api, 'listStores', [])
    store = listed.body.stores[0].id
    assert.equal(listed.body.stores.length, 1)
    assert.equal(await decision(), false)
    assert.equal((await call(api, 'write', [store, { writes: { tuple_keys: [tuple] } }])).status, 200)
    assert.equal(await decision(), true)
    assert.equal((await call(api, 'check', [store, { tuple_key: tuple }])).body.allowed, true)
    const rows = await target.app.send('GET', '/orgs/fga-org/api/v1/admin/tuples')
    assert.equal(rows.json.data.length, 1)
    assert.equal((await call(api, 'write', [store, { deletes: { tuple_keys: [tuple] } }])).status, 200)
    assert.equal(await decision(), false)
  })

  test('its model is the org’s: one the policy does not fit is refused', async () => {
    const api = await as('admin')
    const models = await call(api, 'readAuthorizationModels', [store])
    assert.equal(models.body.authorization_models.length, 1)
    const other = { schema_version: '1.1', type_definitions: [{ type: 'user' }] }
    const put = await call(api, 'writeAuthorizationModel', [store, other])
    assert.deepEqual([put.status, put.code], [400, 'invalid_authorization_model'])
  })

  test('it cannot be deleted, and a store beside it decides nothing', async () => {
    const api = await as('admin')
    const gone = await call(api, 'deleteStore', [store])
    assert.deepEqual([gone.status, gone.code], [400, 'validation_error'])
    const beside = (await call(api, 'createStore', [{ name: 'beside' }])).body.id
    const kept = (await call(api, 'readAuthorizationModel', [store, await latest(api)])).body.authorization_model
    const { id: _, ...model } = kept
    assert.equal((await call(api, 'writeAuthorizationModel', [beside, model])).status, 201)
    assert.equal((await call(api, 'write', [beside, { writes: { tuple_keys: [tuple] } }])).status, 200)
    assert.equal((await call(api, 'check', [beside, { tuple_key: tuple }])).body.allowed, true)
    assert.equal(await decision(), false)
    const orgs = await target.app.send('GET', '/api/v1/admin/organizations?limit=100')
    assert.ok(orgs.json.data.every((o: { slug: string }) => !o.slug.includes('/')))
    const path = `/orgs/${encodeURIComponent(`fga-org/${beside}`)}/api/v1/admin/tuples`
    assert.equal((await target.app.send('GET', path)).status, 404)
  })

  const latest = async (api: Parameters<typeof call>[0]): Promise<string> =>
    (await call(api, 'readAuthorizationModels', [store])).body.authorization_models[0].id

  test('a key of another org sees nothing of it', async () => {
    const other = target.api
    assert.equal((await call(other, 'listStores', [])).body.stores[0].id === store, false)
    const asked = await call(other, 'check', [store, { tuple_key: tuple }])
    assert.deepEqual([asked.status, asked.code], [404, 'store_id_not_found'])
    const written = await call(other, 'write', [store, { writes: { tuple_keys: [tuple] } }])
    assert.deepEqual([written.status, written.code], [404, 'store_id_not_found'])
  })

  test('roles of keys: a checker checks, and neither reads nor writes', async () => {
    const api = await as('checker')
    assert.equal((await call(api, 'check', [store, { tuple_key: tuple }])).status, 200)
    for (const [operation, body] of [
      ['read', {}],
      ['write', { writes: { tuple_keys: [tuple] } }],
      ['expand', { tuple_key: tuple }],
      ['writeAuthorizationModel', { schema_version: '1.1', type_definitions: [{ type: 'user' }] }],
    ] as const) {
      const got = await call(api, operation, [store, body])
      assert.deepEqual([got.status, got.code], [403, 'forbidden'], operation)
    }
    const auditor = await as('auditor')
    assert.equal((await call(auditor, 'read', [store, {}])).status, 200)
    assert.equal((await call(auditor, 'check', [store, { tuple_key: tuple }])).code, 'forbidden')
  })

  test('every item of a batch is answered, whatever its id', async () => {
    const ids = ['__proto__', 'constructor', '-', 'a']
    const checks = ids.map(correlation_id => ({ correlation_id, tuple_key: { ...tuple, relation: 'nope' } }))
    const key = await keyOf(target.app, 'fga-org', 'checker')
    const { text } = await target.app.send('POST', `/openfga/stores/${store}/batch-check`, { key, body: { checks } })
    for (const id of ids) assert.match(text, new RegExp(`"${id}":\\{"error"`))
  })

  test('no key, a wrong key, and the operator by the name of the org', async () => {
    const { url } = target.app.running
    assert.equal((await call(clientOf(`${url}/openfga`, null), 'listStores', [])).status, 401)
    assert.equal((await call(clientOf(`${url}/openfga`, 'lmk_nothing'), 'listStores', [])).code, 'unauthenticated')
    const operator = await call(clientOf(`${url}/orgs/fga-org/openfga`, ADMIN_KEY), 'listStores', [])
    assert.equal(operator.body.stores[0].id, store)
  })

  test('a list is whole however long, and its stream has the same', async () => {
    const api = await as('admin')
    for (let page = 0; page < 12; page++) {
      const tuple_keys = Array.from({ length: 100 }, (_, i) => ({ ...tuple, object: `doc:many${page * 100 + i}` }))
      assert.equal((await call(api, 'write', [store, { writes: { tuple_keys } }])).status, 200)
    }
    const query = { type: 'doc', relation: 'viewer', user: 'user:ann' }
    const listed = (await call(api, 'listObjects', [store, query])).body.objects
    assert.equal(listed.length, 1200)
    const key = await keyOf(target.app, 'fga-org', 'checker')
    const path = `/openfga/stores/${store}/streamed-list-objects`
    const { text } = await target.app.send('POST', path, { key, body: query })
    const lines = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).result.object)
    assert.deepEqual(lines, listed)
  })
})
