import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { outcome, workbench } from '../../support/workload/bench.ts'
import { type IssuerMode, startIssuer } from '../../support/workload/issuer.ts'
import { makeKey, sign } from '../../support/workload/keys.ts'
import { NOW, SHAPES, trustFor } from '../../support/workload/shapes.ts'

const key = await makeKey('ES256', 'k1')
const next = await makeKey('ES256', 'k2')
const shape = SHAPES.oidc

/** An issuer of its own for each test, found by discovery. */
async function scene(workloads = 1) {
  const issuer = await startIssuer([key.jwk])
  after(() => issuer.close())
  const bench = workbench([issuer.host], 300)
  const trust = (slug: string, more = {}) =>
    bench.trust(slug, [{ ...trustFor(shape), issuer: issuer.url, singleUse: false, ...more }])
  for (let i = 0; i < workloads; i += 1) trust(i === 0 ? 'research-bot' : `bot-${i}`)
  const claims = { ...shape.claims, iss: issuer.url }
  const jwks = () => issuer.asked.filter(path => path === '/jwks').length
  return { issuer, bench, trust, claims, jwks, token: await sign(claims, key) }
}

test('keys are found by discovery, once', async () => {
  const { issuer, bench, token } = await scene()
  for (let i = 0; i < 3; i += 1) assert.equal(outcome(await bench.verify(token)), 'ok')
  assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/jwks'])
})

test('a discovery document that names another issuer is not believed', async () => {
  const { issuer, bench, token } = await scene()
  issuer.document = { issuer: 'https://other.example' }
  assert.equal(outcome(await bench.verify(token)), 'keys_unavailable')
})

test('a discovery document that leads to a private address is not followed', async () => {
  const { issuer, bench, token } = await scene()
  for (const uri of [
    'https://169.254.169.254/jwks',
    'http://127.0.0.1:1/jwks',
    'https://10.0.0.1/',
    'file:///etc/passwd',
  ]) {
    issuer.document = { jwks_uri: uri }
    bench.state.now += 3_600_000
    const claims = {
      ...shape.claims,
      iss: issuer.url,
      iat: bench.state.now / 1_000,
      nbf: undefined,
      exp: bench.state.now / 1_000 + 60,
    }
    assert.equal(outcome(await bench.verify(await sign(claims, key))), 'keys_unavailable')
  }
  assert.equal(outcome(await bench.verify(token)), 'expired')
})

for (const mode of ['redirect', 'slow', 'huge', 'malformed', 'down'] satisfies readonly IssuerMode[]) {
  test(`an issuer that is ${mode} is a refusal, and good again a minute after it has mended`, async () => {
    const { issuer, bench, token } = await scene()
    issuer.mode = mode
    const outcomes = await Promise.all([1, 2, 3].map(() => bench.verify(token)))
    assert.deepEqual(outcomes.map(outcome), ['keys_unavailable', 'keys_unavailable', 'keys_unavailable'])
    assert.equal(issuer.asked.length, 1)
    issuer.mode = 'ok'
    assert.equal(outcome(await bench.verify(token)), 'keys_unavailable')
    bench.state.now += 60_000
    assert.equal(outcome(await bench.verify(token)), 'ok')
  })
}

test('keys that rotate are met by one refresh; the old one is good no more', async () => {
  const { issuer, bench, token, claims, jwks } = await scene()
  assert.equal(outcome(await bench.verify(token)), 'ok')
  issuer.keys = [next.jwk]
  bench.state.now += 60_000
  assert.equal(outcome(await bench.verify(await sign(claims, next))), 'ok')
  assert.equal(outcome(await bench.verify(token)), 'unknown_key')
  assert.equal(jwks(), 2)
})

test('openfga#3101: a flood of unknown kids makes one fetch a minute', async () => {
  const { bench, claims, jwks } = await scene()
  for (let i = 0; i < 50; i += 1) {
    assert.equal(outcome(await bench.verify(await sign(claims, { ...key, kid: `made-up-${i}` }))), 'unknown_key')
  }
  assert.equal(jwks(), 1)
  bench.state.now = NOW + 60_000
  for (let i = 0; i < 50; i += 1) {
    assert.equal(outcome(await bench.verify(await sign(claims, { ...key, kid: `made-up-${i}` }))), 'unknown_key')
  }
  assert.equal(jwks(), 2)
})

test('a good signature by another issuer with the same kid is worth nothing here', async () => {
  const { bench, claims } = await scene()
  const evil = await startIssuer([])
  after(() => evil.close())
  const theirs = await makeKey('ES256', 'k1')
  evil.keys = [theirs.jwk]
  assert.equal(outcome(await bench.verify(await sign(claims, theirs))), 'signature')
  assert.equal(outcome(await bench.verify(await sign({ ...claims, iss: evil.url }, theirs))), 'unknown_issuer')
  const header = { jku: `${evil.url}/jwks` }
  assert.equal(outcome(await bench.verify(await sign(claims, theirs, header))), 'header')
  assert.deepEqual(evil.asked, [])
})

test('a token without kid is tried on the keys that fit, at most five', async () => {
  const { issuer, bench, claims } = await scene()
  const others = await Promise.all([1, 2, 3, 4].map(i => makeKey('ES256', `o${i}`)))
  issuer.keys = [...others.map(k => k.jwk), key.jwk]
  const nameless = await sign(claims, key, { kid: undefined })
  assert.equal(outcome(await bench.verify(nameless)), 'ok')
  issuer.keys = [...others.map(k => k.jwk), next.jwk, key.jwk]
  bench.state.now += 301_000
  assert.equal(outcome(await bench.verify(nameless)), 'signature')
})

test('a secret key, or a private one, in a set is no key', async () => {
  const { issuer, bench, claims } = await scene()
  issuer.keys = [
    { kty: 'oct', k: 'c2VjcmV0', kid: 'k1' },
    null,
    7,
    { kty: 'EC', crv: 'P-256', kid: 'k1', x: 'AA', y: 'AA' },
  ]
  assert.equal(outcome(await bench.verify(await sign(claims, key))), 'signature')
})

test('uploaded keys need no network', async () => {
  const { issuer, bench, trust, token } = await scene()
  trust('research-bot', { jwks: { keys: [key.jwk] } })
  assert.equal(outcome(await bench.verify(token)), 'ok')
  assert.deepEqual(issuer.asked, [])
})

test('a token that two agents accept is for neither', async () => {
  const { bench, trust, token } = await scene(2)
  const result = await bench.verify(token)
  assert.ok(result.kind === 'refused')
  assert.equal(result.code, 'ambiguous')
  assert.deepEqual(result.agents, ['bot-1', 'research-bot'])
  trust('bot-1', { bind: { sub: 'job-8' } })
  assert.equal(outcome(await bench.verify(token)), 'ok')
})

test('a thousand agents of one issuer cost one fetch, and the right one is found', async () => {
  const { bench, trust, claims, jwks } = await scene(0)
  for (let i = 0; i < 1_000; i += 1) trust(`bot-${i}`, { bind: { sub: `job-${i}` } })
  for (const i of [0, 7, 999]) {
    const result = await bench.verify(await sign({ ...claims, sub: `job-${i}` }, key))
    assert.ok(result.kind === 'workload')
    assert.equal(result.agent.slug, `bot-${i}`)
  }
  assert.equal(jwks(), 1)
})

test('a suspended agent is found all the same: that is no fault of its token', async () => {
  const { bench, token } = await scene()
  const [first] = bench.registry
    .trusting(String(shape.claims.iss))
    .concat(bench.registry.trusting(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss))
  assert.ok(first)
  bench.registry.put({ ...first.agent, status: 'suspended' })
  const result = await bench.verify(token)
  assert.ok(result.kind === 'workload')
  assert.equal(result.agent.status, 'suspended')
})

const HOSTILE = [
  '',
  '.',
  '..',
  'a.b',
  'a.b.c',
  'a.b.c.d',
  '{}',
  '{"a":1}',
  'k8s-aws-v1.',
  'é.é.é',
  `${'a'.repeat(20_000)}.a.a`,
  'bnVsbA.bnVsbA.AA',
  'W10.W10.AA',
  'e30.e30.AA',
]
for (const token of HOSTILE) {
  test(`no token at all: ${token.slice(0, 20)}`, async () => {
    const { bench } = await scene()
    assert.match(outcome(await bench.verify(token)), /^(?:malformed|header)$/)
  })
}
