import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { BINDINGS, bindingOf } from '../../../src/agents/claims.ts'
import { PROVIDERS, type Provider, type TrustConfig } from '../../../src/agents/trust.ts'
import { outcome, workbench } from '../../support/workload/bench.ts'
import { startIssuer } from '../../support/workload/issuer.ts'
import { forged, hmacWithPublicKey, type IssuerKey, makeKey, sign } from '../../support/workload/keys.ts'
import { changed, NOW, SHAPES, trustFor, US } from '../../support/workload/shapes.ts'

const issuer = await startIssuer()
after(() => issuer.close())

const keyFor = new Map<string, IssuerKey>()
for (const [alg, use] of [
  ['RS256', 'sig'],
  ['ES256', 'sig'],
  ['ES384', 'sig'],
  ['EdDSA', 'sig'],
  ['ES256', 'jwt-svid'],
  ['EdDSA', 'jwt-svid'],
  ['ES256', 'x509-svid'],
]) {
  keyFor.set(`${alg} ${use}`, await makeKey(String(alg), `${alg}-${use}`, { use }))
}
const keyNamed = (name: string): IssuerKey => keyFor.get(name) ?? assert.fail(`no key ${name}`)
issuer.keys = [...keyFor.values()].map(key => key.jwk)
const strangers = await makeKey('RS256', 'RS256-sig')

const bench = workbench([issuer.host])
const seconds = NOW / 1_000

interface Case {
  readonly provider: Provider
  readonly what: string
  readonly expect: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly config?: Partial<TrustConfig>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: IssuerKey
  readonly token?: string
}

/** What is refused of every provider, and its twin that is not. */
function casesOf(provider: Provider): readonly Case[] {
  const shape = SHAPES[provider]
  const key = keyNamed(`${shape.alg} ${shape.keyUse}`)
  const one = (what: string, expect: string, more: Partial<Case> = {}): Case => ({ provider, what, expect, ...more })
  const claim = (name: string, value: unknown) => ({ claims: changed(shape.claims, [name], value) })
  return [
    one('its own token', 'ok'),
    one('audience as a list of one', 'ok', claim('aud', [US])),
    one('audience of another org', 'audience', claim('aud', 'https://auth.test/orgs/other/api/v1')),
    one('audience with a slash more', 'audience', claim('aud', `${US}/`)),
    one('CVE-2026-55689: no audience', 'audience', claim('aud', undefined)),
    one('ours and another audience', 'audience', claim('aud', [US, 'https://kubernetes.default.svc'])),
    one('ours and another, where that is accepted', 'ok', {
      ...claim('aud', [US, 'x']),
      config: { soleAudience: false },
    }),
    one('an audience of the configuration', 'ok', {
      ...claim('aud', 'sts.generic'),
      config: { audience: 'sts.generic' },
    }),
    one('ours, where another is configured', 'audience', { config: { audience: 'sts.generic' } }),
    one('another issuer', provider === 'spiffe' ? 'ok' : 'unknown_issuer', claim('iss', 'https://evil.example')),
    one('a signature by somebody else with the same kid', 'signature', {
      key: { ...strangers, kid: key.kid },
      ...(shape.alg !== 'RS256' && { config: { algorithms: ['RS256'] }, key: { ...strangers, kid: 'RS256-sig' } }),
      ...(provider === 'spiffe' && { expect: 'unknown_key' }),
    }),
    one('an unknown kid', 'unknown_key', { key: { ...key, kid: 'nobody' } }),
    one('alg none', 'algorithm', { token: forged({ alg: 'none' }, shape.claims, 'AA') }),
    one('alg none, configured', provider === 'spiffe' ? 'algorithm' : 'unknown_key', {
      token: forged({ alg: 'none' }, shape.claims, 'AA'),
      config: { algorithms: ['none'] },
    }),
    one('HMAC with the public key', 'algorithm', { token: hmacWithPublicKey(shape.claims, key) }),
    one('HMAC with the public key, configured', provider === 'spiffe' ? 'algorithm' : 'unknown_key', {
      token: hmacWithPublicKey(shape.claims, key),
      config: { algorithms: ['HS256'] },
    }),
    one('an algorithm outside the list', 'algorithm', { config: { algorithms: ['PS512'] } }),
    one('a tampered signature', 'signature', { token: forged({ alg: key.alg, kid: key.kid }, shape.claims, 'AAAA') }),
    one('expired', 'expired', claim('exp', seconds - 61)),
    one('expired within the skew', 'ok', {
      claims: { ...shape.claims, iat: seconds - 300, nbf: seconds - 300, exp: seconds - 59 },
    }),
    one('ended before it was issued', provider === 'spiffe' ? 'ok' : 'expired', claim('exp', seconds - 30)),
    one('no exp', 'expired', claim('exp', undefined)),
    one('an exp that is text', 'expired', claim('exp', String(seconds + 100))),
    one('a future iat', 'not_yet', claim('iat', seconds + 61)),
    one('a future nbf', 'not_yet', claim('nbf', seconds + 61)),
    one('no iat', provider === 'spiffe' ? 'ok' : 'not_yet', claim('iat', undefined)),
    one('a life over the cap', 'lifetime', claim('exp', seconds + 3_601)),
    one('older than the cap', 'lifetime', {
      claims: { ...shape.claims, iat: seconds - 700, nbf: seconds - 700, exp: seconds - 50 },
      config: { maxAge: 600 },
      expect: 'lifetime',
    }),
    one('a key in the header', 'header', { header: { ...shape.header, jwk: key.jwk } }),
    one('a URL of keys in the header', 'header', { header: { ...shape.header, jku: `${issuer.url}/jwks` } }),
    one('a certificate in the header', 'header', { header: { ...shape.header, x5c: ['x'] } }),
    one('critical headers', 'header', {
      token: forged({ alg: key.alg, kid: key.kid, crit: ['x'], x: 1 }, shape.claims),
    }),
    one('an unknown type', 'header', { header: { ...shape.header, typ: 'dpop+jwt' } }),
    one('a configuration that is switched off', 'unknown_issuer', { config: { active: false } }),
    ...Object.keys(shape.config.bind).map(name => {
      const path = bindingOf(provider, name)?.paths.find(p => p.length > 1 || p[0] !== undefined) ?? []
      const used = name === 'client_id' ? ['appid'] : path
      const broken = changed(shape.claims, used, 'another')
      return one(`another ${name}`, /^(?:bind|provider|unknown_issuer|user_token)$/.source, { claims: broken })
    }),
    ...BINDINGS[provider].required.map(name => {
      const { [name]: _, ...bind } = shape.config.bind
      return one(`a configuration without ${name}`, 'bind', { config: { bind } })
    }),
    one('a name that nobody can bind', 'bind', {
      config: { bind: { ...shape.config.bind, made_up: 'x' } },
    }),
    one('a rule that does not hold', 'rule', {
      config: { rules: [{ claim: ['sub'], operator: 'equals', value: 'x' }] },
    }),
    one('a rule that holds', 'ok', { config: { rules: [{ claim: ['sub'], operator: 'exists', value: null }] } }),
  ]
}

const SPECIAL: readonly Case[] = [
  {
    provider: 'kubernetes',
    what: 'a legacy token',
    expect: 'legacy_token',
    claims: { iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:prod:research-bot' },
  },
  {
    provider: 'kubernetes',
    what: 'an account made anew under the same name',
    expect: 'bind',
    claims: changed(SHAPES.kubernetes.claims, ['kubernetes.io', 'serviceaccount', 'uid'], 'uid-2'),
  },
  {
    provider: 'kubernetes',
    what: 'a sub that kubernetes.io does not say',
    expect: 'provider',
    claims: { ...SHAPES.kubernetes.claims, sub: 'system:serviceaccount:prod:admin' },
  },
  {
    provider: 'kubernetes',
    what: 'no kubernetes.io',
    expect: 'provider',
    claims: changed(SHAPES.kubernetes.claims, ['kubernetes.io'], undefined),
  },
  {
    provider: 'aws',
    what: 'another account than that of sub',
    expect: 'provider',
    claims: changed(SHAPES.aws.claims, ['https://sts.amazonaws.com/', 'aws_account'], '999999999999'),
  },
  { provider: 'aws', what: 'a sub that is no ARN', expect: 'provider', claims: { ...SHAPES.aws.claims, sub: 'root' } },
  {
    provider: 'gcp',
    what: 'a person with our audience',
    expect: 'user_token',
    claims: { ...SHAPES.gcp.claims, email: 'eve@gmail.com', google: undefined },
  },
  {
    provider: 'gcp',
    what: 'a person of a domain',
    expect: 'user_token',
    claims: { ...SHAPES.gcp.claims, hd: 'acme.com' },
  },
  {
    provider: 'gcp',
    what: 'an e-mail that only ends like one',
    expect: 'user_token',
    claims: { ...SHAPES.gcp.claims, email: 'eve@evilgserviceaccount.com' },
  },
  {
    provider: 'gcp',
    what: 'an e-mail that is not verified',
    expect: 'user_token',
    claims: { ...SHAPES.gcp.claims, email_verified: false },
  },
  {
    provider: 'gcp',
    what: 'neither e-mail nor machine',
    expect: 'user_token',
    claims: { ...SHAPES.gcp.claims, email: undefined, google: undefined },
  },
  {
    provider: 'gcp',
    what: 'a machine without e-mail',
    expect: 'ok',
    claims: { ...SHAPES.gcp.claims, email: undefined },
  },
  { provider: 'gcp', what: 'another azp', expect: 'provider', claims: { ...SHAPES.gcp.claims, azp: 'x' } },
  {
    provider: 'azure',
    what: 'the other issuer of the same tenant',
    expect: 'ok',
    claims: { ...SHAPES.azure.claims, iss: SHAPES.azure.config.issuer, ver: '2.0', azp: 'app-1', appid: undefined },
  },
  {
    provider: 'azure',
    what: 'another tenant',
    expect: 'unknown_issuer',
    claims: {
      ...SHAPES.azure.claims,
      iss: 'https://sts.windows.net/99999999-2222-3333-4444-555555555555/',
      tid: '99999999-2222-3333-4444-555555555555',
    },
  },
  {
    provider: 'azure',
    what: 'a tid that is not that of iss',
    expect: 'provider',
    claims: { ...SHAPES.azure.claims, tid: 'x' },
  },
  {
    provider: 'azure',
    what: 'a delegated token',
    expect: 'user_token',
    claims: { ...SHAPES.azure.claims, scp: 'User.Read' },
  },
  {
    provider: 'azure',
    what: 'a token of a person',
    expect: 'user_token',
    claims: { ...SHAPES.azure.claims, idtyp: 'user' },
  },
  {
    provider: 'azure',
    what: 'no idtyp, another sub',
    expect: 'user_token',
    claims: { ...SHAPES.azure.claims, idtyp: undefined, sub: 'x' },
  },
  {
    provider: 'azure',
    what: 'no idtyp, sub is oid',
    expect: 'ok',
    claims: { ...SHAPES.azure.claims, idtyp: undefined },
  },
  {
    provider: 'spiffe',
    what: 'a federated trust domain',
    expect: 'unknown_issuer',
    claims: { ...SHAPES.spiffe.claims, sub: 'spiffe://other.example/ns/prod/sa/research-bot' },
  },
  {
    provider: 'spiffe',
    what: 'a domain in capitals',
    expect: 'unknown_issuer',
    claims: { ...SHAPES.spiffe.claims, sub: 'spiffe://PROD.acme.com/ns/prod/sa/research-bot' },
  },
  {
    provider: 'spiffe',
    what: 'a path that climbs',
    expect: 'unknown_issuer',
    claims: { ...SHAPES.spiffe.claims, sub: 'spiffe://prod.acme.com/ns/../sa' },
  },
  { provider: 'spiffe', what: 'typ JOSE', expect: 'ok', header: { typ: 'JOSE' } },
  { provider: 'spiffe', what: 'no typ', expect: 'ok', header: {} },
  { provider: 'spiffe', what: 'a header more', expect: 'header', header: { typ: 'JWT', x5t: 'abc' } },
  { provider: 'spiffe', what: 'a key of X.509-SVIDs', expect: 'unknown_key', key: keyNamed('ES256 x509-svid') },
  { provider: 'spiffe', what: 'an empty bundle', expect: 'unknown_key', config: { jwks: { keys: [] } } },
  {
    provider: 'spiffe',
    what: 'EdDSA',
    expect: 'algorithm',
    key: keyNamed('EdDSA jwt-svid'),
    config: { algorithms: ['EdDSA'] },
  },
  {
    provider: 'github',
    what: 'an old sub of a renamed repository',
    expect: 'ok',
    claims: { ...SHAPES.github.claims, sub: 'repo:acme/old-bots:environment:production', repository: 'acme/old-bots' },
  },
  {
    provider: 'github',
    what: 'the same names with other ids',
    expect: 'bind',
    claims: { ...SHAPES.github.claims, repository_id: '901' },
  },
  ...['pull_request', 'pull_request_target', 'pull_request_review'].map(
    (event): Case => ({
      provider: 'github',
      what: `a run for ${event}`,
      expect: 'event',
      claims: { ...SHAPES.github.claims, event_name: event },
    }),
  ),
  {
    provider: 'github',
    what: 'a run for pull_request, bound to it',
    expect: 'ok',
    claims: { ...SHAPES.github.claims, event_name: 'pull_request' },
    config: { bind: { ...SHAPES.github.config.bind, event_name: 'pull_request' } },
  },
  { provider: 'github', what: 'no event', expect: 'event', claims: { ...SHAPES.github.claims, event_name: undefined } },
  {
    provider: 'github',
    what: 'a colon in a sub is %3A, and not a colon',
    expect: 'bind',
    claims: { ...SHAPES.github.claims, sub: 'repo:acme@500/bots@900:environment:a%3Aref:refs/heads/main' },
    config: { bind: { ...SHAPES.github.config.bind, sub: 'repo:acme@500/bots@900:environment:a:ref:refs/heads/main' } },
  },
  {
    provider: 'github',
    what: 'the same %3A on both sides',
    expect: 'ok',
    claims: { ...SHAPES.github.claims, sub: 'repo:acme@500/bots@900:environment:a%3Ab' },
    config: { bind: { ...SHAPES.github.config.bind, sub: 'repo:acme@500/bots@900:environment:a%3Ab' } },
  },
  { provider: 'oidc', what: 'Ed25519', expect: 'ok', key: keyNamed('EdDSA sig') },
  {
    provider: 'oidc',
    what: 'a bound claim that is a list',
    expect: 'bind',
    config: { bind: { sub: 'job-7', groups: 'a' } },
  },
]

for (const c of [...PROVIDERS.flatMap(casesOf), ...SPECIAL]) {
  test(`${c.provider}: ${c.what} → ${c.expect}`, async () => {
    const shape = SHAPES[c.provider]
    const config = trustFor(shape, { jwksUri: `${issuer.url}/jwks`, ...c.config })
    bench.forgetTaken()
    bench.trust('research-bot', [config])
    // Refreshes that a case asks for are not held back by the case before it.
    bench.state.now = NOW
    const key = c.key ?? keyNamed(`${shape.alg} ${shape.keyUse}`)
    const token = c.token ?? (await sign(c.claims ?? shape.claims, key, c.header ?? shape.header))
    const result = await bench.verify(token)
    assert.match(outcome(result), new RegExp(`^(?:${c.expect})$`), JSON.stringify(result))
    assert.ok(!JSON.stringify(result).includes(token))
    if (result.kind !== 'workload') return
    assert.equal(result.agent.slug, 'research-bot')
    assert.equal(result.config, config)
    assert.equal(outcome(await bench.verify(token)), 'replay')
    assert.equal(outcome(await bench.verify(token, c.provider)), 'replay')
    assert.equal(outcome(await bench.verify(token, c.provider === 'oidc' ? 'aws' : 'oidc')), 'unknown_issuer')
  })
}

for (const provider of PROVIDERS) {
  test(`${provider}: what is told of the workload`, async () => {
    const shape = SHAPES[provider]
    bench.forgetTaken()
    bench.trust('research-bot', [trustFor(shape, { jwksUri: `${issuer.url}/jwks`, singleUse: false })])
    const token = await sign(shape.claims, keyNamed(`${shape.alg} ${shape.keyUse}`), shape.header)
    for (let i = 0; i < 2; i += 1) {
      const result = await bench.verify(token)
      assert.ok(result.kind === 'workload')
      assert.equal(result.name, shape.name)
      assert.equal(result.subject, shape.claims.sub)
      assert.equal(result.expiresAt, Number(shape.claims.exp) * 1_000)
      assert.equal(result.genericAudience, false)
    }
  })
}
