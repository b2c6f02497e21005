import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { makeKey } from '../support/workload/keys.ts'
import { SHAPES } from '../support/workload/shapes.ts'

const MODEL = 'model\n  schema 1.1\ntype user\n'
const { privateKey: _, jwk } = await makeKey('ES256', 'k1')

interface Body {
  readonly [name: string]: unknown
}
const of = (provider: keyof typeof SHAPES, more: Body = {}): Body => {
  const { issuer, bind } = SHAPES[provider].config
  return { provider, issuer, bind, ...more }
}
const bound = (provider: keyof typeof SHAPES, more: Body): Body =>
  of(provider, { bind: { ...SHAPES[provider].config.bind, ...more } })
const without = (provider: keyof typeof SHAPES, name: string): Body => {
  const { [name]: _, ...bind } = SHAPES[provider].config.bind
  return of(provider, { bind })
}
const SVID = { jwks: { keys: [{ ...jwk, use: 'jwt-svid' }] } }
const SIGNED = {
  provider: 'aws',
  issuer: 'https://sts.eu-west-1.amazonaws.com',
  signed_request: true,
  bind: { role_arn: 'arn:aws:iam::123456789012:role/r' },
}

const REFUSED: readonly (readonly [what: string, body: Body, says: RegExp])[] = [
  ['GCP without the account', without('gcp', 'unique_id'), /bind\.unique_id/],
  ['GCP of another issuer', of('gcp', { issuer: 'https://accounts.example' }), /accounts\.google\.com/],
  ['Kubernetes without the namespace', without('kubernetes', 'namespace'), /bind\.namespace/],
  ['Kubernetes of legacy tokens', of('kubernetes', { issuer: 'kubernetes/serviceaccount' }), /issuer/],
  [
    "Kubernetes with the API server's audience",
    of('kubernetes', { audience: 'https://kubernetes.default.svc' }),
    /audience/,
  ],
  ['Azure of every tenant', of('azure', { issuer: 'https://login.microsoftonline.com/common/v2.0' }), /one tenant/],
  ['Azure of another tenant', bound('azure', { tenant_id: 'x' }), /tenant/],
  ['Azure without the object', without('azure', 'object_id'), /bind\.object_id/],
  ['AWS of no account', of('aws', { issuer: 'https://sts.amazonaws.com' }), /account/],
  ['AWS at a host that is not STS', { ...SIGNED, issuer: 'https://sts.amazonaws.com.evil.example' }, /STS/],
  ['AWS signed, with keys', { ...SIGNED, jwks_uri: 'https://a.example/jwks' }, /STS is asked/],
  ['GitHub by name only', without('github', 'repository_id'), /repository_id/],
  ['SPIFFE without a bundle', of('spiffe'), /jwks/],
  ['SPIFFE with EdDSA', of('spiffe', { ...SVID, algorithms: ['EdDSA'] }), /algorithms/],
  ['SPIFFE with a path', of('spiffe', { ...SVID, issuer: 'spiffe://prod.acme.com/x' }), /trust domain/],
  ['a pattern', bound('kubernetes', { namespace: 'prod-*' }), /patterns/],
  ['an empty value', bound('kubernetes', { namespace: '' }), /exactly/],
  ['a name the provider does not have', bound('kubernetes', { cluster: 'x' }), /no such name/],
  ['plain http', of('oidc', { issuer: 'http://ci.example' }), /https/],
  ['keys over plain http', of('oidc', { jwks_uri: 'http://ci.example/jwks' }), /jwks_uri/],
  ['keys in two places', of('oidc', { jwks_uri: 'https://a.example/j', jwks: { keys: [jwk] } }), /not both/],
  ['a private key', of('oidc', { jwks: { keys: [{ ...jwk, d: 'AA' }] } }), /public keys/],
  ['a shared secret', of('oidc', { jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }), /public keys/],
  ['HMAC', of('oidc', { algorithms: ['HS256'] }), /algorithms/],
  ['none', of('oidc', { algorithms: ['none'] }), /algorithms/],
  ['a day', of('oidc', { max_age_s: 86_400 }), /max_age_s/],
  ['an hour of skew', of('oidc', { skew_s: 3_600 }), /skew_s/],
  ['a review of what is no cluster', of('oidc', { token_review: { url: 'https://k', token: 't' } }), /token_review/],
  ['a review over plain http', of('kubernetes', { token_review: { url: 'http://k', token: 't' } }), /token_review/],
  ['a rule that can never hold', of('oidc', { rules: [{ claim: 'a', operator: 'in', value: [] }] }), /cannot hold/],
  ['a member nobody knows', of('oidc', { made_up: 1 }), /made_up/],
]

const WARNED: readonly (readonly [what: string, body: Body, says: RegExp | null])[] = [
  ['a good one', of('aws'), null],
  ['a generic audience', of('aws', { audience: 'sts.amazonaws.com' }), /audience/],
  ['an account by its name only', without('kubernetes', 'service_account_uid'), /service_account_uid/],
  ['a role by its name only', SIGNED, /role_id/],
  ['tokens of others', of('oidc', { sole_audience: false }), /others/],
  ['tokens that count often', of('oidc', { single_use: false }), /as often/],
  ['a whole repository', without('github', 'environment'), /any workflow/],
  ['pull requests', bound('github', { event_name: 'pull_request' }), /fork/],
]

describe('trust configurations over the management API', () => {
  let app: App
  const agents = '/orgs/acme/api/v1/admin/agents'
  const base = `${agents}/research-bot/trust-configs`
  const make = (body: Body, path = base) => app.send('POST', path, { body })
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, '')
    for (const slug of ['research-bot', 'other-bot']) {
      const made = await app.send('POST', agents, { body: { name: slug, slug, identityType: 'workload' } })
      assert.equal(made.status, 201, made.text)
    }
  })
  after(() => app.close())

  for (const [what, body, says] of REFUSED) {
    test(`refused: ${what}`, async () => {
      const got = await make(body)
      assert.equal(got.status, 400, got.text)
      assert.match(got.text, says)
    })
  }

  for (const [what, body, says] of WARNED) {
    test(`kept: ${what}${says === null ? '' : ', with a warning'}`, async () => {
      const got = await make(body)
      assert.equal(got.status, 201, got.text)
      if (says === null) assert.deepEqual(got.json.warnings, [])
      else assert.match(got.json.warnings.join('; '), says)
      assert.equal((await app.send('DELETE', `${base}/${got.json.data.id}`)).status, 204)
    })
  }

  test('the life of one: made with defaults, read, listed, changed, removed', async () => {
    const made = await make(
      of('kubernetes', {
        rules: [{ claim: 'kubernetes.io.node.name', operator: 'in', value: ['node-1'] }],
        token_review: { url: 'https://k8s.example', token: 'cluster-secret' },
      }),
    )
    assert.equal(made.status, 201, made.text)
    assert.ok(!made.text.includes('cluster-secret'))
    const { data } = made.json
    assert.match(data.id, /^tc_/)
    assert.deepEqual(data.algorithms, ['RS256', 'ES256'])
    assert.deepEqual([data.max_age_s, data.skew_s, data.single_use, data.sole_audience], [3_607, 60, false, true])
    assert.deepEqual(data.rules[0].claim, ['kubernetes.io', 'node', 'name'])
    assert.deepEqual(data.token_review, { url: 'https://k8s.example', ca: null, token_set: true })
    assert.deepEqual((await app.send('GET', `${base}/${data.id}`)).json.data, data)
    assert.deepEqual((await app.send('GET', base)).json.data, [data])
    const shown = await app.send('GET', `${agents}/research-bot`)
    assert.deepEqual(shown.json.data.workloadIdentity, [
      { id: data.id, provider: 'kubernetes', issuer: data.issuer, active: true },
    ])

    const kept = await app.running.service.store.snapshot('acme')
    assert.ok(!JSON.stringify(kept.registered).includes('cluster-secret'), 'only sealed')
    const headers = { 'if-match': String(made.headers.etag) }
    const patched = await app.send('PATCH', `${base}/${data.id}`, {
      headers,
      body: { status: 'inactive', max_age_s: 600 },
    })
    assert.equal(patched.status, 200, patched.text)
    assert.deepEqual(patched.json.data, { ...data, status: 'inactive', max_age_s: 600 })
    assert.equal((await app.send('PATCH', `${base}/${data.id}`, { headers, body: { status: 'active' } })).status, 412)
    assert.equal((await app.send('PATCH', `${base}/${data.id}`, { body: { bind: { namespace: 'x' } } })).status, 400)

    const history = await app.send('GET', `${agents}/research-bot/history`)
    assert.ok(!history.text.includes('cluster-secret'), history.text)
    assert.ok(history.text.includes('a trust configuration has changed'))
    assert.equal((await app.send('DELETE', `${base}/${data.id}`)).status, 204)
    assert.equal((await app.send('GET', `${base}/${data.id}`)).status, 404)
    assert.equal((await app.send('DELETE', `${base}/${data.id}`)).status, 404)
  })

  test('what another agent has is not taken twice, in either form of the issuer', async () => {
    const made = await make(of('azure'))
    assert.equal(made.status, 201, made.text)
    const other = `${agents}/other-bot/trust-configs`
    const twin = await make(
      of('azure', { issuer: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/' }),
      other,
    )
    assert.equal(twin.status, 400)
    assert.match(twin.text, /research-bot/)
    assert.equal((await make(bound('azure', { object_id: 'oid-2' }), other)).status, 201)
    assert.equal((await app.send('DELETE', `${base}/${made.json.data.id}`)).status, 204)
  })

  test('only who may change credentials may do this', async () => {
    for (const [role, read, write] of [
      ['admin', 200, 201],
      ['auditor', 200, 403],
      ['checker', 403, 403],
    ] as const) {
      const key = await keyOf(app, 'acme', role)
      assert.equal((await app.send('GET', base, { key })).status, read, role)
      assert.equal((await app.send('POST', base, { key, body: of('oidc') })).status, write, role)
    }
    assert.equal((await app.send('GET', base, { key: null })).status, 401)
    assert.equal((await app.send('GET', `${agents}/nobody/trust-configs`)).status, 404)
  })

  test('an agent has twenty at the most', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 21; i += 1) statuses.push((await make(of('oidc', { bind: { sub: `job-${i}` } }))).status)
    assert.ok(statuses.includes(201))
    assert.equal(statuses.at(-1), 400)
    assert.equal((await app.send('GET', base)).json.data.length, 20)
  })
})
