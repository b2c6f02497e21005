import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, type Sent, startApp } from '../support/app.ts'

const CHECK = '/orgs/acme-corp/access/v1/evaluation'
const JSON_TYPE = 'application/json; charset=utf-8'

const asked = (id: string) => ({
  subject: { type: 'user', id },
  action: { name: 'view' },
  resource: { type: 'document', id: 'roadmap' },
})

/** Answers written by each way there is: ours, Koa's, and that of an error. */
const CASES: readonly (readonly [
  what: string,
  method: string,
  path: string,
  sent: Sent,
  status: number,
  type: string | undefined,
])[] = [
  ['a decision', 'POST', CHECK, { body: asked('alice') }, 200, JSON_TYPE],
  ['a decision about a name beyond ASCII', 'POST', CHECK, { body: asked('Ælfrēd 日本 👩‍👧') }, 200, JSON_TYPE],
  ['JSON', 'GET', '/healthz', {}, 200, JSON_TYPE],
  ['text', 'GET', '/metrics', {}, 200, 'text/plain; version=0.0.4; charset=utf-8'],
  ['only the head', 'HEAD', '/healthz', {}, 200, JSON_TYPE],
  ['a redirect', 'GET', '/t/acme-corp/.well-known/authzen-configuration', {}, 308, 'text/plain; charset=utf-8'],
  [
    'an error of the caller',
    'POST',
    CHECK,
    { raw: '{', headers: { 'content-type': 'application/json' } },
    400,
    JSON_TYPE,
  ],
  ['no key', 'POST', CHECK, { key: null, body: asked('alice') }, 401, JSON_TYPE],
  ['no such path', 'GET', '/nowhere', {}, 404, JSON_TYPE],
]

describe('heads of answers', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  for (const [what, method, path, sent, status, type] of CASES) {
    test(`${what}: an id, a length, and nothing to be kept or guessed`, async () => {
      const got = await app.send(method, path, {
        ...sent,
        headers: { ...sent.headers, 'x-request-id': `of-${status}` },
      })
      assert.equal(got.status, status, got.text)
      assert.equal(got.headers['x-request-id'], `of-${status}`)
      assert.equal(got.headers['cache-control'], 'no-store')
      assert.equal(got.headers['x-content-type-options'], 'nosniff')
      assert.equal(got.headers['content-type'], type)
      const length = Number(got.headers['content-length'])
      if (method === 'HEAD') assert.ok(length > 0 && got.text === '')
      else assert.equal(length, Buffer.byteLength(got.text))
    })
  }

  test('a name beyond ASCII comes back as it was sent', async () => {
    const got = await app.send('POST', CHECK, { body: asked('Ælfrēd 日本 👩‍👧') })
    assert.equal(got.json.decision, false)
    assert.ok(got.text.includes('Ælfrēd 日本 👩‍👧'), got.text)
  })

  test('requests without an id get one each', async () => {
    const ids = new Set<unknown>()
    for (let n = 0; n < 3; n += 1) ids.add((await app.send('GET', '/healthz')).headers['x-request-id'])
    assert.equal(ids.size, 3)
  })
})
