import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import { watch } from '../support/events.ts'
import { deleting, jitToken, paying, requestOf, type Stage, stage, taskOf, use } from '../support/jit.ts'
import { type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'

describe('two nodes on one PostgreSQL and one Redis', async () => {
  const postgres: Service = await startPostgres()
  const redis: Service = await startRedis()
  const skip = skipWithout(postgres) || skipWithout(redis)
  let one: App
  let two: App
  let at: Stage
  let there: Stage
  before(async () => {
    if (postgres.kind === 'missing' || redis.kind === 'missing') return
    const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, LUMOAUTH_MASTER_KEY: 'ab'.repeat(32) }
    const both = await Promise.all([startApp(env), startApp(env)])
    one = both[0]
    two = both[1]
    at = await stage(one, 'nodes')
    there = {
      ...at,
      app: two,
      as: (who, method, path, body) =>
        two.send(method, `/orgs/nodes/api/v1${path}`, {
          key: at.keys[who] ?? null,
          ...(body !== undefined && { body }),
        }),
      bot_: (method, path, body, token = at.token) =>
        two.send(method, `/orgs/nodes/api/v1${path}`, {
          key: null,
          headers: { authorization: `Bearer ${token}` },
          ...(body !== undefined && { body }),
        }),
    }
  })
  after(async () => {
    await Promise.all([one?.close(), two?.close()])
    if (redis.kind === 'running') await redis.stop()
    if (postgres.kind === 'running') await postgres.stop()
  })

  test('asked on one node, approved on the stream of the other, used on both: as often as was approved', {
    skip,
  }, async () => {
    const stream = await watch(two.running.url, '/orgs/nodes/api/v1/jit/stream', { key: at.keys.olga ?? '' })
    const task = await taskOf(at)
    const made = await requestOf(at, task, deleting('1'), { max_uses: 5 })
    await stream.next(({ event, data }) => event === 'approval.requested' && data.request_id === made.request_id)
    stream.close()
    const yes = await there.as('olga', 'POST', `/jit/approve/${made.request_id}`)
    assert.equal(yes.json.status, 'approved', yes.text)
    await one.running.service.orgs.catchUp('nodes', await one.running.service.store.revision('nodes'))
    const token = await jitToken(at, made.request_id)
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, i) => use(i % 2 === 0 ? at : there, token, 'delete', 'document', '1')),
    )
    assert.equal(all.filter(({ json }) => json.decision === true).length, 5, all.map(({ text }) => text).join('\n'))
  })

  test('the same asked on both at once is one request', { skip }, async () => {
    const task = await taskOf(at)
    await two.running.service.orgs.catchUp('nodes', await two.running.service.store.revision('nodes'))
    const all = await Promise.all([at, there, at, there].map(node => requestOf(node, task, deleting('2'))))
    assert.equal(new Set(all.map(({ request_id }) => request_id)).size, 1)
  })

  test('two approvers on two nodes at once', { skip }, async () => {
    const task = await taskOf(at)
    const made = await requestOf(at, task, paying('p1'))
    await two.running.service.orgs.catchUp('nodes', await two.running.service.store.revision('nodes'))
    const path = `/jit/approve/${made.request_id}`
    const both = await Promise.all([at.as('fred', 'POST', path), there.as('fay', 'POST', path)])
    assert.deepEqual(both.map(({ json }) => json.status).toSorted(), ['approved', 'pending'])
    const state = await one.running.service.orgs.catchUp('nodes', await one.running.service.store.revision('nodes'))
    assert.equal(state.registry.grantsOf(made.request_id).length, 1)
  })

  test('yes here and no there at once: one of them counts', { skip }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const task = await taskOf(at)
      const made = await requestOf(at, task, deleting(`r${round}`))
      await two.running.service.orgs.catchUp('nodes', await two.running.service.store.revision('nodes'))
      const both = await Promise.all([
        at.as('olga', 'POST', `/jit/approve/${made.request_id}`),
        there.as('adam', 'POST', `/jit/deny/${made.request_id}`),
      ])
      const [good, bad] = [both.filter(({ status }) => status === 200), both.filter(({ status }) => status !== 200)]
      assert.deepEqual([good.length, bad[0]?.json.code], [1, 'approval_over'], both.map(({ text }) => text).join('\n'))
    }
  })
})
