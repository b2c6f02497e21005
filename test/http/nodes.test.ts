import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, makeOrg, startApp } from '../support/app.ts'
import { type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'

const MODEL = `model
  schema 1.1
type user
type document
  relations
    define owner: [user]
`

for (const through of ['postgres', 'redis'] as const) {
  describe(`two nodes on one PostgreSQL, told of changes through ${through}`, async () => {
    const postgres = await startPostgres()
    const redis: Service = through === 'redis' ? await startRedis() : postgres
    const skip = skipWithout(postgres) || skipWithout(redis)
    let one: App
    let two: App
    before(async () => {
      if (postgres.kind === 'missing' || redis.kind === 'missing') return
      const env = { DATABASE_URL: postgres.url, ...(through === 'redis' && { REDIS_URL: redis.url }) }
      const both = await Promise.all([startApp(env), startApp(env)])
      one = both[0]
      two = both[1]
      await makeOrg(one, 'shared', MODEL, 'Users can read documents owned by them.')
    })
    after(async () => {
      await Promise.all([one?.close(), two?.close()])
      if (redis !== postgres && redis.kind === 'running') await redis.stop()
      if (postgres.kind === 'running') await postgres.stop()
    })

    const read = (app: App, user: string, token?: string) =>
      app.send('POST', '/orgs/shared/access/v1/evaluation', {
        body: {
          subject: { type: 'user', id: user },
          action: { name: 'read' },
          resource: { type: 'document', id: '1' },
        },
        headers: token === undefined ? {} : { 'x-consistency-token': token },
      })
    const write = (app: App, change: object) => app.send('POST', '/orgs/shared/api/v1/admin/tuples', { body: change })
    const tuple = (user: string) => ({ object: 'document:1', relation: 'owner', user: `user:${user}` })

    test('no demo is loaded on a database of one’s own', { skip }, async () => {
      const list = await one.send('GET', '/api/v1/admin/organizations')
      assert.deepEqual(
        list.json.data.map((o: { slug: string }) => o.slug),
        ['shared'],
      )
    })

    test('a check that carries the token of a write sees it on the other node at once', { skip }, async () => {
      for (let round = 0; round < 20; round += 1) {
        const user = `u${round}`
        const [from, to] = round % 2 === 0 ? [one, two] : [two, one]
        assert.equal((await read(to, user)).json.decision, false)
        const written = await write(from, { writes: [tuple(user)] })
        assert.equal((await read(to, user, String(written.json.data.revision))).json.decision, true)
      }
    })

    test('without one it sees it within a second', { skip }, async () => {
      await write(one, { writes: [tuple('late')] })
      const until = Date.now() + 2_000
      while (Date.now() < until && !(await read(two, 'late')).json.decision)
        await new Promise(done => setTimeout(done, 5))
      assert.equal((await read(two, 'late')).json.decision, true)
      await write(two, { deletes: [tuple('late')] })
      const gone = Date.now() + 2_000
      while (Date.now() < gone && (await read(one, 'late')).json.decision)
        await new Promise(done => setTimeout(done, 5))
      assert.equal((await read(one, 'late')).json.decision, false)
    })

    test('a key revoked on one node is refused on the other', { skip }, async () => {
      const made = await one.send('POST', '/orgs/shared/api/v1/admin/keys', { body: { name: 'k', role: 'admin' } })
      const { key, id } = made.json.data
      const list = (app: App) => app.send('GET', '/orgs/shared/api/v1/admin/policies', { key }).then(r => r.status)
      assert.equal(await list(two), 200)
      await one.send('DELETE', `/orgs/shared/api/v1/admin/keys/${id}`)
      const until = Date.now() + 2_000
      while (Date.now() < until && (await list(two)) !== 401) await new Promise(done => setTimeout(done, 5))
      assert.equal(await list(two), 401)
    })

    test('of two who publish at once, one is told to look again', { skip }, async () => {
      const publish = (app: App, text: string) =>
        app
          .send('POST', '/orgs/shared/api/v1/admin/policies', { body: { text, expected_version: 1 } })
          .then(r => r.status)
      const answers = await Promise.all([
        publish(one, 'Anyone can read documents.'),
        publish(two, 'Users can read documents owned by them.'),
      ])
      assert.deepEqual(answers.sort(), [201, 409])
    })

    test('when the database is gone, nothing is allowed for long, and nothing crashes', {
      skip: skip || through === 'redis',
    }, async () => {
      if (postgres.kind === 'running') await postgres.stop()
      const written = await write(one, { writes: [tuple('after')] })
      assert.equal(written.status, 503, written.text)
      assert.equal(written.json.code, 'temporarily_unavailable')
      assert.doesNotMatch(written.text, /of-the-tests|127\.0\.0\.1/)
      assert.equal((await one.send('GET', '/readyz', { key: null })).status, 503)
      assert.equal((await one.send('GET', '/healthz', { key: null })).status, 200)
    })
  })
}
