import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { ClientCredentialsProvider, PrivateKeyJwtProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { type App, makeOrg, startApp } from '../../support/app.ts'
import { freePort } from '../../support/services.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type document
`
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const insecure = { [oauth.allowInsecureRequests]: true } as const

/** Clients that others wrote, as their packages ship them, against the running service. */
describe('unchanged clients', () => {
  let app: App
  let issuer: URL
  let bot: { id: string; slug: string; clientSecret: string }
  let keyed: { id: string }
  let keyPair: oauth.CryptoKeyPair
  const admin = '/orgs/acme/api/v1/admin'
  const create = async (path: string, body: object) => {
    const made = await app.send('POST', `${admin}/${path}`, { body })
    assert.equal(made.status, 201, made.text)
    return made.json.data
  }

  before(async () => {
    const port = await freePort()
    app = await startApp({ PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` })
    await makeOrg(app, 'acme', MODEL, '')
    issuer = new URL((await app.send('GET', '/orgs/acme/api/v1/.well-known/oauth-authorization-server')).json.issuer)
    bot = await create('agents', {
      name: 'Bot',
      slug: 'bot',
      capabilities: ['read:documents', 'write:documents', 'delegate:user'],
      canActOnBehalfOfUsers: true,
    })
    keyPair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as oauth.CryptoKeyPair
    const jwk = await crypto.subtle.exportKey('jwk', keyPair.publicKey)
    keyed = await create('agents', {
      name: 'Keyed',
      identityType: 'private_key_jwt',
      capabilities: ['read:documents'],
      jwks: { keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: 'one' }] },
    })
    await create('mcp/servers', {
      name: 'Tools',
      resource_uri: 'https://tools.acme.test/mcp',
      scopes_supported: ['read:documents'],
    })
  })
  after(() => app.close())

  const connect = (id: string, authentication?: openid.ClientAuth) =>
    openid.discovery(issuer, id, undefined, authentication, {
      execute: [openid.allowInsecureRequests],
      algorithm: 'oauth2',
    })

  test('openid-client: a secret either way, introspection, revocation, user info', async () => {
    for (const how of [openid.ClientSecretPost, openid.ClientSecretBasic]) {
      const config = await connect(bot.id, how(bot.clientSecret))
      const got = await openid.clientCredentialsGrant(config, { scope: 'read:documents' })
      assert.equal(got.scope, 'read:documents')
      assert.equal(got.token_type, 'bearer')
      const seen = await openid.tokenIntrospection(config, got.access_token)
      assert.deepEqual([seen.active, seen.sub, seen.client_id], [true, 'agent:bot', bot.id])
      const info = await openid.fetchUserInfo(config, got.access_token, 'agent:bot')
      assert.equal(info.agent_id, bot.id)
      await openid.tokenRevocation(config, got.access_token)
      assert.equal((await openid.tokenIntrospection(config, got.access_token)).active, false)
    }
  })

  test('openid-client: an Ed25519 key, and a token bound to another (DPoP)', async () => {
    const config = await connect(keyed.id, openid.PrivateKeyJwt({ key: keyPair.privateKey, kid: 'one' }))
    const plain = await openid.clientCredentialsGrant(config)
    assert.equal(plain.scope, 'read:documents')
    const proof = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('Ed25519'))
    const bound = await openid.clientCredentialsGrant(config, {}, { DPoP: proof })
    assert.equal(bound.token_type, 'dpop')
    const info = await openid.fetchUserInfo(config, bound.access_token, 'agent:keyed', { DPoP: proof })
    assert.equal(info.sub, 'agent:keyed')
    await assert.rejects(openid.fetchUserInfo(config, bound.access_token, 'agent:keyed'))
  })

  test('openid-client: token exchange for an MCP server, and the refusals it knows', async () => {
    const config = await connect(bot.id, openid.ClientSecretPost(bot.clientSecret))
    const own = await openid.clientCredentialsGrant(config)
    const exchange = (more: Record<string, string>) =>
      openid.genericGrantRequest(config, EXCHANGE, {
        subject_token: own.access_token,
        subject_token_type: ACCESS_TOKEN,
        ...more,
      })
    const narrowed = await exchange({ audience: 'https://tools.acme.test/mcp' })
    assert.equal(narrowed.issued_token_type, ACCESS_TOKEN)
    assert.equal(narrowed.scope, 'read:documents')
    const refused = (error: string) => (thrown: unknown) => {
      assert.ok(thrown instanceof openid.ResponseBodyError, String(thrown))
      assert.equal(thrown.error, error)
      return true
    }
    await assert.rejects(exchange({ scope: 'admin:all' }), refused('invalid_scope'))
    await assert.rejects(exchange({ resource: 'https://unknown.test' }), refused('invalid_target'))
    await assert.rejects(exchange({ subject_token: 'nonsense' }), refused('invalid_request'))
  })

  test('oauth4webapi: a token is what RFC 9068 says, for the resource it was asked for', async () => {
    const as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    const client = { client_id: keyed.id }
    const authentication = oauth.PrivateKeyJwt({ key: keyPair.privateKey, kid: 'one' })
    const parameters = { resource: 'https://tools.acme.test/mcp' }
    const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, insecure)
    const got = await oauth.processClientCredentialsResponse(as, client, response)
    const request = new Request('https://tools.acme.test/mcp', {
      headers: { authorization: `Bearer ${got.access_token}` },
    })
    const claims = await oauth.validateJwtAccessToken(as, request, 'https://tools.acme.test/mcp', insecure)
    assert.deepEqual([claims.sub, claims.client_id, claims.scope], ['agent:keyed', keyed.id, 'read:documents'])
    await assert.rejects(oauth.validateJwtAccessToken(as, request, 'https://elsewhere.test', insecure))
  })

  test('the MCP SDK: client credentials by secret, and by key', async () => {
    const secret = new ClientCredentialsProvider({ clientId: bot.id, clientSecret: bot.clientSecret })
    const jwk = await crypto.subtle.exportKey('jwk', keyPair.privateKey)
    const key = new PrivateKeyJwtProvider({
      clientId: keyed.id,
      privateKey: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, d: jwk.d },
      algorithm: 'EdDSA',
    })
    for (const [provider, sub] of [
      [secret, 'agent:bot'],
      [key, 'agent:keyed'],
    ] as const) {
      const fetchFn = (url: string | URL, init?: RequestInit) => fetch(standIn(String(url)), init)
      assert.equal(await auth(provider, { serverUrl: 'https://tools.acme.test/mcp', fetchFn }), 'AUTHORIZED')
      const { access_token: token = '' } = provider.tokens() ?? {}
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      assert.deepEqual([claims.sub, claims.aud], [sub, 'https://tools.acme.test/mcp'])
    }
  })

  /** The MCP server serves the document we hold for it. */
  const standIn = (url: string): string =>
    url.startsWith('https://tools.acme.test/.well-known/oauth-protected-resource')
      ? `${issuer}/.well-known/oauth-protected-resource/mcp/tools`
      : url
})
