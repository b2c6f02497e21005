import assert from 'node:assert/strict'
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { thumbprintOf } from '../../src/pdp/tokens/dpop.ts'
import { type App, startApp } from '../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  bare,
  claimsIn,
  dpopProof,
  headerIn,
  issuerOf,
  keyPair,
  orgOf,
  postForm,
  serviceWithSecret,
  signed,
  tokenOf,
} from '../support/oauth.ts'

const BASIC = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

describe('the token endpoint', () => {
  let app: App
  before(async () => {
    app = await startApp()
    await orgOf(app, 'acme')
  })
  after(() => app.close())

  test('the call of the quickstart, by both paths: a short token that says who, for whom and what', async () => {
    const bot = await agentWithSecret(app, 'acme', 'research-bot', {
      name: 'Research Assistant Bot',
      capabilities: ['read:documents', 'tool:search_web'],
    })
    for (const path of ['/orgs/acme/api/v1/oauth/token', '/t/acme/api/v1/oauth/token']) {
      const got = await app.send('POST', path, {
        key: null,
        raw: `grant_type=client_credentials&client_id=${bot.id}&client_secret=${bot.secret}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(got.status, 200, got.text)
      assert.equal(got.headers['cache-control'], 'no-store')
      const { access_token: token, ...rest } = got.json
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 300, scope: 'read:documents tool:search_web' })
      const { iat, nbf, exp, jti, ...claims } = claimsIn(token)
      assert.deepEqual(claims, {
        iss: issuerOf(app, 'acme'),
        sub: 'agent:research-bot',
        aud: issuerOf(app, 'acme'),
        client_id: bot.id,
        agent_id: bot.id,
        agent_name: 'Research Assistant Bot',
        organization: 'acme',
        scope: 'read:documents tool:search_web',
        capabilities: ['read:documents', 'tool:search_web'],
      })
      assert.equal(Number(exp) - Number(iat), 300)
      assert.equal(nbf, iat)
      assert.match(String(jti), /^tok_/)
      const { kid, ...header } = headerIn(token)
      assert.deepEqual(header, { alg: 'EdDSA', typ: 'at+jwt' })
      const jwks = await bare(app, 'GET', '/orgs/acme/api/v1/.well-known/jwks.json')
      assert.match(String(jwks.headers['cache-control']), /^public, max-age=\d+$/)
      const jwk = jwks.json.keys.find((key: { kid: string }) => key.kid === kid)
      assert.deepEqual(
        jwks.json.keys.map((key: { alg: string }) => key.alg),
        ['EdDSA', 'RS256'],
      )
      const [head, body, signature = ''] = token.split('.')
      const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
      assert.equal(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')), true)
    }
  })

  test('basic, JSON, a service', async () => {
    const job = await serviceWithSecret(app, 'acme', 'nightly', { capabilities: ['read:reports'] })
    const basic = await postForm(app, 'acme', 'token', { grant_type: 'client_credentials' }, BASIC(job.id, job.secret))
    assert.equal(basic.json.scope, 'read:reports', basic.text)
    assert.equal(claimsIn(basic.json.access_token).sub, 'service:nightly')
    const json = await app.send('POST', '/orgs/acme/api/v1/oauth/token', {
      key: null,
      body: { grant_type: 'client_credentials', client_id: job.id, client_secret: job.secret, scope: 'read:reports' },
    })
    assert.equal(json.status, 200, json.text)
  })

  test('a subset is given where a part may be had, and what was refused is named', async () => {
    const bot = await agentWithSecret(app, 'acme', 'subset', { capabilities: ['read:documents'] })
    const got = await tokenOf(app, 'acme', bot, { scope: 'documents.read delete:documents' })
    assert.equal(got.json.scope, 'documents.read')
    assert.equal(got.json.refused_scopes[0].scope, 'delete:documents')
    assert.equal(got.json.refused_scopes[0].error, 'invalid_scope')
    assert.match(got.json.refused_scopes[0].decision_id, /^dec_/)
    const none = await postForm(app, 'acme', 'token', {
      grant_type: 'client_credentials',
      client_id: bot.id,
      client_secret: bot.secret,
      scope: 'delete:documents',
    })
    assert.deepEqual([none.status, none.json.error], [400, 'invalid_scope'])
    assert.match(none.json.error_description, /beyond their capabilities/)
  })

  test('private_key_jwt with each algorithm, without `client_id`, once; and the same as a grant', async () => {
    for (const alg of ['EdDSA', 'Ed25519', 'ES256', 'RS256'] as const) {
      const pair = keyPair(alg)
      const id = await agentWithKeys(app, 'acme', `keyed-${alg.toLowerCase()}`, [pair.jwk], {
        capabilities: ['read:documents'],
      })
      const assertion = signed(pair, {}, assertionClaims(id, issuerOf(app, 'acme')))
      const form = {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }
      const got = await postForm(app, 'acme', 'token', form)
      assert.equal(got.status, 200, got.text)
      assert.equal(claimsIn(got.json.access_token).client_id, id)
      const again = await postForm(app, 'acme', 'token', form)
      assert.deepEqual([again.status, again.json.error], [401, 'invalid_client'])
      const bearer = await postForm(app, 'acme', 'token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: signed(pair, {}, assertionClaims(id, issuerOf(app, 'acme'))),
      })
      assert.equal(bearer.status, 200, bearer.text)
      const replay = await postForm(app, 'acme', 'token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion,
      })
      assert.deepEqual([replay.status, replay.json.error], [400, 'invalid_grant'])
    }
  })

  test('with a DPoP proof the token is bound to its key', async () => {
    const bot = await agentWithSecret(app, 'acme', 'bound', { capabilities: ['read:documents'] })
    const pair = keyPair('ES256')
    const url = `${issuerOf(app, 'acme')}/oauth/token`
    const proof = dpopProof(pair, 'POST', url)
    const form = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.secret }
    const got = await postForm(app, 'acme', 'token', form, { dpop: proof })
    assert.equal(got.json.token_type, 'DPoP', got.text)
    assert.deepEqual(claimsIn(got.json.access_token).cnf, { jkt: thumbprintOf(pair.jwk) })
    const again = await postForm(app, 'acme', 'token', form, { dpop: proof })
    assert.deepEqual([again.status, again.json.error], [400, 'invalid_dpop_proof'])
  })

  test('a rule of the org changes what is given, on its days, and the answer and the log name it', async () => {
    const isWeekend = [0, 6].includes(new Date().getUTCDay())
    const [today, otherwise] = isWeekend ? ['weekends', 'weekdays'] : ['weekdays', 'weekends']
    const rule = (days: string) => `Agents cannot obtain the scope write:documents on ${days}.`
    await orgOf(app, 'ruled', rule(today))
    const bot = await agentWithSecret(app, 'ruled', 'writer', { capabilities: ['read:documents', 'write:documents'] })
    const all = await tokenOf(app, 'ruled', bot)
    assert.equal(all.json.scope, 'read:documents')
    const asked = await postForm(app, 'ruled', 'token', {
      grant_type: 'client_credentials',
      client_id: bot.id,
      client_secret: bot.secret,
      scope: 'write:documents',
    })
    assert.deepEqual([asked.status, asked.json.error], [403, 'access_denied'])
    assert.match(asked.json.error_description, new RegExp(`Agents cannot obtain the scope write:documents on ${today}`))
    const id: string = asked.json.details.scopes[0].decision_id
    const logged = await eventually(() => app.send('GET', `/orgs/ruled/api/v1/decisions/${id}`))
    assert.equal(logged.json.data.effect, 'deny', logged.text)
    const published = await app.send('POST', '/orgs/ruled/api/v1/admin/policies', { body: { text: rule(otherwise) } })
    assert.equal(published.status, 201, published.text)
    assert.equal((await tokenOf(app, 'ruled', bot)).json.scope, 'read:documents write:documents')
  })

  test('each token is in the audit, with the decisions behind it', async () => {
    await orgOf(app, 'audited')
    const bot = await agentWithSecret(app, 'audited', 'bot', { capabilities: ['read:documents'] })
    const { jti } = claimsIn((await tokenOf(app, 'audited', bot)).json.access_token)
    const { store } = app.running.service
    let events = await store.audit('audited', { limit: 10, before: null, kind: 'token.issued' })
    for (let tries = 0; events.length === 0 && tries < 200; tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 50))
      events = await store.audit('audited', { limit: 10, before: null, kind: 'token.issued' })
    }
    const [event] = events
    assert.deepEqual([event?.actor, event?.target], ['agent:bot', `token:${jti}`])
    assert.equal(event?.data.scope, 'read:documents')
    assert.equal((event?.data.decisions as string[] | undefined)?.length, 2)
    assert.ok(!JSON.stringify(events).includes(bot.secret))
  })
})

/** What an answer is once it is there: logs are written a moment after. */
async function eventually(ask: () => ReturnType<App['send']>): ReturnType<App['send']> {
  for (let tries = 0; tries < 200; tries += 1) {
    const got = await ask()
    if (got.status === 200) return got
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return ask()
}
