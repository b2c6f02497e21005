import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { type Told, watch } from '../support/events.ts'
import { skipWithout, startPostgres } from '../support/services.ts'

const MODEL = `model
  schema 1.1
type user
type folder
  relations
    define viewer: [user]
type document
  relations
    define owner: [user]
`
const VIEWER = { relations: { viewer: { directly_related_user_types: [{ type: 'user' }] } } }
const POLICY = 'Users can read documents owned by them.'

describe('watching the changes of an org, on two nodes', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  let one: App
  let two: App
  before(async () => {
    if (postgres.kind === 'missing') return
    const env = { DATABASE_URL: postgres.url }
    one = await startApp(env)
    // Room for little more than one org.
    two = await startApp({ ...env, GRAPH_MEMORY_MB: '1' })
  })
  after(async () => {
    await Promise.all([one?.close(), two?.close()])
    if (postgres.kind === 'running') await postgres.stop()
  })

  const tuple = (object: string, relation: string, user = 'user:ann') => ({ object, relation, user })
  const write = async (app: App, org: string, change: object): Promise<number> => {
    const written = await app.send('POST', `/orgs/${org}/api/v1/admin/tuples`, { body: change })
    assert.equal(written.status, 200, written.text)
    return written.json.data.revision
  }
  const path = (org: string, more = '') => `/orgs/${org}/api/v1/watch${more}`
  const isAt = (revision: number) => (told: Told) => told.id === String(revision) && told.event !== 'start'
  const all = async (app: App, org: string, more = '', headers = {}) => {
    const stream = await watch(app.running.url, path(org, `?follow=false${more}`), { headers })
    await stream.ended
    return stream.told
  }

  test('a change is told as it is made, whatever node makes it', { skip }, async () => {
    await makeOrg(one, 'told', MODEL, POLICY)
    const stream = await watch(two.running.url, path('told'))
    assert.equal(stream.status, 200)
    await stream.next(t => t.event === 'start')
    for (const app of [one, two, one]) {
      const user = `user:u${stream.told.length}`
      const revision = await write(app, 'told', { writes: [tuple('document:1', 'owner', user)] })
      const { event, data } = await stream.next(isAt(revision))
      assert.equal(event, 'tuples')
      assert.deepEqual([data.revision, data.kind, data.deletes], [revision, 'tuples', []])
      assert.deepEqual(data.writes, [{ ...tuple('document:1', 'owner', user), condition: null }])
      assert.ok(Math.abs(Date.parse(data.at) - Date.now()) < 600_000)
    }
    stream.close()
  })

  test('a store beside the org is watched by itself, until it is deleted', { skip }, async () => {
    await makeOrg(one, 'stores', MODEL, POLICY)
    const fga = async (method: string, tail: string, body?: object) => {
      const got = await one.send(method, `/orgs/stores/openfga/stores${tail}`, body === undefined ? {} : { body })
      assert.ok(got.status < 300, got.text)
      return got.json
    }
    const { id } = await fga('POST', '', { name: 'beside' })
    // Its own name works as well, and on a node that may not have heard of the store.
    const own = (await fga('GET', '')).stores[0].id
    const streams = await Promise.all([id, own].map(s => watch(two.running.url, path('stores', `?store=${s}`))))
    const [beside, org] = streams as [(typeof streams)[0], (typeof streams)[0]]
    assert.deepEqual([beside.status, org.status], [200, 200])
    await Promise.all(streams.map(s => s.next(t => t.event === 'start')))
    const type_definitions = [{ type: 'user' }, { type: 'doc', relations: { viewer: { this: {} } }, metadata: VIEWER }]
    await fga('POST', `/${id}/authorization-models`, { schema_version: '1.1', type_definitions })
    await fga('POST', `/${id}/write`, { writes: { tuple_keys: [tuple('doc:1', 'viewer')] } })
    const { data } = await beside.next(t => t.event === 'tuples')
    assert.deepEqual(data.writes, [{ ...tuple('doc:1', 'viewer'), condition: null }])
    const written = await write(one, 'stores', { writes: [tuple('document:1', 'owner')] })
    await org.next(isAt(written))
    assert.ok(org.told.every(t => t.data.writes === undefined || t.data.writes[0].object === 'document:1'))
    org.close()
    // What is left of a deleted store is told to nobody.
    const again = await watch(one.running.url, path('stores', `?store=${id}&since=1`))
    await again.next(t => t.event === 'tuples')
    again.close()
    await fga('DELETE', `/${id}`)
    for (const gone of [id, '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x']) {
      const headers = { 'x-consistency': 'higher_consistency' }
      const asked = await two.send('GET', path('stores', `?follow=false&store=${gone}`), { headers })
      assert.equal(asked.status, 404, gone)
    }
    beside.close()
  })

  test('one who comes back misses nothing and hears nothing twice', { skip }, async () => {
    await makeOrg(one, 'resumed', MODEL, POLICY)
    const first = await watch(one.running.url, path('resumed', '?since=0'))
    await first.next(isAt(2))
    first.close()
    for (let n = 0; n < 50; n += 1) await write(one, 'resumed', { writes: [tuple(`document:${n}`, 'owner')] })
    const second = await watch(two.running.url, path('resumed', '?since=0'), { headers: { 'last-event-id': '2' } })
    await second.next(isAt(52))
    second.close()
    assert.deepEqual(
      second.told.filter(t => t.event !== 'start').map(t => Number(t.id)),
      Array.from({ length: 50 }, (_, n) => n + 3),
    )
    const { status } = await one.send('GET', path('resumed', '?since=53'))
    assert.equal(status, 409)
    assert.equal((await one.send('GET', path('resumed', '?since=soon'))).status, 400)
  })

  test('by kind and by type, and never a secret', { skip }, async () => {
    await makeOrg(one, 'kinds', MODEL, POLICY)
    const key = await keyOf(one, 'kinds', 'checker')
    await write(one, 'kinds', { writes: [tuple('document:1', 'owner'), tuple('folder:1', 'viewer')] })
    await write(one, 'kinds', { writes: [tuple('folder:2', 'viewer')] })
    await one.send('PATCH', '/orgs/kinds/api/v1/admin/attributes/user/ann', { body: { level: 3 } })
    const whole = await all(one, 'kinds', '&since=0')
    assert.deepEqual(
      whole.map(t => t.event),
      ['start', 'model', 'policy', 'key', 'tuples', 'tuples', 'attributes'],
    )
    const text = JSON.stringify(whole)
    assert.ok(!text.includes(key) && !text.includes('hash'), text)
    assert.deepEqual(whole[3]?.data.role, 'checker')
    assert.equal(whole[6]?.data.set.level, 3)
    const documents = await all(one, 'kinds', '&since=0&kinds=tuples,attributes&types=document')
    assert.deepEqual(
      documents.slice(1).map(t => t.data.writes),
      [[{ ...tuple('document:1', 'owner'), condition: null }]],
    )
    assert.deepEqual(
      (await all(one, 'kinds', '&since=0&kinds=policy')).slice(1).map(t => t.data.version),
      [1],
    )
    assert.equal((await one.send('GET', path('kinds', '?kinds=secrets'))).status, 400)
  })

  test('an org may leave memory while it is watched', { skip }, async () => {
    await makeOrg(one, 'dropped', MODEL, POLICY)
    const stream = await watch(two.running.url, path('dropped'))
    await stream.next(t => t.event === 'start')
    for (let n = 0; two.running.service.orgs.peek('dropped') !== undefined; n += 1) {
      assert.ok(n < 40, 'it stays in memory')
      await makeOrg(two, `crowd-${n}`, MODEL, POLICY)
      two.running.service.orgs.tidy()
    }
    const revision = await write(one, 'dropped', { writes: [tuple('document:1', 'owner')] })
    assert.equal((await stream.next(isAt(revision))).event, 'tuples')
    stream.close()
  })

  test('only those may watch whom the rules let, and only as long', { skip }, async () => {
    await makeOrg(one, 'guarded', MODEL, POLICY)
    for (const role of ['checker', 'author', 'auditor']) {
      const key = await keyOf(one, 'guarded', role)
      assert.equal((await one.send('GET', path('guarded'), { key })).status, 403)
    }
    const made = await one.send('POST', '/orgs/guarded/api/v1/admin/keys', { body: { name: 'w', role: 'admin' } })
    const byKey = await watch(two.running.url, path('guarded'), { key: made.json.data.key })
    await byKey.next(t => t.event === 'start')
    await one.send('DELETE', `/orgs/guarded/api/v1/admin/keys/${made.json.data.id}`)
    assert.equal((await byKey.next(t => t.event === 'end')).data.error, 'unauthenticated')
    await byKey.ended
    assert.ok(!byKey.told.some(t => t.event === 'key'))

    const admin = await keyOf(one, 'guarded', 'admin')
    const byRule = await watch(two.running.url, path('guarded'), { key: admin })
    await byRule.next(t => t.event === 'start')
    const text = `${POLICY}\nNobody can do anything unless from 203.0.113.0/24.`
    const published = await one.send('POST', '/orgs/guarded/api/v1/admin/policies', { body: { text } })
    assert.equal(published.status, 201, published.text)
    assert.equal((await byRule.next(t => t.event === 'end')).data.error, 'permission_denied')
    await byRule.ended
  })

  test('a node that stops tells its readers where to go on', { skip }, async () => {
    if (postgres.kind === 'missing') return
    const three = await startApp({ DATABASE_URL: postgres.url })
    const stream = await watch(three.running.url, path('told'))
    await stream.next(t => t.event === 'start')
    const revision = await write(one, 'told', { writes: [tuple('document:9', 'owner')] })
    await stream.next(isAt(revision))
    await three.close()
    const { data } = await stream.next(t => t.event === 'end')
    assert.deepEqual(data, { error: 'stopping', resume_from: revision })
    await stream.ended
  })
})
