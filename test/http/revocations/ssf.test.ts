import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JWTPayload } from 'jose'
import { type App, startApp } from '../../support/app.ts'
import { bare, issuerOf, orgOf, serviceWithSecret, tokenOf } from '../../support/oauth.ts'
import { answers, type Receiver, startReceiver, until } from '../../support/receiver.ts'
import { base, CAEP, claimsOf, MINE, makeStream, POLL, PUSH, readSet, typeOf } from '../../support/ssf.ts'

const ORG = 'telling'
const BASE = base(ORG)

describe('streams of security events', () => {
  let app: App
  let receiver: Receiver
  before(async () => {
    receiver = await startReceiver()
    app = await startApp({
      LUMOAUTH_MASTER_KEY: 'ef'.repeat(32),
      PUBLIC_URL: 'http://auth.example.test',
      FETCH_ALLOW: receiver.host,
    })
    await orgOf(app, ORG)
    receiver.behave = () => answers(202)
  })
  after(async () => {
    await app.close()
    await receiver.close()
  })

  const post = async (path: string, body: object = {}, method = 'POST') => {
    const got = await app.send(method, `${BASE}/${path}`, { body })
    assert.ok(got.status < 300, `${path}: ${got.text}`)
    return got.json?.data ?? got.json
  }
  const revoke = (body: object) => post('admin/revocations', body)
  /** What came to a path, each once, in order. */
  const setsAt = async (path: string): Promise<JWTPayload[]> => {
    const seen = new Map<string, JWTPayload>()
    for (const { body } of receiver.to(path)) {
      const set = await readSet(app, ORG, body)
      if (!seen.has(String(set.jti))) seen.set(String(set.jti), set)
    }
    return [...seen.values()]
  }
  const pushed = (path: string, more: object = {}) =>
    makeStream(app, ORG, { delivery: { method: PUSH, endpoint_url: `${receiver.url}${path}` }, ...more })

  test('metadata is at both places, and says what is served', async () => {
    const [one, other] = await Promise.all(
      [`${BASE}/.well-known/ssf-configuration`, `/.well-known/ssf-configuration${BASE}`].map(path =>
        app.send('GET', path, { key: null }),
      ),
    )
    assert.deepEqual(one?.json, other?.json)
    assert.equal(one?.json.issuer, issuerOf(app, ORG))
    assert.equal(one?.json.spec_version, '1_0')
    assert.deepEqual(one?.json.delivery_methods_supported, [PUSH, POLL])
    assert.equal((await app.send('GET', '/orgs/none/api/v1/.well-known/ssf-configuration', { key: null })).status, 404)
  })

  test('each thing that happens is pushed as what it is, in order, signed as a third party expects', async () => {
    await post('admin/users', { id: 'ann' })
    await post('admin/agents', { name: 'Teller', slug: 'teller', capabilities: ['x', 'y'] })
    const made = await pushed('/all')
    assert.deepEqual(made.delivery.authorization_configured, false)
    const consent = await post('admin/consents', { user: 'ann', agent: 'teller', scopes: ['x'] })
    await revoke({ jti: 'tok_1', reason: 'leaked' })
    await revoke({ task_id: 'task-9' })
    await post('admin/agents/teller', { capabilities: ['x'] }, 'PATCH')
    await post(`admin/consents/${consent.id}`, {}, 'DELETE')
    await post('admin/agents/teller/suspend', { reason: 'odd' })
    await post('admin/users/ann', {}, 'DELETE')
    await until(() => receiver.to('/all').length >= 7, 'all of it')
    const sets = await setsAt('/all')
    const iss = issuerOf(app, ORG)
    const agent = { format: 'iss_sub', iss, sub: 'agent:teller' }
    const user = { format: 'iss_sub', iss, sub: 'user:ann' }
    assert.deepEqual(
      sets.map(set => [typeOf(set), set.sub_id]),
      [
        ['session-revoked', { format: 'jwt_id', iss, jti: 'tok_1' }],
        ['session-revoked', { format: 'complex', session: { format: 'opaque', id: 'task-9' } }],
        ['token-claims-change', agent],
        ['session-revoked', agent],
        ['session-revoked', { format: 'complex', user, application: agent }],
        ['session-revoked', agent],
        ['session-revoked', user],
      ],
    )
    assert.deepEqual(claimsOf(sets[2] as JWTPayload).claims, { scope: 'x', capabilities: ['x'] })
    const first = claimsOf(sets[0] as JWTPayload)
    assert.deepEqual(first.reason_admin, { en: 'leaked' })
    assert.equal(first.initiating_entity, 'admin')
    const [message] = receiver.to('/all')
    assert.equal(message?.headers['content-type'], 'application/secevent+jwt')
    assert.equal(message?.headers.accept, 'application/json')
  })

  test('credentials that are replaced are told', async () => {
    await post('admin/agents', { name: 'Keyed', slug: 'keyed' })
    await pushed('/credentials', {
      events_requested: [`${CAEP}/credential-change`, 'https://unknown.example.com/type'],
    })
    await post('admin/agents/keyed/rotate-credentials')
    await until(() => receiver.to('/credentials').length >= 2, 'the changes')
    const sets = await setsAt('/credentials')
    const said = sets.map(set => [typeOf(set), (set.sub_id as { sub: string }).sub, claimsOf(set).change_type])
    assert.deepEqual(said[0], ['credential-change', 'agent:keyed', 'create'])
    assert.ok(['revoke', 'update'].includes(said[1]?.[2]), JSON.stringify(said))
  })

  test('whoever did not stop their stream themselves is told first', async () => {
    const client = await serviceWithSecret(app, ORG, 'stopped', { capabilities: ['ssf.read', 'ssf.manage'] })
    const key = (await tokenOf(app, ORG, client)).json.access_token
    const delivery = { method: PUSH, endpoint_url: `${receiver.url}/stopped` }
    const stream = await makeStream(app, ORG, { delivery }, key)
    await post('ssf/status', { stream_id: stream.stream_id, status: 'paused', reason: 'bill not paid' })
    const [set] = await setsAt('/stopped')
    assert.equal(typeOf(set as JWTPayload), 'stream-updated')
    assert.deepEqual(claimsOf(set as JWTPayload), { status: 'paused', reason: 'bill not paid' })
    const verify = await app.send('POST', `${BASE}/ssf/verify`, { body: { stream_id: stream.stream_id } })
    assert.equal(verify.status, 409)
    const fetched = await makeStream(app, ORG, { delivery: { method: POLL } }, key)
    await post('ssf/status', { stream_id: fetched.stream_id, status: 'disabled' })
    await revoke({ jti: 'unheard' })
    const path = new URL(fetched.delivery.endpoint_url).pathname
    const sets = async (): Promise<string[]> =>
      Object.values((await app.send('POST', path, { key, body: { returnImmediately: true } })).json.sets)
    await until(async () => (await sets()).length > 0, 'the end of it')
    const told = await Promise.all((await sets()).map(one => readSet(app, ORG, one)))
    assert.deepEqual(told.map(typeOf), ['stream-updated'])
  })

  test('the header a stream wants goes with each message, and is never shown', async () => {
    const secret = 'very-secret-0123456789'
    const stream = await makeStream(app, ORG, {
      delivery: { method: PUSH, endpoint_url: `${receiver.url}/auth`, authorization_token: secret },
    })
    assert.equal(stream.delivery.authorization_configured, true)
    await revoke({ jti: 'tok_auth' })
    await until(() => receiver.to('/auth').length > 0, 'it arrives')
    assert.equal(receiver.to('/auth')[0]?.headers.authorization, `Bearer ${secret}`)
    const all = await app.send('GET', `${BASE}/ssf/stream`)
    assert.ok(!all.text.includes(secret))
    const log = await app.send('GET', `${BASE}/watch?since=0&follow=false`)
    assert.ok(!log.text.includes(secret))
  })

  test('a verification comes back with its state, and not too often', async () => {
    const stream = await pushed('/verify')
    const started = performance.now()
    const verify = () =>
      app.send('POST', `${BASE}/ssf/verify`, { body: { stream_id: stream.stream_id, state: 'abc-123' } })
    assert.equal((await verify()).status, 204)
    await until(() => receiver.to('/verify').length > 0, 'it arrives')
    assert.ok(performance.now() - started < 10_000)
    const [set] = await setsAt('/verify')
    assert.equal(typeOf(set as JWTPayload), 'verification')
    assert.deepEqual(set?.sub_id, { format: 'opaque', id: stream.stream_id })
    assert.deepEqual(claimsOf(set as JWTPayload), { state: 'abc-123' })
    assert.equal((await verify()).status, 429)
    // Other streams hear nothing of it.
    await sleep(100)
    assert.ok((await setsAt('/all')).every(one => typeOf(one) !== 'verification'))
  })

  test('a receiver that fails for a while gets everything, in order; one that refuses is passed', async () => {
    let fails = 4
    receiver.behave = ({ path }) => (path === '/flaky' && fails-- > 0 ? answers(500) : answers(202))
    await pushed('/flaky')
    const want = ['f1', 'f2', 'f3', 'f4', 'f5']
    for (const jti of want) await revoke({ jti })
    await until(() => receiver.to('/flaky').length >= 9, 'all of them after the failures')
    const got = (await setsAt('/flaky')).map(set => (set.sub_id as { jti: string }).jti)
    assert.deepEqual(got, want)
    receiver.behave = () => answers(202)
  })

  test('what is paused is kept, what is disabled is not, and the receiver is told first', async () => {
    const stream = await pushed('/pause')
    const move = (status: string, reason?: string) =>
      post('ssf/status', { stream_id: stream.stream_id, status, ...(reason !== undefined && { reason }) })
    const is = await app.send('GET', `${BASE}/ssf/status?stream_id=${stream.stream_id}`)
    assert.deepEqual(is.json, { stream_id: stream.stream_id, status: 'enabled' })
    await move('paused', 'maintenance')
    const jtis = async () => (await setsAt('/pause')).flatMap(set => (set.sub_id as { jti?: string }).jti ?? [])
    await revoke({ jti: 'while-paused' })
    await sleep(150)
    assert.deepEqual(await jtis(), [])
    await move('enabled')
    await until(async () => (await jtis()).includes('while-paused'), 'what was kept')
    await move('disabled')
    await revoke({ jti: 'while-disabled' })
    await move('enabled')
    await revoke({ jti: 'after' })
    await until(async () => (await jtis()).includes('after'), 'what came after')
    assert.deepEqual(await jtis(), ['while-paused', 'after'])
  })

  test('subjects that are taken out are heard of no more, until they are put back', async () => {
    const stream = await pushed('/subjects')
    const subject = { format: 'iss_sub', iss: issuerOf(app, ORG), sub: 'agent:nobody' }
    const said = { stream_id: stream.stream_id, subject }
    assert.equal((await app.send('POST', `${BASE}/ssf/subjects/remove`, { body: said })).status, 204)
    await revoke({ subject: 'agent:nobody' })
    await revoke({ jti: 'marker' })
    await until(() => receiver.to('/subjects').length > 0, 'the marker')
    assert.deepEqual(
      (await setsAt('/subjects')).map(set => (set.sub_id as { jti?: string }).jti),
      ['marker'],
    )
    assert.equal((await app.send('POST', `${BASE}/ssf/subjects/add`, { body: said })).status, 200)
    await revoke({ subject: 'agent:nobody' })
    await until(() => receiver.to('/subjects').length > 1, 'the subject')
  })

  test('a stream is fetched: acknowledged, refused, bounded, waited for', async () => {
    const stream = await makeStream(app, ORG, { delivery: { method: POLL } })
    const path = new URL(stream.delivery.endpoint_url).pathname
    const poll = async (body: object) => {
      const got = await app.send('POST', path, { body })
      assert.equal(got.status, 200, got.text)
      return got.json as { sets: Record<string, string>; moreAvailable?: boolean }
    }
    assert.deepEqual(await poll({ returnImmediately: true }), { sets: {} })
    const waits = poll({})
    await sleep(50)
    await revoke({ jti: 'p1' })
    const first = await waits
    const ids = Object.keys(first.sets)
    assert.equal(ids.length, 1)
    const set = await readSet(app, ORG, Object.values(first.sets)[0] ?? '')
    assert.deepEqual([set.jti, (set.sub_id as { jti: string }).jti], [ids[0], 'p1'])
    assert.deepEqual(Object.keys((await poll({ returnImmediately: true })).sets), ids, 'until it is acknowledged')
    for (const jti of ['p2', 'p3', 'p4']) await revoke({ jti })
    await until(async () => Object.keys((await poll({ returnImmediately: true })).sets).length === 4, 'all wait')
    const some = await poll({ maxEvents: 2, ack: ids, returnImmediately: true })
    assert.equal(Object.keys(some.sets).length, 2)
    assert.equal(some.moreAvailable, true)
    const [second = '', third = ''] = Object.keys(some.sets)
    const last = await poll({ ack: [second], setErrs: { [third]: { err: 'invalid_key' } }, returnImmediately: true })
    const rest = await Promise.all(Object.values(last.sets).map(one => readSet(app, ORG, one)))
    assert.deepEqual(
      rest.map(one => (one.sub_id as { jti: string }).jti),
      ['p4'],
    )
    assert.deepEqual(await poll({ maxEvents: 0, ack: Object.keys(last.sets) }), { sets: {} })
    assert.equal((await app.send('POST', path.replace(/[^/]+$/, 'ssf_none'), { body: {} })).status, 404)
  })

  test('messages verify with the old key and with the new one while keys are replaced', async () => {
    await pushed('/rotation')
    await revoke({ jti: 'r1' })
    await until(() => receiver.to('/rotation').length === 1, 'the first')
    await post('admin/signing-keys/rotate', { lead_seconds: 0 })
    await revoke({ jti: 'r2' })
    await until(() => receiver.to('/rotation').length === 2, 'the second')
    const kids = receiver
      .to('/rotation')
      .map(({ body }) => JSON.parse(Buffer.from(body.split('.')[0] ?? '', 'base64url').toString()).kid)
    assert.notEqual(kids[0], kids[1])
    assert.equal((await setsAt('/rotation')).length, 2)
  })

  test('a receiver sees its own streams alone, with the scopes for it, and no address inside', async () => {
    const client = await serviceWithSecret(app, ORG, 'rx', { capabilities: ['ssf.read', 'ssf.manage'] })
    const other = await serviceWithSecret(app, ORG, 'ry', { capabilities: ['ssf.read', 'ssf.manage', 'x'] })
    const tokens = {
      own: (await tokenOf(app, ORG, client)).json.access_token,
      other: (await tokenOf(app, ORG, other)).json.access_token,
      reads: (await tokenOf(app, ORG, client, { scope: 'ssf.read' })).json.access_token,
      none: (await tokenOf(app, ORG, other, { scope: 'x' })).json.access_token,
    }
    const made = await makeStream(app, ORG, { delivery: { method: POLL } }, tokens.own)
    const get = (token: string, path = `?stream_id=${made.stream_id}`) =>
      bare(app, 'GET', `${BASE}/ssf/stream${path}`, { authorization: `Bearer ${token}` })
    assert.equal((await get(tokens.own)).status, 200)
    assert.equal((await get(tokens.reads)).status, 200)
    assert.equal((await get(tokens.other)).status, 404)
    assert.deepEqual((await get(tokens.other, '')).json, [])
    assert.equal((await get(tokens.none)).status, 403)
    const change = (key: string) =>
      app.send('PATCH', `${BASE}/ssf/stream`, { key, body: { stream_id: made.stream_id, description: 'x' } })
    assert.equal((await change(tokens.reads)).status, 403)
    assert.equal((await change(tokens.other)).status, 404)
    assert.equal((await change(tokens.own)).status, 200)
    for (const url of ['http://127.0.0.1:1/', 'ftp://example.com/']) {
      const got = await app.send('POST', `${BASE}/ssf/stream`, {
        body: { delivery: { method: PUSH, endpoint_url: url } },
      })
      assert.equal(got.status, 400, url)
    }
    await orgOf(app, 'other-org')
    const elsewhere = await app.send('GET', `/orgs/other-org/api/v1/ssf/stream?stream_id=${made.stream_id}`)
    assert.equal(elsewhere.status, 404)
    const gone = await app.send('DELETE', `${BASE}/ssf/stream?stream_id=${made.stream_id}`, { key: tokens.own })
    assert.equal(gone.status, 204)
    assert.equal((await get(tokens.own)).status, 404)
  })

  test('a stream is replaced as a whole, or changed in part', async () => {
    const stream = await makeStream(app, ORG, { description: 'mine', events_requested: [`${CAEP}/session-revoked`] })
    const id = stream.stream_id
    const patched = (
      await app.send('PATCH', `${BASE}/ssf/stream`, {
        body: { ...stream, aud: undefined, stream_id: id, description: 'ours', delivery: undefined },
      })
    ).json
    assert.deepEqual([patched.description, patched.events_delivered], ['ours', [`${CAEP}/session-revoked`]])
    const put = (await app.send('PUT', `${BASE}/ssf/stream`, { body: { stream_id: id } })).json
    assert.equal(put.description, undefined)
    assert.deepEqual(put.events_delivered, put.events_supported)
    assert.equal(put.aud, MINE)
  })
})
