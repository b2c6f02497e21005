import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { signJws } from '../../../src/pdp/tokens/jws.ts'
import { type Answered, type App, startApp } from '../../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  bare,
  claimsIn,
  dpopProof,
  issuerOf,
  keyPair,
  nowSeconds,
  orgOf,
  postForm,
  type Registree,
  register,
  signed,
  tokenOf,
} from '../../support/oauth.ts'

const ME = '/orgs/acme/api/v1/agents/me'
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Texts that look like tokens and proofs, to whoever takes them. */
describe('hostile tokens and proofs', () => {
  let app: App
  let bot: Registree
  let keyed: string
  let issuer: string
  let token: string
  const [pair, stranger, ec] = [keyPair('EdDSA'), keyPair('EdDSA'), keyPair('ES256')]

  before(async () => {
    app = await startApp({ TOKEN_RATE_PER_CLIENT: '100000', TOKEN_RATE_PER_ADDRESS: '100000' })
    for (const org of ['acme', 'other']) await orgOf(app, org)
    const capabilities = ['read:documents']
    bot = await agentWithSecret(app, 'acme', 'bot', { capabilities })
    keyed = await agentWithKeys(app, 'acme', 'keyed', [pair.jwk], { capabilities })
    await agentWithSecret(app, 'other', 'bot', { capabilities })
    issuer = issuerOf(app, 'acme')
    token = (await tokenOf(app, 'acme', bot)).json.access_token
  })
  after(() => app?.close())

  const signerOf = async (org: string, alg: 'EdDSA' | 'RS256' = 'EdDSA') =>
    app.running.service.tokens.keys.signer(await app.running.service.orgs.get(org), alg)
  const headerOf = (text: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString())
  /** Signed by the org itself, whose header and claims are of somebody's choice. */
  const ours = async (header: object, claims: object = {}, org = 'acme'): Promise<string> => {
    const { key } = await signerOf(org)
    return signJws('EdDSA', part({ ...headerOf(token), ...header }), { ...claimsIn(token), ...claims } as never, key)
  }
  const asBearer = (text: string) => bare(app, 'GET', ME, { authorization: `Bearer ${text}` })
  const isActive = async (text: string): Promise<boolean> =>
    (await postForm(app, 'acme', 'introspect', { client_id: bot.id, client_secret: bot.secret, token: text })).json
      .active

  const TOKENS: readonly (readonly [what: string, text: () => string | Promise<string>])[] = [
    ['an id token', () => ours({ typ: 'JWT' })],
    ['of no type', () => ours({ typ: undefined })],
    ['an identity assertion', () => ours({ typ: 'oauth-id-jag+jwt' })],
    ['with a header that must be understood', () => ours({ crit: ['x'], x: 1 })],
    ['without `kid`', () => ours({ kid: undefined })],
    ['of a `kid` there is none of', () => ours({ kid: 'nobody' })],
    ['said to be by RS256', () => ours({ alg: 'RS256' })],
    ['said to be by the other name', () => ours({ alg: 'Ed25519' })],
    ['unsigned', () => `${part({ ...headerOf(token), alg: 'none' })}.${token.split('.')[1]}.`],
    [
      'by HMAC with the public key',
      async () => {
        const keys = (await bare(app, 'GET', '/orgs/acme/api/v1/.well-known/jwks.json')).json.keys
        const text = `${part({ ...headerOf(token), alg: 'HS256' })}.${token.split('.')[1]}`
        return `${text}.${createHmac('sha256', JSON.stringify(keys[0])).update(text).digest('base64url')}`
      },
    ],
    ['signed by a stranger', () => signed(stranger, headerOf(token), claimsIn(token))],
    [
      'with the stranger\u2019s key',
      () => signed(stranger, { ...headerOf(token), jwk: stranger.jwk }, claimsIn(token)),
    ],
    ['of the other org\u2019s key by our `kid`', () => ours({}, {}, 'other')],
    ['of another issuer', () => ours({}, { iss: issuerOf(app, 'other') })],
    ['of another org', () => ours({}, { organization: 'other' })],
    ['that has ended', () => ours({}, { exp: nowSeconds() - 1 })],
    ['without an end', () => ours({}, { exp: undefined })],
    ['whose end is text', () => ours({}, { exp: String(nowSeconds() + 60) })],
    ['without a `jti`', () => ours({}, { jti: undefined })],
    ['whose chain begins with another', () => ours({}, { chain: ['user:alice', 'agent:bot'] })],
    ['whose chain names nobody', () => ours({}, { chain: ['agent:bot', 'nobody'] })],
    ['of an agent there is none of', () => ours({}, { sub: 'agent:ghost' })],
    ['with padding', () => `${token}=`],
    ['with a space', () => token.replace('.', ' .')],
    ['with other claims', () => token.replace(/\.[^.]+\./, `.${part({ ...claimsIn(token), scope: 'admin:all' })}.`)],
    ['whose last bits are others', () => looser(token)],
    ['in two parts', () => token.split('.').slice(0, 2).join('.')],
    ['an encrypted one', () => `${token}.x.y`],
  ]
  test('as they are, they are good', async () => {
    assert.equal((await asBearer(await ours({}))).status, 200)
    assert.equal(await isActive(await ours({})), true)
  })
  for (const [what, text] of TOKENS) {
    test(`a token ${what} opens nothing, and is not active`, async () => {
      const made = await text()
      const got = await asBearer(made)
      assert.equal(got.status, 401, got.text)
      assert.match(String(got.headers['www-authenticate']), /^Bearer /)
      assert.ok(!got.text.includes(made.slice(-40)))
      assert.equal(await isActive(made), false)
    })
  }

  const endpoint = (): string => `${issuer}/oauth/token`
  const withProof = (dpop: string): Promise<Answered> =>
    postForm(
      app,
      'acme',
      'token',
      { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.secret },
      { dpop },
    )
  const proof = (more: { header?: object; claims?: object } = {}, by = pair) =>
    dpopProof(by, 'POST', endpoint(), null, more)
  const PROOFS: readonly (readonly [what: string, dpop: () => string])[] = [
    ['of another method', () => dpopProof(pair, 'GET', endpoint())],
    ['of another address', () => dpopProof(pair, 'POST', `${issuer}/oauth/introspect`)],
    ['of another org', () => dpopProof(pair, 'POST', `${issuerOf(app, 'other')}/oauth/token`)],
    ['of another host', () => dpopProof(pair, 'POST', endpoint().replace('localhost', 'evil.test'))],
    ['of no address', () => proof({ claims: { htu: undefined } })],
    ['of no method', () => proof({ claims: { htm: undefined } })],
    ['of yesterday', () => proof({ claims: { iat: nowSeconds() - 86_400 } })],
    ['of two minutes ago', () => proof({ claims: { iat: nowSeconds() - 120 } })],
    ['of two minutes ahead', () => proof({ claims: { iat: nowSeconds() + 120 } })],
    ['of no time', () => proof({ claims: { iat: undefined } })],
    ['of a time that is text', () => proof({ claims: { iat: String(nowSeconds()) } })],
    ['without a `jti`', () => proof({ claims: { jti: undefined } })],
    ['with a `jti` that is long', () => proof({ claims: { jti: 'x'.repeat(300) } })],
    ['of another type', () => proof({ header: { typ: 'JWT' } })],
    ['of no type', () => proof({ header: { typ: undefined } })],
    ['with a private key', () => proof({ header: { jwk: pair.privateKey.export({ format: 'jwk' }) } })],
    ['with a symmetric key', () => proof({ header: { jwk: { kty: 'oct', k: 'AAAA' } } })],
    ['without a key', () => proof({ header: { jwk: undefined } })],
    ['with the key of another', () => proof({ header: { jwk: stranger.jwk } })],
    ['whose algorithm is of another key', () => proof({ header: { alg: 'ES256' } })],
    ['whose key is of another algorithm', () => proof({ header: { jwk: ec.jwk } })],
    ['of no algorithm', () => proof({ header: { alg: 'none' } })],
    ['by HS256', () => proof({ header: { alg: 'HS256' } })],
    ['with a header that must be understood', () => proof({ header: { crit: ['x'], x: 1 } })],
    ['two in one header', () => `${proof()}, ${proof()}`],
  ]
  test('a proof as it should be binds the token; a query in its address does not matter', async () => {
    for (const dpop of [proof(), dpopProof(pair, 'POST', `${endpoint()}?x=1`), proof({}, ec)]) {
      const got = await withProof(dpop)
      assert.deepEqual([got.status, got.json.token_type], [200, 'DPoP'], got.text)
      assert.equal((await asBearer(got.json.access_token)).status, 401)
      assert.equal((await withProof(dpop)).json.error, 'invalid_dpop_proof')
    }
  })
  for (const [what, dpop] of PROOFS) {
    test(`a proof ${what} is refused`, async () => {
      const got = await withProof(dpop())
      assert.deepEqual([got.status, got.json.error], [400, 'invalid_dpop_proof'], got.text)
    })
  }

  test('nothing tells a client that exists from one that does not, in whatever way it is asked', async () => {
    const basic = (id: string) => ({ authorization: `Basic ${Buffer.from(`${id}:x`).toString('base64')}` })
    const grant = { grant_type: 'client_credentials' }
    const asserted = (id: string) => ({
      ...grant,
      client_assertion_type: ASSERTION,
      client_assertion: signed(stranger, {}, assertionClaims(id, issuer)),
    })
    const ways: readonly ((id: string) => Promise<Answered>)[] = [
      id => postForm(app, 'acme', 'token', grant, basic(id)),
      id => postForm(app, 'acme', 'token', { ...grant, client_id: id, client_secret: 'x' }),
      id => postForm(app, 'acme', 'token', { ...grant, client_id: id }),
      id => postForm(app, 'acme', 'token', asserted(id)),
      id => postForm(app, 'acme', 'introspect', { client_id: id, client_secret: 'x', token }),
      id => postForm(app, 'acme', 'revoke', { client_id: id, client_secret: 'x', token: 'x' }),
    ]
    for (const ask of ways) {
      const answers = await Promise.all(['agt_nobody', bot.id, keyed].map(ask))
      const seen = answers.map(({ status, json, headers }) => {
        const { request_id: _, ...rest } = json
        return JSON.stringify([status, rest, headers['www-authenticate']])
      })
      assert.equal(new Set(seen).size, 1, seen.join('\n'))
      assert.match(seen[0] ?? '', /invalid_client/)
    }
  })

  test('what policy refuses is never said as if the client were not who it is', async () => {
    const found = (await app.running.service.orgs.get('acme')).registry.agents.get(bot.id)
    assert.ok(found !== undefined)
    const ask = (scope: string) =>
      postForm(app, 'acme', 'token', {
        grant_type: 'client_credentials',
        client_id: bot.id,
        client_secret: bot.secret,
        scope,
      })
    const codes: string[] = [(await ask('admin:all')).json.error]
    for (const status of ['suspended', 'under_review'] as const) {
      await register(app, 'acme', { ...found, status })
      codes.push((await ask('read:documents')).json.error)
    }
    await register(app, 'acme', { ...found, allowedIps: ['10.0.0.0/8'] })
    codes.push((await ask('read:documents')).json.error)
    await register(app, 'acme', found)
    assert.deepEqual(codes, ['invalid_scope', 'access_denied', 'access_denied', 'access_denied'])
  })
})

/** Decodes to the same bytes, but is not how they are written. */
function looser(text: string): string {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = ALPHABET.indexOf(text.at(-1) ?? '')
  const changed = text.slice(0, -1) + ALPHABET[last ^ 1]
  const signatureOf = (one: string) => Buffer.from(one.split('.')[2] ?? '', 'base64url')
  assert.deepEqual(signatureOf(changed), signatureOf(text))
  return changed
}

describe('too often', () => {
  test('each endpoint tells an address when to come back', async () => {
    const app = await startApp({ TOKEN_RATE_PER_ADDRESS: '1' })
    try {
      await orgOf(app, 'acme')
      for (const endpoint of ['token', 'introspect', 'revoke']) {
        const asks = [1, 2, 3].map(() =>
          postForm(app, 'acme', endpoint, { grant_type: 'client_credentials', token: 'x' }),
        )
        const limited = (await Promise.all(asks)).filter(got => got.status === 429)
        assert.ok(limited.length >= 2, endpoint)
        for (const got of limited) {
          assert.equal(got.json.error, 'rate_limit_exceeded')
          const seconds = Number(got.headers['retry-after'])
          assert.ok(seconds >= 1 && seconds <= 60)
          assert.equal(got.headers['cache-control'], 'no-store')
        }
      }
    } finally {
      await app.close()
    }
  })

  test('nobody uses up what a client may, by guessing at its secret', async () => {
    const app = await startApp({ TOKEN_RATE_PER_CLIENT: '1' })
    try {
      await orgOf(app, 'acme')
      const bot = await agentWithSecret(app, 'acme', 'bot')
      const guess = { grant_type: 'client_credentials', client_id: bot.id, client_secret: 'x' }
      for (let i = 0; i < 5; i += 1) assert.equal((await postForm(app, 'acme', 'token', guess)).status, 401)
      await tokenOf(app, 'acme', bot)
    } finally {
      await app.close()
    }
  })
})
