import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Route } from '../../src/protocols/route.ts'
import { ADMIN_KEY, type App, type Sent, startApp } from '../support/app.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** What may arrive at any route that takes a body. */
const BODIES: readonly (readonly [what: string, sent: Sent])[] = [
  ['no body', { raw: '', headers: JSON_TYPE }],
  ['no JSON', { raw: 'hello', headers: JSON_TYPE }],
  ['half a JSON', { raw: '{"a":', headers: JSON_TYPE }],
  ['a list', { body: [] }],
  ['a number', { body: 7 }],
  ['null', { body: null }],
  [
    'wrong types',
    {
      body: {
        subject: 1,
        action: 2,
        resource: 3,
        text: 4,
        dsl: 5,
        name: 6,
        role: 7,
        slug: 8,
        writes: 9,
        decision_id: 10,
      },
    },
  ],
  ['10 MB', { raw: JSON.stringify({ text: 'x'.repeat(10 * 1024 * 1024) }), headers: JSON_TYPE }],
  ['deep nesting', { raw: `{"context":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, headers: JSON_TYPE }],
  ['broken UTF-8', { raw: Buffer.from([0x22, 0xc3, 0x28, 0x22]), headers: JSON_TYPE }],
  ['another content type', { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
]

describe('bad input at every route', () => {
  let app: App
  let routes: readonly Route[]
  before(async () => {
    app = await startApp()
    routes = app.running.routes
  })
  after(() => app.close())

  const at = (route: Route, org: string): string =>
    route.path
      .replace('{org}', org)
      .replace('{type}', 'document')
      .replace(/\{\w+\}/g, 'nothing')
  const revision = async () => (await app.ask('user:alice', 'view', 'document:roadmap')).json.context.revision
  const isClear = (got: { status: number; json: unknown; text: string }, what: string): void => {
    assert.ok(got.status >= 400 && got.status < 500, `${what}: ${got.status} ${got.text}`)
    const body = got.json as { message?: string; request_id?: string } | string
    const message = typeof body === 'string' ? body : body.message
    assert.ok(typeof message === 'string' && message.length > 5, `${what}: ${got.text}`)
  }

  test('a body that cannot be meant is a clear 4xx, and nothing is stored', async () => {
    const before = await revision()
    for (const route of routes.filter(r => r.body !== undefined)) {
      for (const [what, sent] of BODIES) {
        const got = await app.send(route.method, at(route, 'acme-corp'), sent)
        if (route.operation === 'patchAttributes' && what === 'wrong types') continue
        isClear(got, `${route.operation} with ${what}`)
      }
    }
    // The org signs its record by itself, with keys made for that.
    const stored = await app.running.service.store.changes('acme-corp', before, 100)
    const kinds = stored.map(({ change }) => (change.kind === 'registered' ? change.entry.kind : change.kind))
    assert.deepEqual(
      kinds.filter(kind => kind !== 'signing_key'),
      ['attributes'],
    )
  })

  test('without a key, with a wrong one and with two: 401 at every route that is not public', async () => {
    const wrong: readonly Sent[] = [
      { key: null },
      { key: 'wrong' },
      { key: '' },
      { key: `lmk_${'0'.repeat(16)}_${'x'.repeat(43)}` },
      { key: null, headers: { authorization: 'Basic eDp5' } },
      { key: ADMIN_KEY, headers: { authorization: 'Bearer something-else' } },
      { key: 'x'.repeat(10_000) },
    ]
    for (const route of routes.filter(r => r.needs !== 'public')) {
      for (const sent of wrong) {
        const got = await app.send(route.method, at(route, 'acme-corp'), {
          ...sent,
          ...(route.body !== undefined && { body: {} }),
        })
        assert.equal(got.status, 401, `${route.operation}: ${got.text}`)
      }
    }
  })

  test('an org there is none of: 404 at every route of an org', async () => {
    for (const route of routes.filter(r => r.needs !== 'public' && r.path.startsWith('/orgs/{org}'))) {
      const got = await app.send(route.method, at(route, 'no-such-org'), route.body === undefined ? {} : { body: {} })
      assert.equal(got.status, 404, `${route.operation}: ${got.text}`)
    }
  })

  test('a path or a method there is none of', async () => {
    assert.equal((await app.send('GET', '/nowhere')).status, 404)
    const wrong = await app.send('GET', '/orgs/acme-corp/access/v1/evaluation')
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'POST'])
    assert.equal((await app.send('GET', '/orgs/%ff/api/v1/admin/policies')).status, 404)
    assert.equal((await app.send('GET', '/orgs/acme-corp/api/v1/admin/policies?limit=0')).status, 400)
    assert.equal((await app.send('GET', '/orgs/acme-corp/api/v1/admin/policies?limit=1&limit=2')).status, 400)
    assert.equal((await app.send('GET', '/orgs/acme-corp/api/v1/admin/attributes/a%20b/x')).status, 400)
  })

  test('names that every object answers to are only names', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const got = await app.ask('user:alice', name, 'document:roadmap', { [name]: { polluted: true } })
      assert.equal(got.json.decision, false, got.text)
      const other = await app.ask(`${name}:${name}`, 'view', `${name}:${name}`)
      assert.equal(other.json.decision, false, other.text)
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  test('10,000 bad sentences are refused in a bounded list', async () => {
    const text = Array.from(
      { length: 10_000 },
      (_, i) => `Gremlins can frobnicate widget${i} sideways unless ${i}.`,
    ).join('\n')
    const before = await revision()
    const checked = await app.send('POST', '/orgs/acme-corp/api/v1/admin/policies/check', { body: { text } })
    assert.equal(checked.status, 200)
    assert.equal(checked.json.data.ok, false)
    assert.ok(checked.json.data.diagnostics.length <= 101)
    const published = await app.send('POST', '/orgs/acme-corp/api/v1/admin/policies', { body: { text } })
    assert.equal(published.status, 422)
    assert.equal(await revision(), before)
  })

  test('bytes that are no HTTP, and bodies that break off, leave the server serving', async () => {
    const { port } = new URL(app.running.url)
    const raw = (bytes: string | Buffer) =>
      new Promise<void>(resolve => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(bytes)
          setTimeout(() => socket.destroy(), 30)
        })
        socket.on('error', () => undefined)
        socket.on('close', () => resolve())
        socket.resume()
      })
    await raw(Buffer.from([0, 255, 13, 10, 13, 10]))
    await raw('POST /orgs/acme-corp/access/v1/evaluation HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
    await raw(
      `POST /orgs/acme-corp/access/v1/evaluation HTTP/1.1\r\nhost: x\r\nx-api-key: ${ADMIN_KEY}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"subject"`,
    )
    assert.equal((await app.ask('user:alice', 'view', 'document:roadmap')).status, 200)
    assert.equal((await app.send('GET', '/healthz', { key: null })).status, 200)
  })

  test('errors carry one envelope that every published client can read', async () => {
    const got = await app.send('GET', '/orgs/acme-corp/api/v1/decisions/none')
    assert.equal(got.status, 404)
    const { error, code, error_description, message, status, request_id, error_uri } = got.json
    assert.equal(error, code)
    assert.equal(error_description, message)
    assert.equal(status, 404)
    assert.equal(request_id, got.headers['x-request-id'])
    const about = await app.send('GET', new URL(error_uri).pathname, { key: null })
    assert.equal(about.status, 200)
  })
})
