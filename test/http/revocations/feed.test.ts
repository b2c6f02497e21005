import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../../support/app.ts'
import { type Told, watch } from '../../support/events.ts'
import { agentWithSecret, bare, orgOf, serviceWithSecret, tokenOf } from '../../support/oauth.ts'
import { skipWithout, startPostgres } from '../../support/services.ts'

const ORG = 'feeding'
const BASE = `/orgs/${ORG}/api/v1`
const STREAM = `${BASE}/revocations/stream`
const SNAPSHOT = `${BASE}/revocations/snapshot`

describe('the feed of revocations, on two nodes', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  let one: App
  let two: App
  before(async () => {
    if (postgres.kind === 'missing') return
    const env = {
      DATABASE_URL: postgres.url,
      LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
      PUBLIC_URL: 'http://auth.example.test',
    }
    ;[one, two] = (await Promise.all([startApp(env), startApp(env)])) as [App, App]
    await orgOf(one, ORG)
  })
  after(async () => {
    await Promise.all([one?.close(), two?.close()])
    if (postgres.kind === 'running') await postgres.stop()
  })

  const post = async (path: string, body: object = {}, method = 'POST') => {
    const got = await one.send(method, `${BASE}/admin/${path}`, { body })
    assert.ok(got.status < 300, got.text)
    return got.json?.data ?? got.json
  }
  const revoke = (body: object): Promise<{ seq: number }> => post('revocations', body)
  const isRevoke = (key: string) => (t: Told) => t.event === 'revoke' && t.data.key === key

  test('what is revoked on one node is told on the other', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'told')
    await post('users', { id: 'ann' })
    const consent = await post('consents', { user: 'ann', agent: 'told', scopes: ['x'] })
    const stream = await watch(two.running.url, STREAM)
    assert.equal(stream.status, 200)
    await stream.next(t => t.event === 'heartbeat')
    const { seq } = await revoke({ jti: 'tok_one', reason: 'leaked' })
    const told = await stream.next(isRevoke('tok_one'))
    assert.equal(told.id, String(seq))
    assert.deepEqual(
      { ...told.data, exp: 0 },
      { seq, kind: 'jti', key: 'tok_one', before: null, exp: 0, reason: 'leaked' },
    )
    assert.ok(told.data.exp > Date.now() / 1000)
    await revoke({ task_id: 'task-1' })
    assert.equal((await stream.next(isRevoke('task-1'))).data.kind, 'task')
    await revoke({ client_id: bot.id })
    assert.equal((await stream.next(isRevoke('told'))).data.kind, 'agent')
    await post(`agents/told/suspend`)
    const off = await stream.next(t => isRevoke('told')(t) && t.data.before === null)
    assert.equal(off.data.reason, 'suspended')
    await post(`agents/told/resume`)
    assert.deepEqual((await stream.next(t => t.event === 'lift')).data.key, 'told')
    await post(`consents/${consent.id}`, {}, 'DELETE')
    assert.equal((await stream.next(isRevoke(consent.id))).data.kind, 'consent')
    await post('signing-keys/rotate', { withdraw: true })
    await post('signing-keys/rotate', { withdraw: true })
    assert.equal(
      (await stream.next(t => t.event === 'revoke' && t.data.kind === 'key')).data.reason,
      'signing key withdrawn',
    )
    const last = Math.max(...stream.told.map(t => Number(t.id)))
    await stream.next(t => t.event === 'heartbeat' && Number(t.id) >= last && t.data.at > 1_700_000_000)
    stream.close()
  })

  test('who comes back hears what was missed, in order, and no more', { skip }, async () => {
    const seqs: number[] = []
    for (const jti of ['m1', 'm2', 'm3', 'm4']) seqs.push((await revoke({ jti })).seq)
    const stream = await watch(two.running.url, STREAM, { headers: { 'last-event-id': String(seqs[1]) } })
    await stream.next(isRevoke('m4'))
    const missed = stream.told.filter(t => t.event === 'revoke').map(t => t.data.key)
    assert.deepEqual(missed, ['m3', 'm4'])
    stream.close()
    const bySince = await watch(two.running.url, `${STREAM}?since=${seqs[2]}&follow=false`)
    await bySince.ended
    assert.deepEqual(
      bySince.told.filter(t => t.event === 'revoke').map(t => t.data.key),
      ['m4'],
    )
  })

  test('a place that was never given is answered with `reset`', { skip }, async () => {
    const stream = await watch(two.running.url, STREAM, { headers: { 'last-event-id': '99999999' } })
    assert.equal((await stream.next(() => true)).event, 'reset')
    stream.close()
    assert.equal((await two.send('GET', `${STREAM}?since=abc`)).status, 400)
  })

  test('the snapshot holds what may still be alive, and has a tag', { skip }, async () => {
    const { seq } = await revoke({ jti: 'snap' })
    const got = await one.send('GET', SNAPSHOT)
    assert.equal(got.json.seq, seq)
    const jtis = got.json.dead.filter((d: { kind: string }) => d.kind === 'jti').map((d: { key: string }) => d.key)
    for (const jti of ['tok_one', 'm1', 'm4', 'snap']) assert.ok(jtis.includes(jti), jti)
    const again = await one.send('GET', SNAPSHOT, { headers: { 'if-none-match': String(got.headers.etag) } })
    assert.equal(again.status, 304)
    await revoke({ jti: 'snap-2' })
    const other = await one.send('GET', SNAPSHOT, { headers: { 'if-none-match': String(got.headers.etag) } })
    assert.equal(other.status, 200)
  })

  test('it is for those the rules let read it', { skip }, async () => {
    const allowed = await serviceWithSecret(one, ORG, 'gateway', { capabilities: ['revocations.read', 'x'] })
    const scoped = (await tokenOf(one, ORG, allowed, { scope: 'revocations.read' })).json.access_token
    const narrow = (await tokenOf(one, ORG, allowed, { scope: 'x' })).json.access_token
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    assert.equal((await bare(one, 'GET', SNAPSHOT, bearer(scoped))).status, 200)
    const refused = await bare(one, 'GET', SNAPSHOT, bearer(narrow))
    assert.equal(refused.status, 403)
    assert.match(String(refused.headers['www-authenticate']), /insufficient_scope/)
    const agent = await agentWithSecret(one, ORG, 'nosy', { capabilities: ['read:documents'] })
    const nosy = (await tokenOf(one, ORG, agent)).json.access_token
    assert.equal((await bare(one, 'GET', SNAPSHOT, bearer(nosy))).status, 403)
    for (const [role, status] of [
      ['auditor', 200],
      ['checker', 403],
      ['author', 403],
    ] as const) {
      assert.equal((await one.send('GET', SNAPSHOT, { key: await keyOf(one, ORG, role) })).status, status, role)
    }
    await orgOf(one, 'elsewhere')
    assert.equal((await one.send('GET', SNAPSHOT, { key: await keyOf(one, 'elsewhere', 'admin') })).status, 403)
    assert.equal((await one.send('GET', '/orgs/nowhere/api/v1/revocations/snapshot')).status, 404)
  })

  test('a stream ends with the credentials it was opened with', { skip }, async () => {
    const made = await one.send('POST', `${BASE}/admin/keys`, { body: { name: 'reader', role: 'auditor' } })
    const byKey = await watch(two.running.url, STREAM, { key: made.json.data.key })
    await byKey.next(t => t.event === 'heartbeat')
    await post(`keys/${made.json.data.id}`, {}, 'DELETE')
    assert.equal((await byKey.next(t => t.event === 'end')).data.error, 'unauthenticated')
    await byKey.ended

    const gateway = await serviceWithSecret(one, ORG, 'gateway-2', { capabilities: ['revocations.read'] })
    const token = (await tokenOf(one, ORG, gateway)).json.access_token
    const asked = () => bare(two, 'GET', SNAPSHOT, { authorization: `Bearer ${token}` })
    while ((await asked()).status !== 200) await new Promise(resolve => setTimeout(resolve, 20))
    const byToken = await watch(two.running.url, STREAM, { key: token })
    await byToken.next(t => t.event === 'heartbeat')
    await revoke({ client_id: gateway.id })
    assert.equal((await byToken.next(t => t.event === 'end')).data.error, 'unauthenticated')
    await byToken.ended
  })

  test('a node that stops says so', { skip }, async () => {
    if (postgres.kind === 'missing') return
    const three = await startApp({ DATABASE_URL: postgres.url })
    const stream = await watch(three.running.url, STREAM)
    await stream.next(t => t.event === 'heartbeat')
    await three.close()
    assert.equal((await stream.next(t => t.event === 'end')).data.error, 'stopping')
    await stream.ended
  })
})
