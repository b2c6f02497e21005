import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { DEFAULT_TOKEN_SETTINGS, type TrustedIdp } from '../../../src/agents/signing-key.ts'
import { type Answered, type App, startApp } from '../../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  claimsIn,
  dpopProof,
  issuerOf,
  keyPair,
  nowSeconds,
  orgOf,
  postForm,
  type Registree,
  register,
  serviceWithSecret,
  signed,
} from '../../support/oauth.ts'
import { userNamed } from '../../support/registered.ts'
import { type LocalIssuer, startIssuer } from '../../support/workload/issuer.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const TOOLS = 'https://tools.acme.test/mcp'
const NOTES = 'https://notes.acme.test/mcp'
const [ED, EC, RSA, STRANGER] = [keyPair('EdDSA'), keyPair('ES256'), keyPair('RS256'), keyPair('EdDSA')]
const HELD = 'https://held.idp.test'
const ALL = ['EdDSA', 'ES256', 'RS256']
const MAY_ACT = { actsForUsers: true, users: null, maxDepth: null, requireConsent: true }

interface Made {
  readonly claims?: object
  readonly header?: object
  readonly key?: typeof ED
  readonly params?: Readonly<Record<string, string>>
  readonly as?: () => Registree
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: (assertion: string) => string
}

/** The org as the authorization server of MCP servers that an enterprise's identity provider lets its people's clients into. */
describe('identity assertions (ID-JAG)', () => {
  let app: App
  let idp: LocalIssuer
  let issuer: string
  let bot: Registree
  let careful: Registree
  let mute: Registree
  let job: Registree
  let trusted: readonly TrustedIdp[]
  const settings = (more: Partial<TrustedIdp> = {}) =>
    register(app, 'acme', { ...DEFAULT_TOKEN_SETTINGS, trustedIdps: trusted.map(one => ({ ...one, ...more })) })

  before(async () => {
    idp = await startIssuer([{ ...ED.jwk, kid: 'one' }, EC.jwk, RSA.jwk])
    app = await startApp({ FETCH_ALLOW: idp.host, TOKEN_RATE_PER_CLIENT: '100000' })
    await orgOf(app, 'acme')
    issuer = issuerOf(app, 'acme')
    const capabilities = ['read:documents', 'write:documents', 'delegate:user']
    bot = await agentWithSecret(app, 'acme', 'bot', { capabilities, delegation: MAY_ACT })
    const delegation = { ...MAY_ACT, users: ['bob'] }
    careful = await agentWithSecret(app, 'acme', 'careful', { capabilities, delegation })
    mute = await agentWithSecret(app, 'acme', 'mute', { capabilities: ['read:documents'] })
    job = await serviceWithSecret(app, 'acme', 'job', { capabilities: ['read:documents'] })
    const users = [
      userNamed('alice', { email: 'Alice@acme.test' }),
      userNamed('bob', { email: 'twice@acme.test' }),
      userNamed('carol', { email: 'twice@acme.test' }),
      userNamed('gone', { status: 'suspended' }),
    ]
    await register(app, 'acme', ...users)
    trusted = [
      { issuer: idp.url, jwksUri: `${idp.url}/jwks`, jwks: null, algorithms: ALL },
      { issuer: HELD, jwksUri: null, jwks: { keys: [STRANGER.jwk, RSA.jwk] }, algorithms: ['ES256', 'EdDSA'] },
    ]
    assert.equal((await metadata()).authorization_grant_profiles_supported, undefined)
    await settings()
    for (const resource_uri of [TOOLS, NOTES]) {
      const name = new URL(resource_uri).host.split('.')[0]
      const body = { name, resource_uri, scopes_supported: ['read:documents', 'write:documents'] }
      assert.equal((await app.send('POST', '/orgs/acme/api/v1/admin/mcp/servers', { body })).status, 201)
    }
  })
  after(async () => {
    await app?.close()
    idp?.close()
  })

  const metadata = async () =>
    (await app.send('GET', '/orgs/acme/api/v1/.well-known/oauth-authorization-server', { key: null })).json

  const assertion = ({ claims, header, key = ED }: Made = {}): string =>
    signed(
      key,
      { typ: 'oauth-id-jag+jwt', ...header },
      {
        iss: idp.url,
        sub: 'alice',
        aud: issuer,
        client_id: bot.id,
        resource: TOOLS,
        scope: 'read:documents',
        jti: randomUUID(),
        iat: nowSeconds(),
        exp: nowSeconds() + 300,
        ...claims,
      },
    )
  const ask = (made: Made = {}): Promise<Answered> => {
    const { params, as = () => bot, headers, text = same => same } = made
    const { id, secret } = as()
    const form = {
      grant_type: GRANT,
      client_id: id,
      client_secret: secret,
      assertion: text(assertion(made)),
      ...params,
    }
    return postForm(app, 'acme', 'token', form, headers)
  }
  const granted = async (made: Made = {}) => {
    const got = await ask(made)
    assert.equal(got.status, 200, got.text)
    assert.equal(got.json.refresh_token, undefined)
    assert.equal(got.json.id_token, undefined)
    return { ...got.json, claims: claimsIn(got.json.access_token) }
  }

  test('an agent acts for the user, for the one MCP server, without consent of theirs', async () => {
    const { claims, scope, token_type, expires_in } = await granted()
    assert.deepEqual([scope, token_type], ['read:documents', 'Bearer'])
    assert.ok(expires_in <= 300)
    const { sub, act, chain, aud, client_id } = claims
    assert.deepEqual([sub, aud, client_id], ['user:alice', TOOLS, bot.id])
    assert.deepEqual([act, chain], [{ sub: 'agent:bot' }, ['user:alice', 'agent:bot']])
    assert.deepEqual([claims.consents, claims.lineage], [undefined, undefined])
  })

  const GOOD: readonly (readonly [name: string, made: () => Made, scope: string, sub?: string])[] = [
    ['by ES256', () => ({ key: EC }), 'read:documents'],
    ['by RS256', () => ({ key: RSA }), 'read:documents'],
    ['by the other name of Ed25519', () => ({ header: { alg: 'Ed25519' } }), 'read:documents'],
    ['with a `kid`', () => ({ header: { kid: 'one' } }), 'read:documents'],
    ['of a provider whose keys are held', () => ({ claims: { iss: HELD }, key: STRANGER }), 'read:documents'],
    ['for a list of one audience', () => ({ claims: { aud: [issuer] } }), 'read:documents'],
    ['for a list of one resource', () => ({ claims: { resource: [TOOLS] } }), 'read:documents'],
    [
      'for a server in other spelling',
      () => ({ claims: { resource: 'HTTPS://TOOLS.acme.test/mcp/' } }),
      'read:documents',
    ],
    ['that says the resource again', () => ({ params: { resource: TOOLS } }), 'read:documents'],
    ['for a user by address', () => ({ claims: { sub: '00u1', email: 'alice@ACME.test' } }), 'read:documents'],
    [
      'of two scopes',
      () => ({ claims: { scope: 'read:documents write:documents' } }),
      'read:documents write:documents',
    ],
    [
      'of two scopes for one that is asked',
      () => ({ claims: { scope: 'read:documents write:documents' }, params: { scope: 'write:documents' } }),
      'write:documents',
    ],
    ['of scopes beyond the client', () => ({ claims: { scope: 'read:documents admin:all' } }), 'read:documents'],
    ['without scopes', () => ({ claims: { scope: undefined } }), 'read:documents write:documents'],
    ['of a clock that is ahead', () => ({ claims: { iat: nowSeconds() + 20 } }), 'read:documents'],
  ]
  for (const [name, made, scope] of GOOD) {
    test(`taken: ${name}`, async () => {
      const got = await granted(made())
      assert.deepEqual([got.scope, got.claims.sub, got.claims.aud], [scope, 'user:alice', TOOLS])
    })
  }

  test('a service gets the user\u2019s token with no more than its capabilities, which ends with the service', async () => {
    const claims = { client_id: job.id, scope: 'read:documents write:documents' }
    const { claims: got, scope, access_token } = await granted({ claims, as: () => job })
    assert.deepEqual([scope, got.sub, got.act, got.client_id], ['read:documents', 'user:alice', undefined, job.id])
    const isActive = async () =>
      (await app.send('POST', '/orgs/acme/api/v1/oauth/introspect', { raw: `token=${access_token}`, headers: FORM }))
        .json.active
    assert.equal(await isActive(), true)
    const service = (await app.running.service.orgs.get('acme')).registry.services.get(job.id)
    assert.ok(service !== undefined)
    await register(app, 'acme', { ...service, status: 'suspended' })
    assert.equal(await isActive(), false)
    const refused = await ask({ claims, as: () => job })
    assert.deepEqual([refused.status, refused.json.error], [403, 'access_denied'])
    await register(app, 'acme', service)
  })

  test('a client proves itself by its key as well, and each assertion counts once', async () => {
    const pair = keyPair('EdDSA')
    const more = { capabilities: ['read:documents', 'delegate:user'], delegation: MAY_ACT }
    const id = await agentWithKeys(app, 'acme', 'keyed', [pair.jwk], more)
    const form = {
      grant_type: GRANT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: signed(pair, {}, assertionClaims(id, issuer)),
      assertion: assertion({ claims: { client_id: id } }),
    }
    const got = await postForm(app, 'acme', 'token', form)
    assert.equal(got.status, 200, got.text)
    assert.deepEqual(claimsIn(got.json.access_token).chain, ['user:alice', 'agent:keyed'])
    assert.equal((await postForm(app, 'acme', 'token', form)).json.error, 'invalid_client')
    const client_assertion = signed(pair, {}, assertionClaims(id, issuer))
    assert.equal((await postForm(app, 'acme', 'token', { ...form, client_assertion })).json.error, 'invalid_grant')
  })

  test('a token ends no later than its assertion', async () => {
    const exp = nowSeconds() + 40
    const { claims } = await granted({ claims: { exp } })
    assert.equal(claims.exp, exp)
  })

  const BAD: readonly (readonly [name: string, made: () => Made, status: number, error: string])[] = [
    ['typ of another kind', () => ({ header: { typ: 'JWT' } }), 400, 'invalid_grant'],
    ['typ of an access token', () => ({ header: { typ: 'at+jwt' } }), 400, 'invalid_grant'],
    ['typ in capitals', () => ({ header: { typ: 'OAUTH-ID-JAG+JWT' } }), 400, 'invalid_grant'],
    ['no typ', () => ({ header: { typ: undefined } }), 400, 'invalid_grant'],
    ['a header that must be understood', () => ({ header: { crit: ['x'], x: 1 } }), 400, 'invalid_grant'],
    ['a provider nobody trusts', () => ({ claims: { iss: 'https://evil.test' } }), 400, 'invalid_grant'],
    ['a trusted provider with a slash', () => ({ claims: { iss: `${idp.url}/` } }), 400, 'invalid_grant'],
    ['no provider', () => ({ claims: { iss: undefined } }), 400, 'invalid_grant'],
    ['the keys of another provider', () => ({ key: STRANGER }), 400, 'invalid_grant'],
    ['the keys of the one, the name of the other', () => ({ claims: { iss: HELD } }), 400, 'invalid_grant'],
    ['a `kid` there is none of', () => ({ header: { kid: 'nobody' } }), 400, 'invalid_grant'],
    [
      'an algorithm that is not this provider\u2019s',
      () => ({ claims: { iss: HELD }, key: RSA }),
      400,
      'invalid_grant',
    ],
    ['a `kid` that is a number', () => ({ header: { kid: 7 }, key: EC }), 400, 'invalid_grant'],
    ['alg none', () => ({ header: { alg: 'none' } }), 400, 'invalid_grant'],
    ['alg HS256', () => ({ header: { alg: 'HS256' } }), 400, 'invalid_grant'],
    ['the key in the header', () => ({ header: { jwk: STRANGER.jwk }, key: STRANGER }), 400, 'invalid_grant'],
    ['a broken signature', () => ({ text: same => `${same.slice(0, -8)}AAAAAAAA` }), 400, 'invalid_grant'],
    ['padding', () => ({ text: same => `${same}=` }), 400, 'invalid_grant'],
    ['no token', () => ({ text: () => 'abc' }), 400, 'invalid_grant'],
    ['a client of another id', () => ({ claims: { client_id: mute.id } }), 400, 'invalid_grant'],
    ['no client', () => ({ claims: { client_id: undefined } }), 400, 'invalid_grant'],
    ['another client that authenticates', () => ({ as: () => mute }), 400, 'invalid_grant'],
    ['another audience', () => ({ claims: { aud: 'https://other.test' } }), 400, 'invalid_grant'],
    ['another org', () => ({ claims: { aud: issuer.replace('/acme/', '/other/') } }), 400, 'invalid_grant'],
    ['the token endpoint as audience', () => ({ claims: { aud: `${issuer}/oauth/token` } }), 400, 'invalid_grant'],
    ['the MCP server as audience', () => ({ claims: { aud: TOOLS } }), 400, 'invalid_grant'],
    ['two audiences', () => ({ claims: { aud: [issuer, 'https://other.test'] } }), 400, 'invalid_grant'],
    ['no audience', () => ({ claims: { aud: undefined } }), 400, 'invalid_grant'],
    ['no end', () => ({ claims: { exp: undefined } }), 400, 'invalid_grant'],
    ['an end that is text', () => ({ claims: { exp: String(nowSeconds() + 60) } }), 400, 'invalid_grant'],
    ['an end that has passed', () => ({ claims: { exp: nowSeconds() - 5 } }), 400, 'invalid_grant'],
    ['a life of two hours', () => ({ claims: { exp: nowSeconds() + 7_200 } }), 400, 'invalid_grant'],
    ['no issuance', () => ({ claims: { iat: undefined } }), 400, 'invalid_grant'],
    ['issuance in the future', () => ({ claims: { iat: nowSeconds() + 200 } }), 400, 'invalid_grant'],
    ['a beginning in the future', () => ({ claims: { nbf: nowSeconds() + 200 } }), 400, 'invalid_grant'],
    ['no jti', () => ({ claims: { jti: undefined } }), 400, 'invalid_grant'],
    ['a jti that is a number', () => ({ claims: { jti: 7 } }), 400, 'invalid_grant'],
    ['no subject', () => ({ claims: { sub: undefined } }), 400, 'invalid_grant'],
    ['an address alone', () => ({ claims: { sub: undefined, email: 'alice@acme.test' } }), 400, 'invalid_grant'],
    ['a subject nobody knows', () => ({ claims: { sub: 'mallory' } }), 400, 'invalid_grant'],
    ['an agent as subject', () => ({ claims: { sub: 'agent:bot' } }), 400, 'invalid_grant'],
    ['an address nobody has', () => ({ claims: { sub: 'x', email: 'mallory@acme.test' } }), 400, 'invalid_grant'],
    ['an address that two have', () => ({ claims: { sub: 'x', email: 'twice@acme.test' } }), 400, 'invalid_grant'],
    [
      'an address that is not verified',
      () => ({ claims: { sub: 'x', email: 'alice@acme.test', email_verified: false } }),
      400,
      'invalid_grant',
    ],
    ['a user who is suspended', () => ({ claims: { sub: 'gone' } }), 403, 'access_denied'],
    ['no resource', () => ({ claims: { resource: undefined } }), 400, 'invalid_grant'],
    ['two resources', () => ({ claims: { resource: [TOOLS, NOTES] } }), 400, 'invalid_grant'],
    [
      'a resource that is not registered',
      () => ({ claims: { resource: 'https://unknown.test' } }),
      400,
      'invalid_target',
    ],
    ['the org itself as resource', () => ({ claims: { resource: issuer } }), 400, 'invalid_target'],
    ['another resource in the request', () => ({ params: { resource: NOTES } }), 400, 'invalid_target'],
    ['a scope beyond the assertion', () => ({ params: { scope: 'write:documents' } }), 400, 'invalid_scope'],
    ['scopes the client has none of', () => ({ claims: { scope: 'admin:all' } }), 400, 'invalid_scope'],
    ['a scope that is no text', () => ({ claims: { scope: ['read:documents'] } }), 400, 'invalid_grant'],
    ['a key that is not proved', () => ({ claims: { cnf: { jkt: 'x' } } }), 400, 'invalid_grant'],
    [
      'an agent that acts for nobody',
      () => ({ claims: { client_id: mute.id }, as: () => mute }),
      403,
      'delegation_not_allowed',
    ],
    [
      'an agent that acts for others alone',
      () => ({ claims: { client_id: careful.id }, as: () => careful }),
      403,
      'delegation_not_allowed',
    ],
    ['a wrong secret', () => ({ as: () => ({ ...bot, secret: 'wrong' }) }), 401, 'invalid_client'],
    ['no client authentication', () => ({ params: { client_secret: '' } }), 401, 'invalid_client'],
  ]
  for (const [name, made, status, error] of BAD) {
    test(`refused: ${name}`, async () => {
      const got = await ask(made())
      assert.deepEqual([got.status, got.json.error], [status, error], got.text)
      assert.equal(got.headers['cache-control'], 'no-store')
    })
  }

  test('it counts once, however often it comes at a time; the `jti` of one provider is not that of another', async () => {
    const jti = randomUUID()
    const text = assertion({ claims: { jti } })
    const all = await Promise.all(Array.from({ length: 8 }, () => ask({ text: () => text })))
    assert.deepEqual(all.map(got => got.status).toSorted(), [200, ...Array.from({ length: 7 }, () => 400)])
    assert.equal((await ask({ claims: { jti } })).json.error, 'invalid_grant')
    await granted({ claims: { jti, iss: HELD }, key: STRANGER })
  })

  test('one that is bound to a key gives a token that is bound to it', async () => {
    const pair = keyPair('ES256')
    const { crv, kty, x, y } = pair.jwk
    const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
    const dpop = dpopProof(pair, 'POST', `${issuer}/oauth/token`)
    const { claims, token_type } = await granted({ claims: { cnf: { jkt } }, headers: { dpop } })
    assert.deepEqual([token_type, claims.cnf], ['DPoP', { jkt }])
  })

  test('the metadata says so, once a provider is trusted', async () => {
    assert.deepEqual((await metadata()).authorization_grant_profiles_supported, [
      'urn:ietf:params:oauth:grant-profile:id-jag',
    ])
  })

  test('where consent is asked for as well, it is needed, limits, and ends the token with it', async () => {
    await settings({ requireConsent: true })
    const refused = await ask()
    assert.deepEqual([refused.json.error, refused.json.details.reason], ['delegation_not_allowed', 'consent_required'])
    const body = { user: 'alice', agent: 'bot', scopes: ['read:documents'] }
    const consent = await app.send('POST', '/orgs/acme/api/v1/admin/consents', { body })
    assert.equal(consent.status, 201, consent.text)
    const { claims, scope } = await granted({ claims: { scope: 'read:documents write:documents' } })
    assert.deepEqual([scope, claims.consents], ['read:documents', [consent.json.data.id]])
    await settings()
  })

  test('a rule of the org refuses it, and never by a code that makes clients throw credentials away', async () => {
    const text = 'Users can read documents. Agents cannot obtain scope:read:documents.'
    const publish = (policy: string) =>
      app.send('POST', '/orgs/acme/api/v1/admin/policies', { body: { text: policy } }).then(got => got.status)
    assert.equal(await publish(text), 201)
    const got = await ask({ params: { scope: 'read:documents' } })
    assert.deepEqual([got.status, got.json.error], [403, 'access_denied'], got.text)
    assert.equal(await publish('Users can read documents.'), 201)
  })

  test('keys that cannot be fetched are no keys', async () => {
    await settings({ jwksUri: `http://${idp.host}/other-jwks` })
    const got = await ask()
    assert.deepEqual([got.status, got.json.error], [400, 'invalid_grant'])
    assert.match(got.json.error_description, /cannot be had/)
    await settings()
  })

  test('a provider that is trusted no more', async () => {
    await register(app, 'acme', DEFAULT_TOKEN_SETTINGS)
    assert.equal((await ask()).json.error, 'invalid_grant')
    assert.equal((await metadata()).authorization_grant_profiles_supported, undefined)
    await settings()
  })

  test('each is in the audit, taken or not', async () => {
    const jti = randomUUID()
    await granted({ claims: { jti } })
    await ask({ claims: { jti } })
    const { store } = app.running.service
    const query = { limit: 100, before: null, kind: null }
    const seen = async () => (await store.audit('acme', query)).map(({ kind, actor }) => `${kind} ${actor}`)
    const wanted = ['identity_assertion.accepted agent:bot', 'identity_assertion.refused agent:bot']
    for (const end = Date.now() + 5_000; Date.now() < end; ) {
      const events = await seen()
      if (wanted.every(one => events.includes(one))) return
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    assert.fail(`missing in ${await seen()}`)
  })
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
