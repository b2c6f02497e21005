import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import { claimsIn, issuerOf, orgOf, postForm } from '../support/oauth.ts'
import { type LocalIssuer, startIssuer } from '../support/workload/issuer.ts'
import { makeKey, sign } from '../support/workload/keys.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const key = await makeKey('ES256', 'k1')
const POLICY =
  'Users can read documents.\nAgents cannot obtain scopes and audiences if the request\'s workload_provider is "oidc" and the request\'s claim_environment is not "production".'

describe('workloads over HTTP', () => {
  let app: App
  let issuer: LocalIssuer
  const agents = '/orgs/acme/api/v1/admin/agents'
  const nowSeconds = () => Math.floor(Date.now() / 1000)
  const platformToken = (more: object = {}) =>
    sign(
      {
        iss: issuer.url,
        sub: 'job-7',
        aud: issuerOf(app, 'acme'),
        iat: nowSeconds(),
        exp: nowSeconds() + 600,
        jti: randomUUID(),
        environment: 'production',
        ...more,
      },
      key,
    )
  const exchange = (token: string, more: Record<string, string> = {}) =>
    postForm(app, 'acme', 'token', { grant_type: EXCHANGE, subject_token: token, subject_token_type: JWT, ...more })
  const attest = (token: unknown, agent = 'research-bot') =>
    app.send('POST', `/orgs/acme/api/v1/agents/${agent}/attest`, { key: null, body: { attestation_token: token } })

  before(async () => {
    issuer = await startIssuer([key.jwk])
    app = await startApp({ FETCH_ALLOW: issuer.host })
    await orgOf(app, 'acme', POLICY)
    for (const [slug, sub] of [
      ['research-bot', 'job-7'],
      ['other-bot', 'job-8'],
    ]) {
      const made = await app.send('POST', agents, {
        body: {
          name: slug,
          slug,
          identityType: 'workload',
          tokenLifetime: 1_200,
          capabilities: ['read:documents', 'tool:search_web'],
        },
      })
      assert.equal(made.status, 201, made.text)
      const trusted = await app.send('POST', `${agents}/${slug}/trust-configs`, {
        body: { provider: 'oidc', issuer: issuer.url, bind: { sub } },
      })
      assert.equal(trusted.status, 201, trusted.text)
    }
  })
  after(async () => {
    await app.close()
    issuer.close()
  })

  test('exchange, as the documents print it, by both paths', async () => {
    for (const path of ['/orgs/acme/api/v1/oauth/token', '/t/acme/api/v1/oauth/token']) {
      const form = new URLSearchParams({
        grant_type: EXCHANGE,
        subject_token: await platformToken(),
        subject_token_type: JWT,
        subject_issuer: 'oidc',
      })
      const got = await app.send('POST', path, {
        key: null,
        raw: form.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(got.status, 200, got.text)
      const { access_token: token, expires_in: seconds, ...rest } = got.json
      assert.deepEqual(rest, {
        token_type: 'Bearer',
        scope: 'read:documents tool:search_web',
        issued_token_type: ACCESS_TOKEN,
      })
      assert.ok(seconds > 590 && seconds <= 600, 'no longer than what it came from')
      const claims = claimsIn(token)
      assert.equal(claims.sub, 'agent:research-bot')
      assert.equal(claims.workload_identity, 'oidc:job-7')
    }
  })

  test('jwt-bearer, as MCP clients send it, with fewer scopes', async () => {
    const form = { grant_type: BEARER, assertion: await platformToken(), scope: 'read:documents' }
    const got = await postForm(app, 'acme', 'token', form)
    assert.equal(got.status, 200, got.text)
    assert.equal(got.json.scope, 'read:documents')
    const again = await postForm(app, 'acme', 'token', form)
    assert.deepEqual([again.status, again.json.error], [400, 'invalid_grant'])
  })

  test('attest: a token of 15 minutes at the most, and who it was given to', async () => {
    const got = await attest(await platformToken({ exp: nowSeconds() + 3_000 }))
    assert.equal(got.status, 200, got.text)
    assert.equal(got.headers['cache-control'], 'no-store')
    const { access_token: token, expires_in: seconds, ...rest } = got.json
    assert.deepEqual(rest, {
      token_type: 'Bearer',
      scope: 'read:documents tool:search_web',
      identity: { provider: 'oidc', subject: 'job-7', issuer: issuer.url, audience_generic: false },
    })
    assert.ok(seconds > 890 && seconds <= 900)
    assert.equal(claimsIn(token).sub, 'agent:research-bot')
  })

  const BAD: readonly (readonly [what: string, claims: object])[] = [
    ['another audience', { aud: 'https://auth.test' }],
    ['another subject', { sub: 'job-9' }],
    ['expired', { exp: 1_000_000 }],
    ['another issuer', { iss: 'https://ci.example' }],
  ]
  for (const [what, claims] of BAD) {
    test(`${what}: one word for all of it, on each way`, async () => {
      const [exchanged, asserted, attested] = [
        await exchange(await platformToken(claims)),
        await postForm(app, 'acme', 'token', { grant_type: BEARER, assertion: await platformToken(claims) }),
        await attest(await platformToken(claims)),
      ]
      assert.deepEqual([exchanged.status, exchanged.json.error], [401, 'workload_identity_failed'])
      assert.deepEqual([asserted.status, asserted.json.error], [400, 'invalid_grant'])
      assert.deepEqual([attested.status, attested.json.error], [401, 'attestation_rejected'])
    })
  }

  test('a token counts once, whichever way it is shown', async () => {
    const token = await platformToken()
    const all = await Promise.all([exchange(token), attest(token), exchange(token)])
    assert.equal(all.filter(got => got.status === 200).length, 1)
    assert.equal((await exchange(token)).status, 401)
  })

  test('the agent comes from the token: another id in the path or form can only refuse', async () => {
    assert.equal((await attest(await platformToken(), 'other-bot')).status, 401)
    assert.equal((await attest(await platformToken(), 'nobody')).status, 401)
    assert.equal((await exchange(await platformToken(), { client_id: 'agt_nobody' })).status, 401)
    const mine = await app.send('GET', `${agents}/research-bot`)
    assert.equal((await exchange(await platformToken(), { client_id: mine.json.data.id })).status, 200)
    assert.equal((await attest(await platformToken(), mine.json.data.id)).status, 200)
  })

  test('what is not asked rightly', async () => {
    assert.deepEqual((await attest('')).json.error, 'missing_attestation_token')
    assert.deepEqual((await attest(7)).json.error, 'missing_attestation_token')
    assert.deepEqual((await attest('garbage')).json.error, 'attestation_rejected')
    const nowhere = await app.send('POST', '/orgs/nowhere/api/v1/agents/x/attest', {
      key: null,
      body: { attestation_token: 'x' },
    })
    assert.deepEqual([nowhere.status, nowhere.json.error], [404, 'tenant_not_found'])
    const wrong = await exchange(await platformToken(), { subject_issuer: 'oracle' })
    assert.deepEqual([wrong.status, wrong.json.error], [400, 'invalid_request'])
    const other = await exchange(await platformToken(), { subject_issuer: 'github' })
    assert.deepEqual([other.status, other.json.error], [401, 'workload_identity_failed'])
    const acting = await exchange(await platformToken(), { actor_token: 'x', actor_token_type: JWT })
    assert.deepEqual([acting.status, acting.json.error], [400, 'invalid_request'])
    const wider = await exchange(await platformToken(), { scope: 'write:documents' })
    assert.ok(wider.status === 400 || wider.status === 403, wider.text)
  })

  test("a rule of the org on the workload's claims decides, and is named", async () => {
    const refused = await exchange(await platformToken({ environment: 'staging' }))
    assert.equal(refused.status, 403, refused.text)
    assert.match(refused.text, /claim_environment/)
    const attested = await attest(await platformToken({ environment: 'staging' }))
    assert.deepEqual([attested.status, attested.json.error], [403, 'access_policy_denied'])
    const unsaid = await exchange(await platformToken({ environment: undefined }))
    assert.equal(unsaid.status, 403, unsaid.text)
  })

  test('a suspended agent: 403, and not for its token', async () => {
    assert.equal((await app.send('POST', `${agents}/research-bot/suspend`, { body: { reason: 'odd' } })).status, 200)
    const exchanged = await exchange(await platformToken())
    assert.deepEqual([exchanged.status, exchanged.json.error], [403, 'access_denied'])
    assert.deepEqual((await attest(await platformToken())).json.error, 'access_policy_denied')
    assert.equal((await app.send('POST', `${agents}/research-bot/resume`, { body: {} })).status, 200)
    assert.equal((await exchange(await platformToken())).status, 200)
  })

  test('removing a configuration ends the workload, and the tokens it got', async () => {
    const { json } = await exchange(await platformToken())
    const self = () => app.running.service.authenticator.bearer(json.access_token)
    await self()
    const [config] = (await app.send('GET', `${agents}/research-bot/trust-configs`)).json.data
    assert.equal((await app.send('DELETE', `${agents}/research-bot/trust-configs/${config.id}`)).status, 204)
    await assert.rejects(async () => self())
    assert.equal((await exchange(await platformToken())).status, 401)
    const body = { provider: 'oidc', issuer: issuer.url, bind: { sub: 'job-7' } }
    assert.equal((await app.send('POST', `${agents}/research-bot/trust-configs`, { body })).status, 201)
  })

  test('the audit knows who tried and why it failed, by the hash of the token alone', async () => {
    const token = await platformToken({ sub: 'job-9' })
    assert.equal((await exchange(token)).status, 401)
    const hash = createHash('sha256').update(token).digest('hex')
    const { store } = app.running.service
    for (let tries = 0; ; tries += 1) {
      const events = await store.audit('acme', { limit: 100, before: null, kind: 'agent.authentication_failed' })
      const mine = events.find(event => event.data.token_hash === hash)
      assert.ok(!JSON.stringify(events).includes(token))
      if (mine !== undefined) {
        assert.equal(mine.data.code, 'bind')
        break
      }
      assert.ok(tries < 200, 'the event was not written')
      await new Promise(done => setTimeout(done, 50))
    }
  })
})
