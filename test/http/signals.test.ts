import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { tidy } from '../../src/pdp/signals/risk.ts'
import { type Answered, type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { register } from '../support/oauth.ts'
import { until } from '../support/receiver.ts'
import { agentNamed, userNamed } from '../support/registered.ts'
import { type LocalTransmitter, startTransmitter } from '../support/transmitter.ts'
import { forged, hmacWithPublicKey, makeKey } from '../support/workload/keys.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n'
const POLICY = [
  'Users can read, edit and delete documents.',
  'Agents can read documents.',
  'Users whose device_compliance is not_compliant cannot delete documents.',
  'Users at medium risk cannot edit documents.',
].join('\n')

let app: App
let idp: LocalTransmitter
let orgs = 0
let org = ''
let admin = ''

before(async () => {
  idp = await startTransmitter()
  app = await startApp({ FETCH_ALLOW: idp.host })
})
after(async () => {
  await app.close()
  await idp.close()
})
beforeEach(async () => {
  orgs += 1
  org = `risky-${orgs}`
  admin = `/orgs/${org}/api/v1/admin`
  await makeOrg(app, org, MODEL, POLICY)
  await register(
    app,
    org,
    agentNamed('bot', { capabilities: ['read:documents'] }),
    userNamed('ann', { email: 'ann@example.com', emailVerified: true }),
    userNamed('bob', { email: 'bob@example.com' }),
  )
})

const send = (method: string, path: string, body?: unknown): Promise<Answered> =>
  app.send(method, `${admin}${path}`, { ...(body !== undefined && { body }) })

async function may(subject: string, action = 'read'): Promise<boolean> {
  const [type, id] = subject.split(':')
  const body = { subject: { type, id }, action: { name: action }, resource: { type: 'document', id: '1' } }
  return (await app.send('POST', `/orgs/${org}/access/v1/evaluation`, { body })).json.decision
}

describe('risk that admins say', () => {
  test('stops an agent at once, and until somebody has looked', async () => {
    assert.equal(await may('agent:bot'), true)
    const put = await send('PUT', '/risk/agent/bot', { level: 'high', reason: 'odd hours' })
    assert.equal(put.status, 200, put.text)
    assert.equal(put.json.data.unreviewed, 'high')
    assert.equal(await may('agent:bot'), false)
    // Less risk is no review.
    assert.equal((await send('PUT', '/risk/agent/bot', { level: 'low' })).json.data.unreviewed, 'high')
    assert.equal(await may('agent:bot'), false)
    const listed = await send('GET', '/risk?unreviewed=true')
    assert.deepEqual(
      listed.json.data.map((one: { readonly subject: string }) => one.subject),
      ['agent:bot'],
    )
    const reviewed = await send('POST', '/risk/agent/bot/review', { notes: 'a new shift' })
    assert.equal(reviewed.json.data.unreviewed, 'low')
    assert.equal(reviewed.json.data.reviewed.notes, 'a new shift')
    assert.equal(await may('agent:bot'), true)
    const events = await app.running.service.store.auditSince(org, 0, 1_000)
    assert.deepEqual(
      events
        .filter(event => event.target === 'agent:bot' && event.kind.startsWith('security'))
        .map(event => event.kind),
      ['security.signal', 'security.signal', 'security.reviewed'],
    )
  })

  test('ends by itself at its time, and what is to be reviewed does not', async () => {
    const soon = new Date(Date.now() + 300).toISOString()
    await send('PUT', '/risk/user/ann', { level: 'medium', until: soon })
    await send('PUT', '/risk/agent/bot', { level: 'critical', until: soon })
    assert.deepEqual([await may('user:ann', 'edit'), await may('user:ann')], [false, true])
    await until(async () => {
      await tidy(app.running.service)
      return (await send('GET', '/risk/user/ann')).json.data.level === 'low'
    }, 'it is over')
    assert.equal(await may('user:ann', 'edit'), true)
    await until(async () => (await send('GET', '/risk/agent/bot')).json.data.level === 'low', 'the other too')
    assert.equal(await may('agent:bot'), false)
    assert.equal((await send('DELETE', '/risk/agent/bot')).status, 204)
    assert.equal(await may('agent:bot'), true)
  })

  test('is said of those there are, in words there are, by those who may', async () => {
    assert.equal((await send('PUT', '/risk/agent/nobody', { level: 'high' })).status, 404)
    assert.equal((await send('PUT', '/risk/task/none', { level: 'high' })).status, 404)
    assert.equal((await send('PUT', '/risk/document/1', { level: 'high' })).status, 400)
    assert.equal((await send('PUT', '/risk/agent/bot', { level: 'grave' })).status, 400)
    const past = new Date(Date.now() - 1000).toISOString()
    assert.equal((await send('PUT', '/risk/agent/bot', { level: 'high', until: past })).status, 400)
    assert.equal((await send('POST', '/risk/agent/bot/review')).status, 404)
    assert.equal((await send('DELETE', '/risk/agent/bot')).status, 404)
    assert.equal((await send('GET', '/risk/agent/bot')).json.data.level, 'low')
    const auditor = await keyOf(app, org, 'auditor')
    const author = await keyOf(app, org, 'author')
    const as = (key: string, method: string, body?: object) =>
      app.send(method, `${admin}/risk/agent/bot`, { key, ...(body && { body }) })
    assert.equal((await as(auditor, 'GET')).status, 200)
    assert.equal((await as(auditor, 'PUT', { level: 'high' })).status, 403)
    assert.equal((await as(author, 'GET')).status, 403)
    assert.equal(await may('agent:bot'), true)
  })
})

/** A transmitter of the org, with what is said of it beside. */
async function trusted(more: object = {}): Promise<string> {
  const body = { issuer: idp.issuer, jwks_uri: `${idp.issuer}/jwks`, ...more }
  const made = await send('POST', '/ssf/transmitters', body)
  assert.equal(made.status, 201, made.text)
  return made.json.data.id
}

const us = (): string => app.running.service.tokens.issuers.of(org)
const ann = () => ({ format: 'iss_sub', iss: idp.issuer, sub: 'ann' })

const push = (text: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answered> =>
  app.send('POST', `/orgs/${org}/api/v1/ssf/receive`, {
    key: null,
    raw: text,
    headers: { 'content-type': 'application/secevent+jwt', ...headers },
  })

async function hear(type: string, subject: object | null, claims: object = {}, more: object = {}): Promise<void> {
  const got = await push(await idp.set(idp.event(us(), type, subject, claims, more)))
  assert.equal(got.status, 202, got.text)
  assert.equal(got.text, '')
}

const kinds = async (): Promise<readonly string[]> =>
  (await app.running.service.store.auditSince(org, 0, 1_000)).map(event => event.kind)

describe('security events of a transmitter', () => {
  test('become facts that rules name', async () => {
    await trusted()
    // Of a device nobody spoke of it is not known whether the rule holds.
    assert.equal(await may('user:ann', 'delete'), false)
    await hear('device-compliance-change', ann(), { current_status: 'compliant' })
    assert.equal(await may('user:ann', 'delete'), true)
    await hear('device-compliance-change', ann(), { current_status: 'not-compliant', previous_status: 'compliant' })
    assert.equal(await may('user:ann', 'delete'), false)
    await hear('device-compliance-change', ann(), { current_status: 'compliant' })
    assert.equal(await may('user:ann', 'delete'), true)
    await hear(
      'risk-level-change',
      { format: 'email', email: 'Ann@example.com' },
      { current_level: 'MEDIUM', principal: 'USER' },
    )
    assert.equal(await may('user:ann', 'edit'), false)
    assert.equal(await may('user:ann'), true)
    await hear('credential-change', ann(), { credential_type: 'password', change_type: 'update' })
    await hear('assurance-level-change', ann(), { namespace: 'NIST', current_level: 'nist-aal2' })
    const { facts, level, source } = (await send('GET', '/risk/user/ann')).json.data
    assert.equal(level, 'medium')
    assert.match(source, /^transmitter:trm_/)
    assert.equal(facts.credential_change.value, 'update')
    assert.equal(facts.assurance_level.value, 'nist-aal2')
    assert.equal(facts.device_compliance.value, 'compliant')
  })

  test('end the sessions of somebody: tokens, and what they let others do', async () => {
    await trusted()
    const consent = await send('POST', '/consents', { user: 'ann', agent: 'bot', scopes: ['read:documents'] })
    assert.ok(consent.status < 300, consent.text)
    await hear('session-revoked', { format: 'complex', user: ann(), device: { format: 'opaque', id: 'phone' } })
    const { registry } = await app.running.service.orgs.get(org)
    assert.ok(registry.subjectRevokedAt('user:ann') !== null)
    assert.ok([...registry.consents.values()].every(one => one.revokedAt !== null))
    await hear('session-revoked', { format: 'jwt_id', iss: us(), jti: 'tok_1' })
    assert.ok((await app.running.service.orgs.get(org)).registry.tokenRevokedAt('tok_1') !== null)
    const before = (await app.running.service.orgs.get(org)).registry.subjectRevokedAt('agent:bot')
    assert.equal(before, null)
    await hear('session-revoked', { format: 'iss_sub', iss: us(), sub: 'agent:bot' })
    assert.ok((await app.running.service.orgs.get(org)).registry.subjectRevokedAt('agent:bot') !== null)
  })

  test('count once, and older ones change nothing newer', async () => {
    await trusted()
    const text = await idp.set(idp.event(us(), 'risk-level-change', ann(), { current_level: 'HIGH' }))
    assert.equal((await push(text)).status, 202)
    assert.equal((await send('GET', '/risk/user/ann')).json.data.level, 'high')
    await send('POST', '/risk/user/ann/review')
    assert.equal((await push(text)).status, 202)
    assert.equal((await send('GET', '/risk/user/ann')).json.data.level, 'low')
    const earlier = Math.floor(Date.now() / 1000) - 600
    await hear('risk-level-change', ann(), { current_level: 'HIGH' }, { iat: earlier })
    assert.equal((await send('GET', '/risk/user/ann')).json.data.level, 'low')
  })

  test('are taken and only noted where they are about nobody, or have no effect here', async () => {
    await trusted({ events: ['session-revoked'] })
    const subjects = [
      { format: 'iss_sub', iss: idp.issuer, sub: 'nobody' },
      { format: 'iss_sub', iss: 'https://other.example', sub: 'ann' },
      { format: 'email', email: 'bob@example.com' },
      { format: 'email', email: 7 },
      { format: 'opaque', id: 'x'.repeat(300) },
      { format: 'jwt_id', iss: 'https://other.example', jti: 'tok_2' },
      {
        format: 'complex',
        user: { format: 'complex', user: { format: 'complex', user: { format: 'complex', user: ann() } } },
      },
      { format: 'unheard-of' },
      null,
    ]
    for (const subject of subjects) await hear('session-revoked', subject)
    await hear('risk-level-change', ann(), { current_level: 'HIGH' })
    await hear(
      'https://schemas.openid.net/secevent/ssf/event-type/verification',
      { format: 'opaque', id: 's' },
      { state: 'x' },
    )
    const { registry } = await app.running.service.orgs.get(org)
    assert.equal(registry.signals.size, 0)
    assert.equal(registry.revocations.size, 0)
    await until(
      async () => (await kinds()).filter(kind => kind === 'security.ignored').length === subjects.length + 2,
      'all are noted',
    )
  })

  test('that say nothing that is understood change nothing', async () => {
    await trusted()
    await hear('risk-level-change', ann(), { current_level: 'ENORMOUS' })
    await hear('risk-level-change', ann(), {})
    await hear('device-compliance-change', ann(), { current_status: ['compliant'] })
    await hear('assurance-level-change', ann(), { current_level: 'x'.repeat(5_000) })
    assert.equal((await app.running.service.orgs.get(org)).registry.signals.size, 0)
  })

  const hostile: readonly (readonly [string, () => Promise<string> | string, string])[] = [
    ['of an issuer nobody trusts', () => idp.set({ ...good(), iss: 'https://evil.example' }), 'invalid_issuer'],
    ['for another audience', () => idp.set({ ...good(), aud: 'https://other.example' }), 'invalid_audience'],
    ['for no audience', () => idp.set({ ...good(), aud: undefined }), 'invalid_audience'],
    ['without a signature', () => forged({ alg: 'none', typ: 'secevent+jwt' }, good(), ''), 'invalid_key'],
    ['keyed with the public key', () => hmacAs(), 'invalid_key'],
    ['signed with a key that is not its own', async () => idp.set(good(), await makeKey('RS256', 'k1')), 'invalid_key'],
    [
      'signed with an algorithm it does not use',
      async () => idp.set(good(), await makeKey('PS256', 'k1')),
      'invalid_key',
    ],
    ['changed after it was signed', async () => changed(await idp.set(good())), 'invalid_key'],
    ['of another type', () => idp.set(good(), idp.key, { typ: 'at+jwt' }), 'invalid_request'],
    ['of no type', () => idp.set(good(), idp.key, { typ: undefined }), 'invalid_request'],
    [
      'with a crit header',
      () => forged({ alg: 'RS256', typ: 'secevent+jwt', crit: ['b64'], b64: false }, good()),
      'invalid_request',
    ],
    ['that has expired', () => idp.set({ ...good(), exp: 1 }), 'invalid_request'],
    ['of the future', () => idp.set({ ...good(), iat: Math.floor(Date.now() / 1000) + 3_600 }), 'invalid_request'],
    ['of long ago', () => idp.set({ ...good(), iat: Math.floor(Date.now() / 1000) - 30 * 86_400 }), 'invalid_request'],
    ['without an id', () => idp.set({ ...good(), jti: undefined }), 'invalid_request'],
    ['without events', () => idp.set({ ...good(), events: {} }), 'invalid_request'],
    ['with too many events', () => idp.set({ ...good(), events: manyEvents() }), 'invalid_request'],
    ['with events that are none', () => idp.set({ ...good(), events: [1] }), 'invalid_request'],
    ['that is no token', () => 'hello', 'invalid_request'],
    ['that is empty', () => '', 'invalid_request'],
    ['that is too large', () => 'x'.repeat(100_000), 'invalid_request'],
  ]
  const good = () => idp.event(us(), 'session-revoked', ann())
  const manyEvents = () => Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`urn:${i}`, {}]))
  const hmacAs = () =>
    hmacWithPublicKey(good(), idp.key).replace(/^[^.]+/, () => part({ alg: 'HS256', typ: 'secevent+jwt', kid: 'k1' }))
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const changed = (text: string) => {
    const [header, payload, signature] = text.split('.')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    return `${header}.${part({ ...claims, jti: 'another' })}.${signature}`
  }
  for (const [what, made, err] of hostile) {
    test(`refuses one ${what}`, async () => {
      await trusted()
      const got = await push(await made())
      assert.equal(got.status, 400, got.text)
      assert.equal(got.json.err, err, got.text)
      assert.ok(got.json.description.length > 5)
      const { registry } = await app.running.service.orgs.get(org)
      assert.equal(registry.subjectRevokedAt('user:ann'), null)
      assert.equal(registry.signals.size, 0)
    })
  }

  test('refuses another content type, a wrong Authorization, one who is switched off, and an org there is none of', async () => {
    const id = await trusted({ push_authorization: 'Bearer of-the-tests' })
    const text = await idp.set(good())
    assert.equal((await push(text, { 'content-type': 'application/json' })).json.err, 'invalid_request')
    assert.equal((await push(text)).json.err, 'authentication_failed')
    assert.equal((await push(text, { authorization: 'Bearer of-others' })).json.err, 'authentication_failed')
    assert.equal((await send('PATCH', `/ssf/transmitters/${id}`, { active: false })).status, 200)
    assert.equal((await push(text, { authorization: 'Bearer of-the-tests' })).json.err, 'invalid_issuer')
    await send('PATCH', `/ssf/transmitters/${id}`, { active: true })
    assert.equal((await push(text, { authorization: 'Bearer of-the-tests' })).status, 202)
    const nowhere = await app.send('POST', '/orgs/no-such/api/v1/ssf/receive', {
      key: null,
      raw: text,
      headers: { 'content-type': 'application/secevent+jwt' },
    })
    assert.equal(nowhere.status, 404)
    const shown = await send('GET', `/ssf/transmitters/${id}`)
    assert.ok(!shown.text.includes('of-the-tests'))
  })

  test('where the keys cannot be had it says so, so that it is sent again, and then counts', async () => {
    const made = await send('POST', '/ssf/transmitters', {
      issuer: idp.issuer,
      jwks_uri: 'https://127.0.0.1:1/jwks',
    })
    assert.equal(made.status, 201, made.text)
    const text = await idp.set(good())
    assert.equal((await push(text)).status, 503)
    await send('PATCH', `/ssf/transmitters/${made.json.data.id}`, { jwks_uri: `${idp.issuer}/jwks` })
    assert.equal((await push(text)).status, 202)
    assert.ok((await app.running.service.orgs.get(org)).registry.subjectRevokedAt('user:ann') !== null)
  })

  test('are fetched from one that does not send them, acknowledged, and told where they are not taken', async () => {
    const events = await Promise.all(
      Array.from({ length: 45 }, async (_, i) => {
        const event = idp.event(us(), 'risk-level-change', ann(), { current_level: i === 44 ? 'HIGH' : 'LOW' })
        return [String(event.jti), await idp.set(event)] as const
      }),
    )
    for (const [jti, text] of events) idp.queue.set(jti, text)
    idp.queue.set('bad', 'no token')
    await trusted({ poll: { url: `${idp.issuer}/poll`, authorization: 'Bearer for-polling', every_seconds: 1 } })
    await until(() => idp.queue.size === 0, 'all are acknowledged')
    assert.deepEqual(idp.acked.length, 45)
    assert.equal(idp.faults.bad?.err, 'invalid_request')
    assert.ok(idp.polls.every(one => one === 'Bearer for-polling'))
    assert.equal((await send('GET', '/risk/user/ann')).json.data.level, 'high')
  })

  const wrong = [
    ['keys of both kinds', { jwks: { keys: [] }, jwks_uri: 'https://a.example/jwks' }],
    ['no keys', { jwks_uri: null }],
    ['keys in plain http', { jwks_uri: 'http://a.example/jwks' }],
    ['an algorithm without keys', { algorithms: ['none'] }],
    ['a place to poll in plain http', { poll: { url: 'http://a.example/' } }],
  ] as const
  for (const [what, more] of wrong) {
    test(`refuses a transmitter with ${what}`, async () => {
      const body = { issuer: idp.issuer, jwks_uri: `${idp.issuer}/jwks`, ...more }
      assert.equal((await send('POST', '/ssf/transmitters', body)).status, 400)
    })
  }

  test('an issuer is one transmitter, listed, and forgotten', async () => {
    const id = await trusted()
    assert.equal(
      (await send('POST', '/ssf/transmitters', { issuer: idp.issuer, jwks_uri: `${idp.issuer}/jwks` })).status,
      400,
    )
    assert.equal((await send('GET', '/ssf/transmitters')).json.data.length, 1)
    assert.equal((await send('DELETE', `/ssf/transmitters/${id}`)).status, 204)
    assert.equal((await push(await idp.set(good()))).json.err, 'invalid_issuer')
  })
})
