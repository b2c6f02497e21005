import { randomUUID, sign } from 'node:crypto'
import {
  ASSERTION_TYPE,
  type Assertion,
  assertionFor,
  base64url,
  basic,
  ecSigner,
  ed448,
  form,
  hmac,
  OTHER_KEY,
  publicPem,
  rsaSigner,
  type Sent,
  type Target,
} from './target.ts'

/** Requests to a token endpoint, each in one way wrong or odd; `again` sends it a second time and looks at that answer. */
export interface TokenCase {
  readonly name: string
  readonly send: (t: Target) => Sent
  readonly again?: true
}

type Params = Readonly<Record<string, string>>

const one = (name: string, send: TokenCase['send']): TokenCase => ({ name, send })
const CC: Params = { grant_type: 'client_credentials' }

const withPost =
  (more: Params = {}) =>
  (t: Target) => ({
    body: form({ ...CC, client_id: t.secretClient.id, client_secret: t.secretClient.secret, ...more }),
  })

const withBasic =
  (more: Params = {}, headers: Params = {}) =>
  (t: Target) => ({
    headers: { authorization: basic(t.basicId, t.secretClient.secret), ...headers },
    body: form({ ...CC, ...more }),
  })

const withAssertion =
  (assertion: Assertion | ((t: Target) => Assertion) = {}, more: Params = {}) =>
  (t: Target) => ({
    body: form({
      ...CC,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertionFor(t, typeof assertion === 'function' ? assertion(t) : assertion),
      ...more,
    }),
  })

const assertionText =
  (text: (t: Target) => string, more: Params = {}) =>
  (t: Target) => ({
    body: form({ ...CC, client_assertion_type: ASSERTION_TYPE, client_assertion: text(t), ...more }),
  })

const rawBody = (body: (t: Target) => string) => (t: Target) => ({ body: body(t) })
const credentials = (t: Target) => form({ client_id: t.secretClient.id, client_secret: t.secretClient.secret })
const authorization =
  (value: (t: Target) => string, more: Params = {}) =>
  (t: Target) => ({
    headers: { authorization: value(t) },
    body: form({ ...CC, ...more }),
  })
const b64 = (text: string) => Buffer.from(text).toString('base64')
const RUN = randomUUID()
const now = () => Math.floor(Date.now() / 1000)

/** The very same request each time. */
function once(make: TokenCase['send']): TokenCase['send'] {
  const made = new WeakMap<Target, Sent>()
  return t => {
    const known = made.get(t) ?? make(t)
    made.set(t, known)
    return known
  }
}

const good: readonly TokenCase[] = [
  one('good: secret in the body', withPost()),
  one('good: secret by basic', withBasic()),
  one('good: key', withAssertion()),
  one('good: key and client_id', t => withAssertion({}, { client_id: t.keyClient.id })(t)),
  one(
    'good: key, audience the token endpoint',
    withAssertion(t => ({ claims: { aud: t.tokenEndpoint } })),
  ),
  one(
    'good: key, audience a list of one',
    withAssertion(t => ({ claims: { aud: [t.issuer] } })),
  ),
  one('good: a scope it has', withPost({ scope: 'read:documents' })),
  one('good: two scopes', withPost({ scope: 'read:documents write:documents' })),
  one('good: an unknown parameter', withPost({ colour: 'red' })),
  one('good: typ JWT', withAssertion({ header: { typ: 'JWT' } })),
  one('good: charset in the content type', t => ({
    ...withPost()(t),
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  })),
  one(
    'good: basic in lower case',
    authorization(t => `basic ${b64(`${t.basicId}:${t.secretClient.secret}`)}`),
  ),
]

const basics: readonly TokenCase[] = [
  one(
    'basic: wrong secret',
    authorization(t => basic(t.basicId, 'wrong')),
  ),
  one(
    'basic: unknown client',
    authorization(t => basic('nobody', t.secretClient.secret)),
  ),
  one(
    'basic: empty secret',
    authorization(t => basic(t.basicId, '')),
  ),
  one(
    'basic: empty id',
    authorization(t => basic('', t.secretClient.secret)),
  ),
  one(
    'basic: no colon',
    authorization(t => `Basic ${b64(t.basicId)}`),
  ),
  one(
    'basic: nothing behind it',
    authorization(() => 'Basic'),
  ),
  one(
    'basic: nothing but a space',
    authorization(() => 'Basic '),
  ),
  one(
    'basic: not base64',
    authorization(() => 'Basic %%%'),
  ),
  one(
    'basic: two values',
    authorization(t => `${basic(t.basicId, t.secretClient.secret)} x`),
  ),
  one(
    'basic: another scheme',
    authorization(() => 'Digest abc'),
  ),
  one(
    'basic: a bearer token',
    authorization(() => 'Bearer abc'),
  ),
  one(
    'basic: broken percent-encoding',
    authorization(t => basic('%zz', t.secretClient.secret)),
  ),
  one(
    'basic: the other client\u2019s secret',
    authorization(t => basic(t.basicId, t.otherClient.secret)),
  ),
  one('basic: and the secret in the body', t => withBasic({ client_secret: t.secretClient.secret })(t)),
  one('basic: and the same id in the body', t => withBasic({ client_id: t.basicId })(t)),
  one('basic: and another id in the body', t => withBasic({ client_id: t.otherClient.id })(t)),
  one('basic: and an assertion', t => ({
    ...withAssertion()(t),
    headers: { authorization: basic(t.basicId, t.secretClient.secret) },
  })),
  one(
    'basic: of a client that has a key only',
    authorization(t => basic(t.keyClient.id, 'x')),
  ),
  one(
    'basic: a secret with a NUL',
    authorization(t => basic(t.basicId, 'a\0b')),
  ),
  one(
    'basic: a very long secret',
    authorization(t => basic(t.basicId, 'x'.repeat(5_000))),
  ),
]

const posts: readonly TokenCase[] = [
  one('post: wrong secret', withPost({ client_secret: 'wrong' })),
  one('post: unknown client', withPost({ client_id: 'nobody' })),
  one('post: empty secret', withPost({ client_secret: '' })),
  one('post: empty id', withPost({ client_id: '' })),
  one('post: id alone', t => ({ body: form({ ...CC, client_id: t.secretClient.id }) })),
  one('post: secret alone', t => ({ body: form({ ...CC, client_secret: t.secretClient.secret }) })),
  one('post: no client at all', () => ({ body: form(CC) })),
  one('post: secret of a client that has a key only', t => ({
    body: form({ ...CC, client_id: t.keyClient.id, client_secret: 'x' }),
  })),
  one(
    'post: secret twice',
    rawBody(t => `${form(CC)}&${credentials(t)}&client_secret=x`),
  ),
  one(
    'post: id twice, the same',
    rawBody(t => `${form(CC)}&${credentials(t)}&client_id=${t.secretClient.id}`),
  ),
  one(
    'post: id twice, another',
    rawBody(t => `${form(CC)}&${credentials(t)}&client_id=${t.otherClient.id}`),
  ),
  one('post: and an assertion', t => ({ body: `${withAssertion()(t).body}&${credentials(t)}` })),
  one('post: a secret with a space behind', t => withPost({ client_secret: `${t.secretClient.secret} ` })(t)),
  one('post: a secret in capitals', t => withPost({ client_secret: t.secretClient.secret.toUpperCase() })(t)),
  one('post: an id in capitals', t => withPost({ client_id: t.secretClient.id.toUpperCase() })(t)),
  one('post: a very long id', withPost({ client_id: 'x'.repeat(5_000) })),
  one('post: an id with a NUL', t => withPost({ client_id: `${t.secretClient.id}\0` })(t)),
]

const requests: readonly TokenCase[] = [
  one('request: no body', t => ({ headers: { authorization: basic(t.basicId, t.secretClient.secret) } })),
  one('request: no grant', rawBody(credentials)),
  one('request: empty grant', withPost({ grant_type: '' })),
  one('request: unknown grant', withPost({ grant_type: 'magic' })),
  one('request: password grant', withPost({ grant_type: 'password', username: 'a', password: 'b' })),
  one('request: implicit as a grant', withPost({ grant_type: 'implicit' })),
  one('request: grant in capitals', withPost({ grant_type: 'CLIENT_CREDENTIALS' })),
  one(
    'request: grant twice',
    rawBody(t => `${form(CC)}&${form(CC)}&${credentials(t)}`),
  ),
  one(
    'request: scope twice',
    rawBody(t => `${withPost({ scope: 'read:documents' })(t).body}&scope=write:documents`),
  ),
  one(
    'request: an unknown parameter twice',
    rawBody(t => `${withPost()(t).body}&x=1&x=2`),
  ),
  one('request: unknown scope', withPost({ scope: 'admin:everything' })),
  one('request: unknown scope beside one it has', withPost({ scope: 'read:documents admin:everything' })),
  one('request: empty scope', withPost({ scope: '' })),
  one('request: scope of spaces', withPost({ scope: '   ' })),
  one('request: scope with two spaces', withPost({ scope: 'read:documents  write:documents' })),
  one('request: scope with a quote', withPost({ scope: 'read:"documents"' })),
  one('request: scope with a backslash', withPost({ scope: 'read:\\documents' })),
  one('request: scope with a tab', withPost({ scope: 'read:documents\twrite:documents' })),
  one('request: scope with a line end', withPost({ scope: 'read:documents\nwrite:documents' })),
  one('request: scope with a control character', withPost({ scope: 'read:\u0001documents' })),
  one('request: scope with a letter beyond ASCII', withPost({ scope: 'read:dokumenté' })),
  one('request: scope in capitals', withPost({ scope: 'READ:DOCUMENTS' })),
  one('request: openid', withPost({ scope: 'openid' })),
  one('request: offline_access', withPost({ scope: 'offline_access' })),
  one('request: the same scope twice', withPost({ scope: 'read:documents read:documents' })),
  one('request: a very long scope', withPost({ scope: 'x'.repeat(20_000) })),
  one('request: text/plain', t => ({ ...withPost()(t), headers: { 'content-type': 'text/plain' } })),
  one('request: multipart', t => ({
    ...withPost()(t),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  })),
  one('request: xml', t => ({ ...withPost()(t), headers: { 'content-type': 'application/xml' } })),
  one('request: a list in JSON', () => ({ body: '[]', headers: { 'content-type': 'application/json' } })),
  one('request: broken JSON', () => ({ body: '{"grant_type":', headers: { 'content-type': 'application/json' } })),
  one('request: an object within JSON', t => ({
    body: JSON.stringify({ ...CC, client_id: t.secretClient.id, client_secret: { $ne: '' } }),
    headers: { 'content-type': 'application/json' },
  })),
  one('request: a list of grants in JSON', t => ({
    body: JSON.stringify({ grant_type: ['client_credentials'], client_id: t.secretClient.id, client_secret: 'x' }),
    headers: { 'content-type': 'application/json' },
  })),
  one('request: a body of 100 kB', withPost({ filler: 'x'.repeat(100_000) })),
  one(
    'request: a body of nothing but &',
    rawBody(() => '&&&&'),
  ),
  one(
    'request: broken percent-encoding',
    rawBody(t => `${withPost()(t).body}&x=%zz`),
  ),
  one(
    'request: bytes that are no UTF-8',
    rawBody(t => `${withPost()(t).body}&x=%ff%fe`),
  ),
  one(
    'request: brackets for a list',
    rawBody(t => `${credentials(t)}&grant_type[]=client_credentials`),
  ),
  one(
    'request: __proto__',
    rawBody(t => `${withPost()(t).body}&__proto__=x&constructor=y`),
  ),
  one('request: credentials in the query', t => ({ body: form(CC), method: `POST ?${credentials(t)}` })),
  one('request: GET', t => ({ method: `GET ?${withPost()(t).body}` })),
  one('request: PUT', t => ({ ...withPost()(t), method: 'PUT' })),
  one('request: DELETE', () => ({ method: 'DELETE' })),
]

const targets: readonly TokenCase[] = [
  one('resource: with a fragment', withPost({ resource: 'https://tools.test/#x' })),
  one('resource: relative', withPost({ resource: '/tools' })),
  one('resource: no scheme', withPost({ resource: 'tools.test' })),
  one('resource: empty', withPost({ resource: '' })),
  one('resource: unknown', withPost({ resource: 'https://unknown.test/' })),
  one('resource: javascript', withPost({ resource: 'javascript:alert(1)' })),
  one('resource: not a URL', withPost({ resource: 'https://' })),
  one('resource: spaces', withPost({ resource: 'https://a b/' })),
  one(
    'resource: one of two unknown',
    rawBody(t => `${withPost({ resource: 'https://unknown.test/' })(t).body}&resource=https://other.test/`),
  ),
]

const claimCases: readonly (readonly [string, Assertion | ((t: Target) => Assertion)])[] = [
  ['another issuer', { claims: { iss: 'somebody' } }],
  ['another subject', t => ({ claims: { sub: t.secretClient.id } })],
  ['issuer and subject of another client', t => ({ claims: { iss: t.secretClient.id, sub: t.secretClient.id } })],
  ['issuer and subject of nobody', { claims: { iss: 'nobody', sub: 'nobody' } }],
  ['no issuer', { without: ['iss'] }],
  ['no subject', { without: ['sub'] }],
  ['no audience', { without: ['aud'] }],
  ['no end', { without: ['exp'] }],
  ['no jti', { without: ['jti'] }],
  ['an empty jti', { claims: { jti: '' } }],
  ['a jti that is a number', { claims: { jti: 7 } }],
  ['another audience', { claims: { aud: 'https://other.test' } }],
  ['an audience that begins like ours', t => ({ claims: { aud: `${t.issuer}.evil.test` } })],
  ['an audience in capitals', t => ({ claims: { aud: t.issuer.toUpperCase() } })],
  ['no audience in the list', { claims: { aud: [] } }],
  ['others in the list', t => ({ claims: { aud: ['https://other.test', t.issuer] } })],
  ['an audience that is an object', { claims: { aud: { x: 1 } } }],
  ['a list of things that are no text', t => ({ claims: { aud: [t.issuer, 7] } })],
  ['an end that has passed', { claims: { exp: 1_000_000 } }],
  ['an end an hour ago', () => ({ claims: { exp: now() - 3_600, iat: now() - 4_000 } })],
  ['an end in a year', () => ({ claims: { exp: now() + 31_536_000 } })],
  ['an end that is text', { claims: { exp: '9999999999' } }],
  ['an end that is no number', { claims: { exp: null } }],
  ['a beginning in an hour', () => ({ claims: { nbf: now() + 3_600, exp: now() + 3_660 } })],
  ['a beginning that is text', { claims: { nbf: 'soon' } }],
  ['issued in an hour', () => ({ claims: { iat: now() + 3_600, exp: now() + 3_660 } })],
  ['an issuance that is text', { claims: { iat: 'now' } }],
  ['an issuer that is a list', t => ({ claims: { iss: [t.keyClient.id] } })],
]

const headerCases: readonly (readonly [string, Assertion | ((t: Target) => Assertion)])[] = [
  ['alg none, unsigned', { header: { alg: 'none' }, signer: () => Buffer.alloc(0) }],
  ['alg None, unsigned', { header: { alg: 'None' }, signer: () => Buffer.alloc(0) }],
  ['HS256 with the public key', { header: { alg: 'HS256' }, signer: hmac(publicPem()) }],
  ['HS256 with nothing', { header: { alg: 'HS256' }, signer: hmac('') }],
  ['ES256 with a key of its own', { header: { alg: 'ES256' }, signer: ecSigner }],
  ['RS256 with a key of its own', { header: { alg: 'RS256' }, signer: rsaSigner }],
  ['signed by another key', { key: OTHER_KEY.privateKey }],
  ['signed by Ed448', { signer: text => sign(null, Buffer.from(text), ed448) }],
  ['an unknown kid', { header: { kid: 'nobody' } }],
  ['a kid that is a path', { header: { kid: '../../../dev/null' } }],
  ['crit unknown', { header: { crit: ['x'], x: 1 } }],
  ['crit empty', { header: { crit: [] } }],
  ['a jku of its own', { header: { jku: 'https://evil.test/keys' }, key: OTHER_KEY.privateKey }],
  [
    'a jwk of its own',
    () => ({ header: { jwk: OTHER_KEY.publicKey.export({ format: 'jwk' }) }, key: OTHER_KEY.privateKey }),
  ],
  ['an unknown alg', { header: { alg: 'XX512' } }],
  ['no alg', { header: { alg: undefined } }],
  ['an alg that is a list', { header: { alg: ['EdDSA'] } }],
  ['b64 false', { header: { b64: false, crit: ['b64'] } }],
]

const nearly = (change: (text: string) => string) => assertionText(t => change(assertionFor(t)))

const assertions: readonly TokenCase[] = [
  ...claimCases.map(([name, wrong]) => one(`assertion: ${name}`, withAssertion(wrong))),
  ...headerCases.map(([name, wrong]) => one(`assertion: ${name}`, withAssertion(wrong))),
  one(
    'assertion: empty',
    assertionText(() => ''),
  ),
  one(
    'assertion: not a JWT',
    assertionText(() => 'abc'),
  ),
  one(
    'assertion: two parts',
    nearly(text => text.split('.').slice(0, 2).join('.')),
  ),
  one(
    'assertion: four parts',
    nearly(text => `${text}.x`),
  ),
  one(
    'assertion: five parts',
    nearly(text => `${text}.x.y`),
  ),
  one(
    'assertion: no signature',
    nearly(text => `${text.split('.').slice(0, 2).join('.')}.`),
  ),
  one(
    'assertion: half a signature',
    nearly(text => text.slice(0, -40)),
  ),
  one(
    'assertion: one bit of the signature',
    nearly(text => `${text.slice(0, -3)}${text.at(-3) === 'A' ? 'B' : 'A'}${text.slice(-2)}`),
  ),
  one(
    'assertion: padded base64',
    nearly(text => `${text}==`),
  ),
  one(
    'assertion: plain base64',
    // Tildes in a row are written with a `-`, whatever the signature is.
    assertionText(t =>
      assertionFor(t, { claims: { filler: '~~~~~' } })
        .replaceAll('-', '+')
        .replaceAll('_', '/'),
    ),
  ),
  one(
    'assertion: spaces around',
    nearly(text => ` ${text} `),
  ),
  one(
    'assertion: a header that is no JSON',
    nearly(text => `${base64url('{')}.${text.split('.').slice(1).join('.')}`),
  ),
  one(
    'assertion: claims that are no JSON',
    nearly(text => `${text.split('.')[0]}.${base64url('[')}.${text.split('.')[2]}`),
  ),
  one(
    'assertion: claims that are a list',
    nearly(text => `${text.split('.')[0]}.${base64url('[]')}.${text.split('.')[2]}`),
  ),
  one('assertion: of 100 kB', withAssertion({ claims: { filler: 'x'.repeat(30_000) } })),
  one('assertion: without its type', t => ({ body: form({ ...CC, client_assertion: assertionFor(t) }) })),
  one('assertion: an unknown type', withAssertion({}, { client_assertion_type: 'urn:x' })),
  one('assertion: its type alone', () => ({ body: form({ ...CC, client_assertion_type: ASSERTION_TYPE }) })),
  one('assertion: another client_id', t => withAssertion({}, { client_id: t.secretClient.id })(t)),
  one('assertion: an unknown client_id', withAssertion({}, { client_id: 'nobody' })),
  one(
    'assertion: twice in the body',
    rawBody(t => `${withAssertion()(t).body}&client_assertion=x`),
  ),
  {
    name: 'assertion: used again',
    send: once(t => withAssertion({ claims: { jti: `again-${RUN}` } })(t)),
    again: true,
  },
  {
    name: 'assertion: its jti in another one',
    send: t => withAssertion({ claims: { jti: `same-${RUN}` } })(t),
    again: true,
  },
]

const proofs: readonly TokenCase[] = [
  one('dpop: empty', t => ({ ...withPost()(t), headers: { dpop: '' } })),
  one('dpop: not a JWT', t => ({ ...withPost()(t), headers: { dpop: 'abc' } })),
  one('dpop: unsigned', t => ({
    ...withPost()(t),
    headers: { dpop: `${base64url({ alg: 'none', typ: 'dpop+jwt' })}.${base64url({})}.` },
  })),
  one('dpop: an assertion in its place', t => ({ ...withPost()(t), headers: { dpop: assertionFor(t) } })),
]

export const TOKEN_CASES: readonly TokenCase[] = [
  ...good,
  ...basics,
  ...posts,
  ...requests,
  ...targets,
  ...assertions,
  ...proofs,
]
