import assert from 'node:assert/strict'
import { createHmac, createPublicKey, randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  type Form,
  issuerOf,
  keyPair,
  nowSeconds,
  orgOf,
  postForm,
  type Registree,
  serviceWithSecret,
  signed,
} from '../support/oauth.ts'

const EC = keyPair('ES256')
const ED = keyPair('EdDSA')
const STRANGER = keyPair('EdDSA')
const GRANT = { grant_type: 'client_credentials' }
const JWT = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Given {
  readonly secret: Registree
  readonly other: Registree
  readonly service: Registree
  readonly ed: string
  readonly ec: string
  readonly issuer: string
}

interface Sent {
  readonly form?: Form
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string>>
}

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const post = ({ id, secret }: Registree, more: object = {}): Sent => ({
  form: { ...GRANT, client_id: id, client_secret: secret, ...more },
})
const asserted = (assertion: string, more: object = {}): Sent => ({
  form: { ...GRANT, client_assertion_type: JWT, client_assertion: assertion, ...more },
})
/** A good assertion of the Ed25519 client but for these claims and headers. */
const by = ({ ed, issuer }: Given, claims: object = {}, header: object = {}, pair = ED): Sent =>
  asserted(signed(pair, header, assertionClaims(ed, issuer, claims)))

type Row = readonly [what: string, status: number, error: string | null, sent: (given: Given) => Sent]

const SECRETS: readonly Row[] = [
  ['post', 200, null, g => post(g.secret)],
  ['basic', 200, null, g => ({ form: GRANT, headers: basic(`${g.secret.id}:${g.secret.secret}`) })],
  [
    'basic, percent-encoded',
    200,
    null,
    g => ({ form: GRANT, headers: basic(`${encodeURIComponent(g.secret.id)}:${encodeURIComponent(g.secret.secret)}`) }),
  ],
  [
    'basic with the same client_id',
    200,
    null,
    g => ({ form: { ...GRANT, client_id: g.secret.id }, headers: basic(`${g.secret.id}:${g.secret.secret}`) }),
  ],
  ['unknown parameters are ignored', 200, null, g => post(g.secret, { unknown: 'x' })],
  ['empty parameters are absent', 200, null, g => post(g.secret, { scope: '', client_assertion: '' })],
  ['wrong secret', 401, 'invalid_client', g => post({ ...g.secret, secret: g.other.secret })],
  ['unknown client', 401, 'invalid_client', g => post({ id: 'agt_nobody', secret: g.secret.secret })],
  ['no secret', 401, 'invalid_client', g => ({ form: { ...GRANT, client_id: g.secret.id } })],
  ['empty secret', 401, 'invalid_client', g => post({ ...g.secret, secret: '' })],
  ['nobody', 401, 'invalid_client', () => ({ form: GRANT })],
  ['secret without client', 400, 'invalid_request', g => ({ form: { ...GRANT, client_secret: g.secret.secret } })],
  [
    'basic and post',
    400,
    'invalid_request',
    g => ({ ...post(g.secret), headers: basic(`${g.secret.id}:${g.secret.secret}`) }),
  ],
  [
    'post and assertion',
    400,
    'invalid_request',
    g => post(g.secret, { client_assertion: 'x', client_assertion_type: JWT }),
  ],
  [
    'basic and assertion',
    400,
    'invalid_request',
    g => ({ ...by(g), headers: basic(`${g.secret.id}:${g.secret.secret}`) }),
  ],
  [
    'basic with another client_id',
    400,
    'invalid_request',
    g => ({ form: { ...GRANT, client_id: g.other.id }, headers: basic(`${g.secret.id}:${g.secret.secret}`) }),
  ],
  ['basic without colon', 401, 'invalid_client', g => ({ form: GRANT, headers: basic(g.secret.id) })],
  ['basic without secret', 401, 'invalid_client', g => ({ form: GRANT, headers: basic(`${g.secret.id}:`) })],
  ['basic that is no base64', 401, 'invalid_client', () => ({ form: GRANT, headers: { authorization: 'Basic ***' } })],
  [
    'basic of loose base64',
    401,
    'invalid_client',
    g => ({ form: GRANT, headers: { authorization: `${basic(`${g.secret.id}:${g.secret.secret}`).authorization}=` } }),
  ],
  ['basic alone', 401, 'invalid_client', () => ({ form: GRANT, headers: { authorization: 'Basic' } })],
  ['secret for a client with keys', 401, 'invalid_client', g => post({ id: g.ed, secret: g.secret.secret })],
  [
    'duplicate client_id',
    400,
    'invalid_request',
    g => ({
      form: [
        ['grant_type', 'client_credentials'],
        ['client_id', g.secret.id],
        ['client_id', g.secret.id],
        ['client_secret', g.secret.secret],
      ],
    }),
  ],
  [
    'duplicate scope',
    400,
    'invalid_request',
    g => ({
      form: [
        ['grant_type', 'client_credentials'],
        ['scope', 'a'],
        ['scope', 'a'],
        ['client_id', g.secret.id],
        ['client_secret', g.secret.secret],
      ],
    }),
  ],
]

const ASSERTIONS: readonly Row[] = [
  ['good', 200, null, g => by(g)],
  ['with a client_id', 200, null, g => asserted(signed(ED, {}, assertionClaims(g.ed, g.issuer)), { client_id: g.ed })],
  [
    'of another client_id',
    401,
    'invalid_client',
    g => asserted(signed(ED, {}, assertionClaims(g.ed, g.issuer)), { client_id: g.secret.id }),
  ],
  ['for the issuer with a slash', 200, null, g => by(g, { aud: `${g.issuer}/` })],
  ['for the token endpoint', 200, null, g => by(g, { aud: `${g.issuer}/oauth/token` })],
  ['for a list of one', 200, null, g => by(g, { aud: [g.issuer] })],
  ['for a list of two', 401, 'invalid_client', g => by(g, { aud: [g.issuer, 'https://other.example.com'] })],
  ['for another', 401, 'invalid_client', g => by(g, { aud: 'https://other.example.com' })],
  ['for another org', 401, 'invalid_client', g => by(g, { aud: g.issuer.replace('/acme/', '/other/') })],
  ['for nobody', 401, 'invalid_client', g => by(g, { aud: undefined })],
  ['of iss that is not sub', 401, 'invalid_client', g => by(g, { iss: g.secret.id })],
  [
    'of an unknown client',
    401,
    'invalid_client',
    g => asserted(signed(ED, {}, assertionClaims('agt_nobody', g.issuer))),
  ],
  [
    'of a client with a secret',
    401,
    'invalid_client',
    g => asserted(signed(ED, {}, assertionClaims(g.secret.id, g.issuer))),
  ],
  ['of another key', 401, 'invalid_client', g => by(g, {}, {}, STRANGER)],
  ['without exp', 401, 'invalid_client', g => by(g, { exp: undefined })],
  ['with exp as text', 401, 'invalid_client', g => by(g, { exp: String(nowSeconds() + 60) })],
  ['ended', 401, 'invalid_client', g => by(g, { exp: nowSeconds() - 60 })],
  ['that lives for five minutes', 200, null, g => by(g, { exp: nowSeconds() + 300 })],
  ['that lives for ten minutes', 401, 'invalid_client', g => by(g, { exp: nowSeconds() + 600 })],
  ['of the future', 401, 'invalid_client', g => by(g, { iat: nowSeconds() + 120 })],
  ['not valid yet', 401, 'invalid_client', g => by(g, { nbf: nowSeconds() + 120 })],
  ['without jti', 401, 'invalid_client', g => by(g, { jti: undefined })],
  ['with an empty jti', 401, 'invalid_client', g => by(g, { jti: '' })],
  ['with a jti that is too long', 401, 'invalid_client', g => by(g, { jti: 'x'.repeat(300) })],
  ['typ JWT', 200, null, g => by(g, {}, { typ: 'JWT' })],
  ['typ client-authentication+jwt', 200, null, g => by(g, {}, { typ: 'client-authentication+jwt' })],
  ['typ at+jwt', 401, 'invalid_client', g => by(g, {}, { typ: 'at+jwt' })],
  ['kid that fits', 200, null, g => by(g, {}, { kid: 'ed' })],
  ['kid that is unknown', 401, 'invalid_client', g => by(g, {}, { kid: 'other' })],
  ['crit', 401, 'invalid_client', g => by(g, {}, { crit: ['exp'] })],
  [
    'jwk, jku and x5u are not looked at',
    401,
    'invalid_client',
    g => by(g, {}, { jwk: STRANGER.jwk, jku: 'https://e.example.com', x5u: 'https://e.example.com' }, STRANGER),
  ],
  ['alg Ed25519 for an EdDSA key', 200, null, g => by(g, {}, { alg: 'Ed25519' })],
  ['alg none', 401, 'invalid_client', g => asserted(unsigned(g.ed, g.issuer))],
  ['HS256 with the public key', 401, 'invalid_client', g => asserted(confused(g.ec, g.issuer))],
  [
    'RS256 said of an EC key',
    401,
    'invalid_client',
    g => asserted(signed(EC, { alg: 'RS256' }, assertionClaims(g.ec, g.issuer))),
  ],
  ['ES256', 200, null, g => asserted(signed(EC, {}, assertionClaims(g.ec, g.issuer)))],
  [
    'another type',
    400,
    'invalid_request',
    g => ({
      form: { ...GRANT, client_assertion_type: 'x', client_assertion: signed(ED, {}, assertionClaims(g.ed, g.issuer)) },
    }),
  ],
  [
    'no type',
    400,
    'invalid_request',
    g => ({ form: { ...GRANT, client_assertion: signed(ED, {}, assertionClaims(g.ed, g.issuer)) } }),
  ],
  ['no token', 401, 'invalid_client', () => asserted('x.y.z')],
  ['of four parts', 401, 'invalid_client', g => asserted(`${signed(ED, {}, assertionClaims(g.ed, g.issuer))}.x`)],
  ['padded', 401, 'invalid_client', g => asserted(`${signed(ED, {}, assertionClaims(g.ed, g.issuer))}=`)],
  ['with a member twice', 401, 'invalid_client', g => asserted(doubled(g.ed, g.issuer))],
  ['of 20 KB', 401, 'invalid_client', g => by(g, { more: 'x'.repeat(20_000) })],
]

const REQUESTS: readonly Row[] = [
  ['no grant', 400, 'invalid_request', g => ({ form: { client_id: g.secret.id, client_secret: g.secret.secret } })],
  ['unknown grant', 400, 'unsupported_grant_type', g => post(g.secret, { grant_type: 'password' })],
  ['scope with a quote', 400, 'invalid_scope', g => post(g.secret, { scope: 'a"b' })],
  ['scope with two spaces', 400, 'invalid_scope', g => post(g.secret, { scope: 'a  b' })],
  ['scope with a control character', 400, 'invalid_scope', g => post(g.secret, { scope: 'a\u0001b' })],
  ['a resource with a fragment', 400, 'invalid_target', g => post(g.secret, { resource: 'https://a.example.com#x' })],
  ['a relative resource', 400, 'invalid_target', g => post(g.secret, { resource: '/a' })],
  ['an unknown resource', 400, 'invalid_target', g => post(g.secret, { audience: 'https://a.example.com' })],
  ['the issuer as resource', 200, null, g => post(g.secret, { resource: g.issuer })],
  [
    'a text body',
    400,
    'invalid_request',
    () => ({ raw: 'grant_type=client_credentials', headers: { 'content-type': 'text/plain' } }),
  ],
  ['a broken escape', 400, 'invalid_request', () => ({ raw: 'grant_type=%zz' })],
  ['an escape that is no UTF-8', 400, 'invalid_request', () => ({ raw: 'grant_type=%ff' })],
  ['a body of 70 KB', 400, 'invalid_request', () => ({ raw: `grant_type=${'x'.repeat(70_000)}` })],
  ['JSON', 200, null, g => json({ ...GRANT, client_id: g.secret.id, client_secret: g.secret.secret })],
  ['JSON that nests', 400, 'invalid_request', () => json({ grant_type: { a: 1 } })],
  [
    'JSON with a member twice',
    400,
    'invalid_request',
    () => ({ raw: '{"grant_type":"a","grant_type":"b"}', headers: { 'content-type': 'application/json' } }),
  ],
  ['JSON that is a list', 400, 'invalid_request', () => json([])],
  [
    'an assertion of nobody',
    400,
    'invalid_grant',
    () => ({ form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'x' } }),
  ],
  [
    'no assertion',
    400,
    'invalid_request',
    () => ({ form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' } }),
  ],
  ['a DPoP proof that is none', 400, 'invalid_dpop_proof', g => ({ ...post(g.secret), headers: { dpop: 'x' } })],
]

const json = (body: unknown): Sent => ({ raw: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
const part = (text: string): string => Buffer.from(text).toString('base64url')

const unsigned = (client: string, issuer: string): string =>
  `${part('{"alg":"none"}')}.${part(JSON.stringify(assertionClaims(client, issuer)))}.`

function confused(client: string, issuer: string): string {
  const data = `${part('{"alg":"HS256"}')}.${part(JSON.stringify(assertionClaims(client, issuer)))}`
  const pem = createPublicKey(EC.publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'pem',
  })
  return `${data}.${createHmac('sha256', pem).update(data).digest('base64url')}`
}

function doubled(client: string, issuer: string): string {
  const claims = JSON.stringify(assertionClaims(client, issuer)).replace('{', `{"jti":"${randomUUID()}",`)
  const signature = signed(ED, {}, {}).split('.')[2]
  return `${part('{"alg":"EdDSA"}')}.${part(claims)}.${signature}`
}

describe('hostile requests to the token endpoint', () => {
  let app: App
  let given: Given
  before(async () => {
    app = await startApp()
    await orgOf(app, 'acme')
    const capabilities = ['read:documents']
    given = {
      secret: await agentWithSecret(app, 'acme', 'secret', { capabilities }),
      other: await agentWithSecret(app, 'acme', 'other', { capabilities }),
      service: await serviceWithSecret(app, 'acme', 'job'),
      ed: await agentWithKeys(app, 'acme', 'ed', [{ ...ED.jwk, kid: 'ed' }], { capabilities }),
      ec: await agentWithKeys(app, 'acme', 'ec', [EC.jwk], { capabilities }),
      issuer: issuerOf(app, 'acme'),
    }
  })
  after(() => app.close())

  for (const [table, rows] of Object.entries({ secrets: SECRETS, assertions: ASSERTIONS, requests: REQUESTS })) {
    test(`${table}, ${rows.length} cases`, async () => {
      for (const [what, status, error, sent] of rows) {
        const { form, raw, headers } = sent(given)
        const got =
          raw === undefined
            ? await postForm(app, 'acme', 'token', form ?? {}, headers)
            : await app.send('POST', '/orgs/acme/api/v1/oauth/token', {
                key: null,
                raw,
                headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
              })
        assert.deepEqual([got.status, got.json.error ?? null], [status, error], `${what}: ${got.text}`)
        assert.equal(got.headers['cache-control'], 'no-store', what)
        const challenged = status === 401 && headers?.authorization?.startsWith('Basic') === true
        assert.equal(got.headers['www-authenticate'], challenged ? 'Basic realm="lumoauth"' : undefined, what)
      }
    })
  }

  test('who does not exist and whose secret is wrong get the same answer', async () => {
    const texts = await Promise.all(
      [
        post({ id: 'agt_nobody', secret: 'x' }),
        post({ ...given.secret, secret: 'x' }),
        post({ id: given.ed, secret: 'x' }),
      ].map(async ({ form }) => {
        const { json: body } = await postForm(app, 'acme', 'token', form ?? {})
        const { request_id: _, ...rest } = body
        return JSON.stringify(rest)
      }),
    )
    assert.equal(new Set(texts).size, 1)
  })

  test('there is no other method, and no other org’s client', async () => {
    assert.equal((await app.send('GET', '/orgs/acme/api/v1/oauth/token', { key: null })).status, 405)
    await orgOf(app, 'other')
    const { form } = post(given.secret)
    assert.equal((await postForm(app, 'other', 'token', form ?? {})).status, 401)
    assert.equal((await postForm(app, 'nobody', 'token', form ?? {})).status, 404)
  })

  test('of many at once with one assertion, one gets a token', async () => {
    const sent = by(given)
    const all = await Promise.all(Array.from({ length: 20 }, () => postForm(app, 'acme', 'token', sent.form ?? {})))
    assert.equal(all.filter(got => got.status === 200).length, 1)
  })

  test('too often is told when to come back', async () => {
    const limited = await startApp({ TOKEN_RATE_PER_CLIENT: '2' })
    try {
      await orgOf(limited, 'acme')
      const bot = await agentWithSecret(limited, 'acme', 'bot')
      const ask = () => postForm(limited, 'acme', 'token', { ...GRANT, client_id: bot.id, client_secret: bot.secret })
      const statuses = [(await ask()).status, (await ask()).status]
      assert.deepEqual(statuses, [200, 200])
      const third = await ask()
      assert.deepEqual([third.status, third.json.error], [429, 'rate_limit_exceeded'])
      assert.match(String(third.headers['retry-after']), /^\d+$/)
    } finally {
      await limited.close()
    }
  })
})
