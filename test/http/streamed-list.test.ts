import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { CredentialsMethod, OpenFgaClient } from '@openfga/sdk'
import { transformer } from '@openfga/syntax-transformer'
import { keyOf } from '../support/app.ts'
import { call, ourTarget } from '../support/fga.ts'

const MODEL = `model
  schema 1.1
type user
type doc
  relations
    define viewer: [user, user with small]
condition small(size: int) {
  size < 3
}`

const objects = Array.from({ length: 1_000 }, (_, i) => `doc:a${1_000 + i}`)

describe('a streamed list of objects', () => {
  let target: Awaited<ReturnType<typeof ourTarget>>
  let store: string
  let key: string
  before(async () => {
    target = await ourTarget()
    key = await keyOf(target.app, 'wire', 'admin')
    store = (await call(target.api, 'createStore', [{ name: 'streamed' }])).body.id
    const model = transformer.transformDSLToJSONObject(MODEL)
    assert.equal((await call(target.api, 'writeAuthorizationModel', [store, model])).status, 201)
    for (let from = 0; from < objects.length; from += 100) {
      const tuple_keys = objects
        .slice(from, from + 100)
        .map(object => ({ user: 'user:ann', relation: 'viewer', object }))
      assert.equal((await call(target.api, 'write', [store, { writes: { tuple_keys } }])).status, 200)
    }
    const condition = { name: 'small', context: {} }
    const tuple_keys = [
      { user: 'user:ann', relation: 'viewer', object: 'doc:z', condition },
      { user: 'user:bob', relation: 'viewer', object: 'doc:z', condition },
    ]
    assert.equal((await call(target.api, 'write', [store, { writes: { tuple_keys } }])).status, 200)
  })
  after(() => target.close())

  const open = (body: object): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `${target.app.running.url}/openfga/stores/${store}/streamed-list-objects`
      const headers = { 'x-api-key': key, 'content-type': 'application/json' }
      request(url, { method: 'POST', headers, agent: false }, resolve).on('error', reject).end(JSON.stringify(body))
    })
  const ask = (user: string, context?: object) => ({
    type: 'doc',
    relation: 'viewer',
    user,
    ...(context && { context }),
  })
  const client = (): OpenFgaClient =>
    new OpenFgaClient({
      apiUrl: `${target.app.running.url}/openfga`,
      storeId: store,
      credentials: { method: CredentialsMethod.ApiToken, config: { token: key } },
    })

  test('the first object comes before the others are looked at, and all come', async () => {
    const response = await open(ask('user:ann', { size: 1 }))
    const pieces: string[] = []
    response.on('data', piece => pieces.push(String(piece)))
    await once(response, 'end')
    assert.ok(pieces[0] === `{"result":{"object":"${objects[0]}"}}\n`, 'the first piece has one line')
    const lines = pieces.join('').trimEnd().split('\n')
    assert.deepEqual(
      lines.map(line => JSON.parse(line).result.object),
      [...objects, 'doc:z'],
    )
    assert.ok(response.complete)
  })

  test('the SDK reads it', async () => {
    const got: string[] = []
    for await (const { object } of client().streamedListObjects(ask('user:ann', { size: 5 }))) got.push(object)
    assert.deepEqual(got, objects)
  })

  test('what cannot be decided is an error where nothing was sent yet', async () => {
    const response = await open(ask('user:bob'))
    assert.equal(response.statusCode, 400)
    let text = ''
    for await (const piece of response) text += piece
    assert.equal(JSON.parse(text).code, 'validation_error')
  })

  test('later, it is the last line, and the connection breaks: nobody takes a part for the whole', async () => {
    const response = await open(ask('user:ann'))
    assert.equal(response.statusCode, 200)
    let text = ''
    await assert.rejects(async () => {
      for await (const piece of response) text += piece
    }, /aborted/)
    const lines = text.trimEnd().split('\n')
    const { error } = JSON.parse(lines.at(-1) ?? '')
    assert.deepEqual(error, { code: 3, message: 'condition `small` lacks `size` in the context', details: [] })
    assert.equal(JSON.parse(lines[0] ?? '').result.object, objects[0])
    await assert.rejects(async () => {
      for await (const _ of client().streamedListObjects(ask('user:ann')));
    })
  })

  test('a reader who leaves is not waited for', async () => {
    const response = await open(ask('user:ann', { size: 1 }))
    response.once('data', () => response.destroy())
    await once(response, 'close')
    assert.equal(
      (await call(target.api, 'listObjects', [store, ask('user:ann', { size: 1 })])).body.objects.length,
      1_001,
    )
  })
})
