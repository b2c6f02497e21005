import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { keyOf } from '../support/app.ts'
import { call, ourTarget } from '../support/fga.ts'

const SRC = join(import.meta.dirname, '../../src')

const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user' },
    {
      type: 'doc',
      relations: { viewer: { this: {} } },
      metadata: {
        relations: {
          viewer: { directly_related_user_types: [{ type: 'user' }, { type: 'user', condition: 'low' }] },
        },
      },
    },
  ],
  conditions: {
    low: { name: 'low', expression: 'x < 3', parameters: { x: { type_name: 'TYPE_NAME_INT' } } },
  },
}
const key = (object: string, user = 'user:ann') => ({ object, relation: 'viewer', user })

// Faults other engines had where they meet the network.
describe('known bugs at the door', () => {
  let target: Awaited<ReturnType<typeof ourTarget>>
  let store: string
  before(async () => {
    target = await ourTarget()
    store = (await call(target.api, 'createStore', [{ name: 'bugs' }])).body.id
    assert.equal((await call(target.api, 'writeAuthorizationModel', [store, MODEL])).status, 201)
  })
  after(() => target.close())

  const write = (...tuple_keys: readonly object[]) => call(target.api, 'write', [store, { writes: { tuple_keys } }])
  const stored = async (object: string): Promise<number> =>
    (await call(target.api, 'read', [store, { tuple_key: { object } }])).body.tuples.length

  test('CVE-2022-39340: a streaming endpoint asks for the same key as the others', async () => {
    const body = { type: 'doc', relation: 'viewer', user: 'user:ann' }
    for (const end of ['streamed-list-objects', 'list-objects']) {
      for (const wrong of [null, '', 'wrong', `lmk_${'0'.repeat(16)}_${'x'.repeat(43)}`]) {
        const got = await target.app.send('POST', `/openfga/stores/${store}/${end}`, { key: wrong, body })
        assert.equal(got.status, 401, `${end} with ${wrong}`)
        assert.doesNotMatch(got.text, /object/)
      }
    }
  })

  test('openfga#3168: secrets are compared by their hashes and in constant time, nowhere by `===`', () => {
    // The hashes of the audit's chain are no secrets.
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      f => f.endsWith('.ts') && !f.startsWith('pdp/audit/'),
    )
    const texts = files.map(f => readFileSync(join(SRC, f), 'utf8'))
    const comparing = /(?:hash|secret|token|apiKey)\w*\s*[!=]==?\s*(?:\w+\.)*\w*(?:hash|secret)\b/i
    assert.deepEqual(
      files.filter((_, i) => comparing.test(texts[i] ?? '')),
      [],
    )
    const keys = readFileSync(join(SRC, 'pdp/keys.ts'), 'utf8')
    assert.match(keys, /timingSafeEqual\(Buffer\.from\(record\?\.hash \?\? '0'\.repeat\(64\)\), Buffer\.from\(hash\)\)/)
  })

  test('GHSA-68m9-983m-f3v5: there is no playground', async () => {
    for (const path of ['/playground', '/openfga/playground', '/debug/pprof/']) {
      assert.equal((await target.app.send('GET', path)).status, 404, path)
    }
  })

  test('CVE-2026-34972: one tuple under several contexts in one batch', async () => {
    assert.equal((await write({ ...key('doc:batch'), condition: { name: 'low', context: {} } })).status, 200)
    const item = (id: string, more: object) => ({ tuple_key: key('doc:batch'), correlation_id: id, ...more })
    const contextual_tuples = { tuple_keys: [key('doc:batch', 'user:bob')] }
    const checks = [
      item('low', { context: { x: 1 } }),
      item('high', { context: { x: 9 } }),
      item('text', { context: { x: '1' } }),
      item('none', {}),
      item('again', { context: { x: 1 } }),
      { ...item('bob', { contextual_tuples }), tuple_key: key('doc:batch', 'user:bob') },
      { ...item('nobob', {}), tuple_key: key('doc:batch', 'user:bob') },
    ]
    const { result } = (await call(target.api, 'batchCheck', [store, { checks }])).body
    const allowed = Object.fromEntries(checks.map(c => [c.correlation_id, result[c.correlation_id].allowed ?? 'error']))
    const says = { low: true, high: false, text: true, none: 'error', again: true, bob: true, nobob: false }
    assert.deepEqual(allowed, says)
  })

  test('openfga#3152, CVE-2026-48096: names that hold delimiters are paged and compared like others', async () => {
    const names = ['a|b', 'a', 'b|c', 'a@b', 'a|', '|b'].map(id => `doc:${id}`)
    assert.equal((await write(...names.map(name => key(name, 'user:p|q')))).status, 200)
    const found: string[] = []
    let token = ''
    do {
      const asked = { tuple_key: { object: 'doc:', user: 'user:p|q' }, page_size: 1, continuation_token: token }
      const { body } = await call(target.api, 'read', [store, asked])
      found.push(...body.tuples.map((t: { key: { object: string } }) => t.key.object))
      token = body.continuation_token
    } while (token !== '')
    assert.deepEqual([...found].sort(), [...names].sort())
    const no = await call(target.api, 'check', [store, { tuple_key: key('doc:a|b|p', 'user:q') }])
    assert.equal(no.body.allowed, false)
    const nul = await call(target.api, 'check', [store, { tuple_key: key('doc:a\u0000b') }])
    assert.deepEqual([nul.status, nul.code], [400, 'validation_error'])
  })

  test('SpiceDB CVE-2025-64529: a write that fails says so and stores nothing, whatever its size', async () => {
    const good = Array.from({ length: 99 }, (_, i) => key(`doc:big`, `user:${i}`))
    assert.equal((await write(...good, key('doc:big', 'nobody:1'))).status, 400)
    assert.equal(await stored('doc:big'), 0)
    assert.equal((await write(...good, key('doc:big', 'user:a'), key('doc:big', 'user:b'))).status, 400)
    assert.equal(await stored('doc:big'), 0)
    assert.equal((await write(key('doc:big', 'user:1'))).status, 200)
    assert.equal((await write(...good)).status, 400)
    assert.equal(await stored('doc:big'), 1)
    const huge = Array.from({ length: 20_000 }, (_, i) => key('doc:huge', `user:${'x'.repeat(300)}${i}`))
    assert.ok((await write(...huge)).status >= 400)
    assert.equal(await stored('doc:huge'), 0)
  })

  test('CVE-2023-45810, CVE-2024-23820: lists whose caller goes away leave the service whole', async () => {
    for (let page = 0; page < 10; page++) {
      const keys = Array.from({ length: 100 }, (_, i) => key(`doc:many${page * 100 + i}`, 'user:many'))
      assert.equal((await write(...keys)).status, 200)
    }
    const body = JSON.stringify({ type: 'doc', relation: 'viewer', user: 'user:many' })
    const url = `${target.app.running.url}/openfga/stores/${store}/streamed-list-objects`
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${await keyOf(target.app, 'wire', 'checker')}`,
    }
    const statuses = new Set<number | undefined>()
    for (let i = 0; i < 50; i++) {
      await new Promise<void>(done => {
        const sent = request(url, { method: 'POST', headers })
        sent.on('error', () => done())
        sent.on('response', response => {
          statuses.add(response.statusCode)
          response.destroy()
        })
        sent.on('close', () => done())
        sent.end(body)
        if (i % 2 === 0) setImmediate(() => sent.destroy())
      })
    }
    const { objects } = (await call(target.api, 'listObjects', [store, JSON.parse(body)])).body
    assert.equal(objects.length, 1000)
    assert.deepEqual([...statuses], [200])
  })
})
