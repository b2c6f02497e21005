import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Agent } from '../../src/agents/agent.ts'
import { type App, startApp } from '../support/app.ts'
import {
  agentWithSecret,
  bare,
  dpopProof,
  headerIn,
  issuerOf,
  keyPair,
  orgOf,
  postForm,
  type Registree,
  register,
  serviceWithSecret,
  tokenOf,
} from '../support/oauth.ts'

const ME = '/orgs/acme/api/v1/agents/me'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('the life of a token', () => {
  let app: App
  let bot: Registree
  before(async () => {
    app = await startApp()
    await orgOf(app, 'acme')
    bot = await agentWithSecret(app, 'acme', 'bot', {
      name: 'Research Assistant Bot',
      capabilities: ['read:documents', 'tool:search_web'],
      budgetPolicy: { max_tokens_per_day: 100_000 },
    })
  })
  after(() => app.close())

  const fresh = async (who = bot, more = {}): Promise<string> =>
    (await tokenOf(app, 'acme', who, more)).json.access_token
  const agent = async (id = bot.id): Promise<Agent> => {
    const found = (await app.running.service.orgs.get('acme')).registry.agents.get(id)
    assert.ok(found !== undefined)
    return found
  }

  test('it opens what its agent may see of itself', async () => {
    const token = await fresh()
    const info = await bare(app, 'GET', '/t/acme/api/v1/oauth/userinfo', bearer(token))
    assert.deepEqual(info.json, {
      sub: 'agent:bot',
      name: 'Research Assistant Bot',
      agent_id: bot.id,
      identity_type: 'agent',
      capabilities: ['read:documents', 'tool:search_web'],
      budget_policy: { max_tokens_per_day: 100_000, tokens_used_today: 0 },
      organization: 'acme',
      tenant: 'acme',
      workload_identity: null,
    })
    const me = await bare(app, 'GET', ME, bearer(token))
    assert.equal(me.status, 200, me.text)
    assert.deepEqual(me.json.capabilities, info.json.capabilities)
    assert.equal((await bare(app, 'GET', '/orgs/acme/api/v1/me', bearer(token))).json.subject, 'agent:bot')
  })

  test('what it is not good for is refused with a challenge that says so', async () => {
    const token = await fresh()
    const cases: readonly (readonly [
      path: string,
      headers: Record<string, string>,
      status: number,
      challenge: RegExp,
    ])[] = [
      [ME, {}, 401, /^Bearer realm="lumoauth"$/],
      [ME, bearer('a.b.c'), 401, /^Bearer .*error="invalid_token"/],
      [ME, bearer(`${token}x`), 401, /^Bearer .*error="invalid_token"/],
      [ME, { authorization: `DPoP ${token}` }, 401, /error="invalid_token"/],
      [
        '/orgs/acme/api/v1/admin/agents',
        bearer(token),
        403,
        /^Bearer .*error="insufficient_scope".*scope="read:org_agent"/,
      ],
    ]
    for (const [path, headers, status, challenge] of cases) {
      const got = await bare(app, 'GET', path, headers)
      assert.equal(got.status, status, got.text)
      assert.match(String(got.headers['www-authenticate']), challenge)
    }
  })

  test('it is of one org and no other', async () => {
    await orgOf(app, 'other')
    await agentWithSecret(app, 'other', 'bot', { capabilities: ['read:documents'] })
    const got = await bare(app, 'GET', '/orgs/other/api/v1/agents/me', bearer(await fresh()))
    assert.equal(got.status, 403, got.text)
  })

  test('one for another resource opens nothing here', async () => {
    const reader = await agentWithSecret(app, 'acme', 'reader', { allowedAudiences: ['https://api.example.com'] })
    const got = await postForm(app, 'acme', 'token', {
      grant_type: 'client_credentials',
      client_id: reader.id,
      client_secret: reader.secret,
      resource: 'https://API.example.com/',
    })
    assert.equal(got.status, 200, got.text)
    assert.equal((await bare(app, 'GET', ME, bearer(got.json.access_token))).status, 401)
    const unknown = await postForm(app, 'acme', 'token', {
      grant_type: 'client_credentials',
      client_id: reader.id,
      client_secret: reader.secret,
      resource: 'https://elsewhere.example.com',
    })
    assert.deepEqual([unknown.status, unknown.json.error], [400, 'invalid_target'])
  })

  test('a bound token goes with a proof of its key, each time another', async () => {
    const pair = keyPair('Ed25519')
    const url = `${issuerOf(app, 'acme')}/oauth/token`
    const form = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.secret }
    const got = await postForm(app, 'acme', 'token', form, { dpop: dpopProof(pair, 'POST', url) })
    const token: string = got.json.access_token
    const me = `${issuerOf(app, 'acme')}/agents/me`
    const dpop = (proof: string) => bare(app, 'GET', ME, { authorization: `DPoP ${token}`, dpop: proof })
    const proof = dpopProof(pair, 'GET', me, token)
    assert.equal((await dpop(proof)).status, 200)
    const bad: readonly (readonly [string, string])[] = [
      ['used before', proof],
      ['another method', dpopProof(pair, 'POST', me, token)],
      ['another address', dpopProof(pair, 'GET', `${me}/x`, token)],
      ['no token', dpopProof(pair, 'GET', me)],
      ['another token', dpopProof(pair, 'GET', me, `${token}x`)],
      ['another key', dpopProof(keyPair('Ed25519'), 'GET', me, token)],
      ['old', dpopProof(pair, 'GET', me, token, { claims: { iat: Math.floor(Date.now() / 1000) - 300 } })],
      ['no jti', dpopProof(pair, 'GET', me, token, { claims: { jti: '' } })],
      ['another type', dpopProof(pair, 'GET', me, token, { header: { typ: 'JWT' } })],
      [
        'a private key',
        dpopProof(pair, 'GET', me, token, { header: { jwk: pair.privateKey.export({ format: 'jwk' }) } }),
      ],
      ['nothing', 'x'],
    ]
    for (const [what, text] of bad) {
      const refused = await dpop(text)
      assert.deepEqual([refused.status, refused.json.error], [401, 'invalid_dpop_proof'], what)
    }
    assert.equal((await bare(app, 'GET', ME, bearer(token))).status, 401, 'as a bearer token')
  })

  test('introspection: all to its client, and to admins; nothing to others', async () => {
    const token = await fresh()
    const form = { client_id: bot.id, client_secret: bot.secret, token }
    const own = await postForm(app, 'acme', 'introspect', form)
    assert.equal(own.headers['cache-control'], 'no-store')
    assert.equal(own.json.active, true)
    assert.equal(own.json.sub, 'agent:bot')
    assert.deepEqual(own.json.capabilities, ['read:documents', 'tool:search_web'])
    const stranger = await serviceWithSecret(app, 'acme', 'stranger')
    const asked = { client_id: stranger.id, client_secret: stranger.secret, token }
    assert.deepEqual((await postForm(app, 'acme', 'introspect', asked)).json, { active: false })
    const resource = await serviceWithSecret(app, 'acme', 'resource', { allowedAudiences: [issuerOf(app, 'acme')] })
    const ofResource = { client_id: resource.id, client_secret: resource.secret, token }
    assert.equal((await postForm(app, 'acme', 'introspect', ofResource)).json.active, true)
    const admin = await app.send('POST', '/orgs/acme/api/v1/oauth/introspect', {
      raw: `token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(admin.json.active, true, admin.text)
    assert.equal((await postForm(app, 'acme', 'introspect', { token })).status, 401)
    assert.deepEqual((await postForm(app, 'acme', 'introspect', { ...form, token: 'x' })).json, { active: false })
  })

  test('revoked: dead at once for calls, introspection and whoever asks', async () => {
    const token = await fresh()
    const sibling = await fresh()
    assert.equal((await bare(app, 'GET', ME, bearer(token))).status, 200)
    const done = await postForm(app, 'acme', 'revoke', { token })
    assert.deepEqual([done.status, done.json], [200, {}])
    assert.equal((await bare(app, 'GET', ME, bearer(token))).status, 401)
    assert.equal((await bare(app, 'GET', ME, bearer(sibling))).status, 200)
    const form = { client_id: bot.id, client_secret: bot.secret, token }
    assert.deepEqual((await postForm(app, 'acme', 'introspect', form)).json, { active: false })
    assert.equal((await postForm(app, 'acme', 'revoke', { token: 'unknown' })).status, 200)
    assert.equal((await postForm(app, 'acme', 'revoke', {})).status, 400)
  })

  test('all tokens of an agent revoked: the old are dead, a new one lives', async () => {
    const other = await agentWithSecret(app, 'acme', 'revoked-whole')
    const token = await fresh(other)
    const revoked = await app.send('POST', '/orgs/acme/api/v1/admin/revocations', { body: { agent_id: other.id } })
    assert.equal(revoked.status, 202, revoked.text)
    assert.equal((await bare(app, 'GET', ME, bearer(token))).status, 401)
    assert.equal((await bare(app, 'GET', ME, bearer(await fresh(other)))).status, 200)
  })

  test('a suspended agent: its token is dead, and it gets no other, for the rule that says so', async () => {
    const other = await agentWithSecret(app, 'acme', 'suspended')
    const token = await fresh(other)
    await register(app, 'acme', { ...(await agent(other.id)), status: 'suspended' })
    assert.equal((await bare(app, 'GET', ME, bearer(token))).status, 401)
    const refused = await postForm(app, 'acme', 'token', {
      grant_type: 'client_credentials',
      client_id: other.id,
      client_secret: other.secret,
    })
    assert.deepEqual([refused.status, refused.json.error], [403, 'access_denied'], refused.text)
    assert.match(refused.json.error_description, /status is inactive, suspended/)
  })

  test('a suspended service gets none', async () => {
    const job = await serviceWithSecret(app, 'acme', 'job')
    const found = (await app.running.service.orgs.get('acme')).registry.services.get(job.id)
    assert.ok(found !== undefined)
    const token = await fresh(job)
    await register(app, 'acme', { ...found, status: 'suspended' })
    const form = { grant_type: 'client_credentials', client_id: job.id, client_secret: job.secret }
    const refused = await postForm(app, 'acme', 'token', form)
    assert.deepEqual([refused.status, refused.json.error], [403, 'access_denied'], refused.text)
    assert.equal((await bare(app, 'GET', '/orgs/acme/api/v1/me', bearer(token))).status, 401)
  })

  test('allowed addresses hold at the token endpoint', async () => {
    const away = await agentWithSecret(app, 'acme', 'away', { allowedIps: ['192.0.2.0/24'] })
    const refused = await postForm(app, 'acme', 'token', {
      grant_type: 'client_credentials',
      client_id: away.id,
      client_secret: away.secret,
    })
    assert.deepEqual([refused.status, refused.json.error], [403, 'access_denied'])
  })

  test('the metadata is the same bytes at each path, with the issuer to the letter', async () => {
    const texts = await Promise.all(
      [
        '/orgs/acme/api/v1/.well-known/oauth-authorization-server',
        '/orgs/acme/api/v1/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server/orgs/acme/api/v1',
        '/.well-known/openid-configuration/orgs/acme/api/v1',
      ].map(async path => (await bare(app, 'GET', path)).text),
    )
    assert.equal(new Set(texts).size, 1)
    assert.equal(JSON.parse(texts[0] ?? '').issuer, issuerOf(app, 'acme'))
    assert.equal((await bare(app, 'GET', '/t/acme/api/v1/.well-known/openid-configuration')).status, 308)
    assert.equal((await bare(app, 'GET', '/orgs/nobody/api/v1/.well-known/openid-configuration')).status, 404)
  })

  test('keys are replaced with overlap, or withdrawn with all they signed', async () => {
    await orgOf(app, 'keys')
    const one = await agentWithSecret(app, 'keys', 'one')
    const me = '/orgs/keys/api/v1/agents/me'
    const rotate = (body: object) => app.send('POST', '/orgs/keys/api/v1/admin/signing-keys/rotate', { body })
    const kids = async () =>
      (await bare(app, 'GET', '/orgs/keys/api/v1/.well-known/jwks.json')).json.keys.map((k: { kid: string }) => k.kid)
    const issue = async (): Promise<string> => (await tokenOf(app, 'keys', one)).json.access_token
    const first = await issue()
    assert.equal((await kids()).length, 2)
    await rotate({ lead_seconds: 3600 })
    assert.equal((await kids()).length, 4)
    assert.equal(headerIn(await issue()).kid, headerIn(first).kid, 'the new key is published before it signs')
    await rotate({ lead_seconds: 0 })
    const second = await issue()
    assert.notEqual(headerIn(second).kid, headerIn(first).kid)
    assert.equal((await bare(app, 'GET', me, bearer(first))).status, 200)
    await rotate({ withdraw: true })
    assert.equal((await kids()).length, 2)
    for (const token of [first, second]) assert.equal((await bare(app, 'GET', me, bearer(token))).status, 401)
    assert.equal((await bare(app, 'GET', me, bearer(await issue()))).status, 200)
  })
})
