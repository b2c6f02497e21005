import assert from 'node:assert/strict'
import type { webcrypto } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { type App, startApp } from '../support/app.ts'
import { agentWithKeys, agentWithSecret, orgOf, type Registree, serviceWithSecret } from '../support/oauth.ts'
import { freePort } from '../support/services.ts'

const LOCAL = { [oauth.allowInsecureRequests]: true }

describe('clients of others, unchanged', () => {
  let app: App
  let issuer: URL
  let bot: Registree
  const capabilities = ['read:documents', 'tool:search_web']
  before(async () => {
    const port = await freePort()
    app = await startApp({ PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` })
    await orgOf(app, 'acme')
    bot = await agentWithSecret(app, 'acme', 'bot', { capabilities })
    issuer = new URL(`http://127.0.0.1:${port}/orgs/acme/api/v1`)
  })
  after(() => app.close())

  const discover = (id: string, auth: client.ClientAuth, algorithm?: 'oauth2' | 'oidc') =>
    client.discovery(issuer, id, undefined, auth, {
      execute: [client.allowInsecureRequests],
      ...(algorithm !== undefined && { algorithm }),
    })

  for (const [how, auth] of [
    ['client_secret_basic', (secret: string) => client.ClientSecretBasic(secret)],
    ['client_secret_post', (secret: string) => client.ClientSecretPost(secret)],
  ] as const) {
    test(`openid-client: client credentials by ${how}, introspection, revocation`, async () => {
      for (const algorithm of ['oauth2', 'oidc'] as const) {
        const config = await discover(bot.id, auth(bot.secret), algorithm)
        const tokens = await client.clientCredentialsGrant(config, { scope: 'read:documents' })
        assert.equal(tokens.scope, 'read:documents')
        const seen = await client.tokenIntrospection(config, tokens.access_token)
        assert.deepEqual([seen.active, seen.sub], [true, 'agent:bot'])
        await client.tokenRevocation(config, tokens.access_token)
        assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false })
      }
    })
  }

  test('openid-client: private_key_jwt with Ed25519', async () => {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
    const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'one', alg: 'EdDSA' }
    const id = await agentWithKeys(app, 'acme', 'keyed', [JSON.parse(JSON.stringify(jwk))], { capabilities })
    const config = await discover(id, client.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }))
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await client.clientCredentialsGrant(config)).scope, capabilities.join(' '))
    }
  })

  test('openid-client: DPoP, at the token endpoint and at ours', async () => {
    const config = await discover(bot.id, client.ClientSecretPost(bot.secret))
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('Ed25519'))
    const tokens = await client.clientCredentialsGrant(config, {}, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const me = new URL(`${issuer.href}/agents/me`)
    const got = await client.fetchProtectedResource(config, tokens.access_token, me, 'GET', null, undefined, { DPoP })
    assert.equal(got.status, 200)
  })

  test('openid-client: a refusal is read as one', async () => {
    const config = await discover(bot.id, client.ClientSecretPost('wrong'))
    await assert.rejects(client.clientCredentialsGrant(config), { error: 'invalid_client' })
    const good = await discover(bot.id, client.ClientSecretPost(bot.secret))
    await assert.rejects(client.clientCredentialsGrant(good, { scope: 'delete:all' }), { error: 'invalid_scope' })
    await assert.rejects(client.clientCredentialsGrant(good, { resource: 'https://x.example.com' }), {
      error: 'invalid_target',
    })
  })

  test('oauth4webapi: a resource server validates our tokens offline (RFC 9068), bound ones with their proof', async () => {
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...LOCAL })
    const as = await oauth.processDiscoveryResponse(issuer, found)
    const me: oauth.Client = { client_id: bot.id }
    const auth = oauth.ClientSecretBasic(bot.secret)
    const url = `${issuer.href}/oauth/userinfo`
    const plain = await oauth.processClientCredentialsResponse(
      as,
      me,
      await oauth.clientCredentialsGrantRequest(as, me, auth, {}, LOCAL),
    )
    const request = new Request(url, { headers: { authorization: `Bearer ${plain.access_token}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, issuer.href, LOCAL)
    assert.deepEqual([claims.sub, claims.client_id], ['agent:bot', bot.id])
    await assert.rejects(oauth.validateJwtAccessToken(as, request, 'https://other.example.com', LOCAL))

    const DPoP = oauth.DPoP(me, await oauth.generateKeyPair('Ed25519'))
    const bound = await oauth.processClientCredentialsResponse(
      as,
      me,
      await oauth.clientCredentialsGrantRequest(as, me, auth, {}, { DPoP, ...LOCAL }),
    )
    let shown: Request | null = null
    await oauth.protectedResourceRequest(bound.access_token, 'GET', new URL(url), undefined, undefined, {
      DPoP,
      ...LOCAL,
      [oauth.customFetch]: (to, { body: _, ...init }) => {
        shown = new Request(to, init as RequestInit)
        return fetch(to, init as RequestInit)
      },
    })
    assert.ok(shown !== null)
    assert.ok((await oauth.validateJwtAccessToken(as, shown, issuer.href, LOCAL)).cnf?.jkt)
  })

  test('oauth4webapi: a resource server that is told of a token by introspection', async () => {
    const as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...LOCAL }),
    )
    const resource = await serviceWithSecret(app, 'acme', 'api', { allowedAudiences: [issuer.href] })
    const me: oauth.Client = { client_id: bot.id }
    const token = await oauth.processClientCredentialsResponse(
      as,
      me,
      await oauth.clientCredentialsGrantRequest(as, me, oauth.ClientSecretPost(bot.secret), {}, LOCAL),
    )
    const rs: oauth.Client = { client_id: resource.id }
    const asked = await oauth.introspectionRequest(
      as,
      rs,
      oauth.ClientSecretBasic(resource.secret),
      token.access_token,
      LOCAL,
    )
    assert.equal((await oauth.processIntrospectionResponse(as, rs, asked)).active, true)
  })
})
