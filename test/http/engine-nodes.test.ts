import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, makeOrg, startApp } from '../support/app.ts'
import { clientOf } from '../support/fga.ts'
import { type Service, skipWithout, startOpenfga, startPostgres } from '../support/services.ts'

const MODEL = `model
  schema 1.1
type user
type document
  relations
    define viewer: [user]
    define suspect: [user]
`
const POLICY = `Viewers of a document can read it.
Suspects of a document cannot read it.
`

describe('two nodes on one PostgreSQL, and an OpenFGA server', async () => {
  const postgres: Service = await startPostgres()
  const openfga: Service = await startOpenfga()
  const skip = skipWithout(postgres) || skipWithout(openfga)
  const url = openfga.kind === 'running' ? openfga.url : ''
  let nodes: readonly [App, App]
  let storeId: string

  before(async () => {
    if (postgres.kind === 'missing' || openfga.kind === 'missing') return
    const env = { DATABASE_URL: postgres.url, OPENFGA_API_URL: url, OPENFGA_POLL_MS: '100' }
    nodes = await Promise.all([startApp(env), startApp(env)])
    await makeOrg(nodes[0], 'shared', MODEL, POLICY)
    for (const node of nodes) await read(node, 'nobody')
    await write(nodes[1], { writes: [tuple('old')] })
    const moved = await nodes[0].send('POST', '/orgs/shared/api/v1/admin/relations/move', { body: { to: 'server' } })
    assert.equal(moved.status, 200, moved.text)
    storeId = moved.json.data.store_id
  })
  after(async () => {
    await Promise.all((nodes ?? []).map(node => node.close()))
    if (postgres.kind === 'running') await postgres.stop()
    if (openfga.kind === 'running') await openfga.stop()
  })

  const tuple = (user: string, relation = 'viewer') => ({ object: 'document:1', relation, user: `user:${user}` })
  const write = (node: App, body: object) => node.send('POST', '/orgs/shared/api/v1/admin/tuples', { body })
  const read = async (node: App, user: string, headers = {}): Promise<boolean> => {
    const body = {
      subject: { type: 'user', id: user },
      action: { name: 'read' },
      resource: { type: 'document', id: '1' },
    }
    const got = await node.send('POST', '/orgs/shared/access/v1/evaluation', { body, headers })
    assert.equal(got.status, 200, got.text)
    return got.json.decision
  }
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(10)) if (await holds()) return
    assert.fail('never')
  }

  test('both know where the relations are, and neither keeps any', { skip }, async () => {
    for (const node of nodes) {
      await until(async () => {
        const got = await node.send('GET', '/orgs/shared/api/v1/admin/relations/engine')
        return got.json.data.engine === 'server'
      })
      assert.equal(await read(node, 'old'), true)
    }
    assert.deepEqual(await nodes[1].running.service.store.keptTuples('shared', null), { tuples: [], next: null })
  })

  test('a write on one is seen on the other with its token at once, and soon without', { skip }, async () => {
    for (let round = 0; round < 10; round++) {
      const [from, to] = round % 2 === 0 ? nodes : [nodes[1], nodes[0]]
      const user = `u${round}`
      assert.equal(await read(to, user), false)
      const written = await write(from, { writes: [tuple(user)] })
      const headers = { 'x-consistency-token': String(written.json.data.revision) }
      assert.equal(await read(to, user, headers), true)
      assert.equal((await write(to, { writes: [tuple(user, 'suspect')] })).status, 200)
      await until(async () => !(await read(from, user)))
    }
  })

  test('both write and follow at once: each change is in the changelog once, in one order', { skip }, async () => {
    const { store } = nodes[0].running.service
    const start = await store.revision('shared')
    const users = Array.from({ length: 40 }, (_, i) => `many${i}`)
    const api = clientOf(url, null)
    const wrote = await Promise.all([
      ...users.map((user, i) => write(nodes[i % 2] as App, { writes: [tuple(user)] }).then(r => r.status)),
      ...users.map(user => api.write(storeId, { writes: { tuple_keys: [tuple(user, 'suspect')] } }).then(() => 200)),
    ])
    assert.ok(wrote.every(status => status === 200))
    const logged = async () =>
      (await store.changes('shared', start, 500)).flatMap(({ change }) =>
        change.kind === 'tuples' ? change.writes : [],
      )
    await until(async () => (await logged()).length >= 80)
    await sleep(500)
    const texts = (await logged()).map(t => `${t.relation} ${t.user}`)
    assert.equal(texts.length, 80)
    assert.equal(new Set(texts).size, 80)
    for (const node of nodes) for (const user of users) assert.equal(await read(node, user), false)
  })

  test('a write past both is seen on both', { skip }, async () => {
    const api = clientOf(url, null)
    for (const node of nodes) assert.equal(await read(node, 'past'), false)
    await api.write(storeId, { writes: { tuple_keys: [tuple('past')] } })
    for (const node of nodes) {
      assert.equal(await read(node, 'past', { 'x-consistency': 'higher_consistency' }), true)
      await until(() => read(node, 'past'))
    }
  })

  test('moved back on one node, the other writes where the relations are', { skip }, async () => {
    const back = nodes[1].send('POST', '/orgs/shared/api/v1/admin/relations/move', { body: { to: 'embedded' } })
    const statuses = new Set<number>()
    const kept: string[] = []
    let moving = true
    const writing = (async () => {
      for (let i = 0; moving; i++) {
        const { status } = await write(nodes[0], { writes: [tuple(`during${i}`)] })
        statuses.add(status)
        if (status === 200) kept.push(`during${i}`)
        await sleep(20)
      }
    })()
    const moved = await back
    moving = false
    await writing
    assert.equal(moved.status, 200, moved.text)
    assert.deepEqual(
      [...statuses].filter(status => status !== 200 && status !== 503),
      [],
    )
    assert.equal((await write(nodes[0], { writes: [tuple('after')] })).status, 200)
    for (const node of nodes) {
      await until(() => read(node, 'after'))
      for (const user of kept) assert.equal(await read(node, user), true, user)
      assert.equal(await read(node, 'old'), true)
      assert.equal(await read(node, 'u3'), false)
    }
  })
})
