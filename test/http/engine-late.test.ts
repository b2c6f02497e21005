import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RelationServer } from '../../src/facts/server.ts'
import { type App, makeOrg, startApp } from '../support/app.ts'
import { clientOf } from '../support/fga.ts'
import { type Service, skipWithout, startOpenfga } from '../support/services.ts'

const MODEL = `model
  schema 1.1
type user
type document
  relations
    define viewer: [user]
    define reader: [user]
`

describe('a change that a server puts before changes that were read already', async () => {
  const openfga: Service = await startOpenfga()
  const skip = skipWithout(openfga)
  const url = openfga.kind === 'running' ? openfga.url : ''
  let app: App
  before(async () => {
    if (openfga.kind === 'missing') return
    app = await startApp({ OPENFGA_API_URL: url, OPENFGA_POLL_MS: '100', OPENFGA_TIMEOUT_MS: '5000' })
    await makeOrg(app, 'late', MODEL, 'Viewers of a document can read it.')
  })
  after(async () => {
    await app?.close()
    if (openfga.kind === 'running') await openfga.stop()
  })

  test('is known soon, and once', { skip }, async () => {
    const moved = await app.send('POST', '/orgs/late/api/v1/admin/relations/move', { body: { to: 'server' } })
    assert.equal(moved.status, 200, moved.text)
    const { service } = app.running
    const servers = service.servers as Map<string, RelationServer>
    const real = servers.get('default')
    assert.ok(real !== undefined)
    let hidden = true
    /** The real feed, but that it shows ann's tuple only later, as where its writer is the last to commit. */
    servers.set('default', {
      ...real,
      async changes(storeId, from) {
        const { changes, next } = await real.changes(storeId, from)
        return { next, changes: changes.filter(({ tuple }) => !hidden || tuple.user !== 'user:ann') }
      },
    })
    const ann = async (): Promise<boolean> => {
      const body = {
        subject: { type: 'user', id: 'ann' },
        action: { name: 'read' },
        resource: { type: 'document', id: '1' },
      }
      return (await app.send('POST', '/orgs/late/access/v1/evaluation', { body })).json.decision
    }
    const logged = async (kind: string): Promise<number> =>
      (await service.store.changes('late', 0, 500)).filter(({ change }) => change.kind === kind).length
    const until = async (what: string, done: () => Promise<boolean>): Promise<void> => {
      for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) if (await done()) return
      assert.fail(what)
    }
    assert.equal(await ann(), false)
    const api = clientOf(url, null)
    const write = (relation: string, user: string) =>
      api.write(moved.json.data.store_id, { writes: { tuple_keys: [{ object: 'document:1', relation, user }] } })
    await write('viewer', 'user:ann')
    // Of another relation, so that it is not what drops what is known of ann.
    await write('reader', 'user:bob')
    await until('the feed goes on', async () => (await logged('tuples')) === 1)
    assert.equal(await ann(), false)
    hidden = false
    await until('it is known', ann)
    await until('it is in the changelog', async () => (await logged('stale')) === 1)
    await sleep(3_000)
    assert.deepEqual([await logged('tuples'), await logged('stale')], [1, 1])
  })
})
