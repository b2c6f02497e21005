import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type document
  relations
    define owner: [user]
`
const BASE = '/orgs/fresh'
const asked = {
  subject: { type: 'user', id: 'ann' },
  action: { name: 'read' },
  resource: { type: 'document', id: '1' },
}

/** Every kind of route that answers from what is stored. */
const ROUTES: readonly (readonly [path: string, body: object])[] = [
  [`${BASE}/access/v1/evaluation`, asked],
  [`${BASE}/access/v1/evaluations`, { ...asked, evaluations: [{}] }],
  [`${BASE}/access/v1/search/subject`, asked],
  [`${BASE}/access/v1/search/resource`, asked],
  [`${BASE}/access/v1/search/action`, asked],
  [`${BASE}/api/v1/explain`, asked],
  [`${BASE}/api/v1/questions`, { question: 'Can user:ann read document:1?' }],
]

describe('how fresh an answer is', () => {
  let app: App
  let revision: number
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'fresh', MODEL, 'Users can read documents owned by them.')
    const written = await app.send('POST', `${BASE}/api/v1/admin/tuples`, {
      body: { writes: [{ object: 'document:1', relation: 'owner', user: 'user:ann' }] },
    })
    revision = written.json.data.revision
  })
  after(() => app.close())

  for (const [path, body] of ROUTES) {
    test(`${path} takes levels and tokens, and refuses what contradicts itself`, async () => {
      const status = (headers: Readonly<Record<string, string>>) =>
        app.send('POST', path, { body, headers }).then(got => got.status)
      const token = { 'x-consistency-token': String(revision) }
      assert.equal(await status(token), 200)
      assert.equal(await status({ 'x-consistency': 'higher_consistency' }), 200)
      assert.equal(await status({ ...token, 'x-consistency': 'higher_consistency' }), 200)
      assert.equal(await status({ ...token, 'x-consistency': 'at_least_as_fresh' }), 200)
      assert.equal(await status({ ...token, 'x-consistency': 'minimize_latency' }), 400)
      assert.equal(await status({ 'x-consistency': 'at_least_as_fresh' }), 400)
      assert.equal(await status({ 'x-consistency': 'most' }), 400)
      assert.equal(await status({ 'x-consistency-token': String(revision + 1) }), 409)
      const beyond = { 'x-consistency-token': String(revision + 1), 'x-consistency': 'higher_consistency' }
      assert.equal(await status(beyond), 409)
    })
  }

  test('a write through OpenFGA’s API gives a token that its checks take', async () => {
    const { stores } = (await app.send('GET', `${BASE}/openfga/stores`)).json
    const store = `${BASE}/openfga/stores/${stores[0].id}`
    const key = { user: 'user:bob', relation: 'owner', object: 'document:2' }
    const written = await app.send('POST', `${store}/write`, { body: { writes: { tuple_keys: [key] } } })
    const token = String(written.headers['x-consistency-token'])
    assert.match(token, /^\d+$/)
    const check = (headers: Readonly<Record<string, string>>, more: object = {}) =>
      app.send('POST', `${store}/check`, { body: { tuple_key: key, ...more }, headers })
    assert.equal((await check({ 'x-consistency-token': token })).json.allowed, true)
    assert.equal((await check({ 'x-consistency-token': '999999' })).status, 409)
    assert.equal((await check({ 'x-consistency': 'higher_consistency' })).json.allowed, true)
    assert.equal((await check({}, { consistency: 'HIGHER_CONSISTENCY' })).json.allowed, true)
  })

  test('the tokens of a store beside the org’s are its own', async () => {
    const made = await app.send('POST', `${BASE}/openfga/stores`, { body: { name: 'beside' } })
    const store = `${BASE}/openfga/stores/${made.json.id}`
    const model = { schema_version: '1.1', type_definitions: [{ type: 'user' }] }
    assert.equal((await app.send('POST', `${store}/authorization-models`, { body: model })).status, 201)
    const check = (token: string) =>
      app.send('POST', `${store}/read`, { body: {}, headers: { 'x-consistency-token': token } })
    assert.equal((await check('1')).status, 200)
    assert.equal((await check('2')).status, 409)
  })
})
