import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CAPABILITY_TYPE,
  type Capability,
  type Caveats,
  caveatClaims,
  claimsOfCapability,
  widened,
} from '../../../src/agents/capability.ts'
import { evidenceOf, readChain } from '../../../src/pdp/capabilities/chain.ts'
import { deriveCapability } from '../../../src/pdp/capabilities/derive.ts'
import { verifyCapability } from '../../../src/pdp/capabilities/offline.ts'
import { thumbprintOf } from '../../../src/pdp/tokens/dpop.ts'
import { type Attempt, patternOf, refusalOf } from '../../../src/policy/evidence.ts'
import { dpopProof, type KeyPair, keyPair, signed } from '../../support/oauth.ts'

const NOW = Math.floor(Date.now() / 1000) * 1000
const ORG = keyPair('EdDSA')
const [ANN, BEN, CAT] = [keyPair('EdDSA'), keyPair('ES256'), keyPair('EdDSA')]
const jktOf = (pair: KeyPair): string => thumbprintOf(pair.jwk) ?? ''
const holder = ({ privateKey, jwk }: KeyPair) => ({ privateKey, publicJwk: jwk })
const keyOf = (kid: string) => (kid === 'ed-1' ? { alg: 'EdDSA', key: ORG.publicKey } : null)
const patterns = (...texts: readonly string[]) => texts.flatMap(text => patternOf(text) ?? [])

const ROOT: Capability = {
  jti: 'cap_1',
  issuer: 'https://auth.test/orgs/acme/api/v1',
  org: 'acme',
  subject: { type: 'user', id: 'alice' },
  actors: [{ type: 'agent', id: 'bot' }],
  clientId: 'agt_bot',
  lineage: ['tok_1'],
  within: [],
  consents: [],
  task: null,
  issuedAt: NOW,
  actions: ['read', 'edit'],
  resources: patterns('document:*'),
  from: NOW,
  until: NOW + 300_000,
  uses: 5,
  spend: { amount: 1_000, unit: 'USD', decimals: 2 },
  audience: ['https://a.test', 'https://b.test'],
  depth: 3,
  jkt: jktOf(ANN),
}
const caveatsOf = ({ actions, resources, from, until, uses, spend, audience, depth, jkt }: Caveats): Caveats => {
  return { actions, resources, from, until, uses, spend, audience, depth, jkt }
}
const HEADER = { typ: CAPABILITY_TYPE, kid: 'ed-1' }
const issued = (more: Partial<Capability> = {}, header: object = HEADER, by = ORG): string =>
  signed(by, header, claimsOfCapability({ ...ROOT, ...more }))
const root = issued()
const forBen: Caveats = { ...caveatsOf(ROOT), depth: 2, uses: 2, resources: patterns('document:q3*'), jkt: jktOf(BEN) }
const one = deriveCapability(root, holder(ANN), forBen)
const forCat: Caveats = { ...forBen, depth: 1, uses: 1, actions: ['read'], jkt: jktOf(CAT) }
const two = deriveCapability(one, holder(BEN), forCat)
const link = (pair: KeyPair, claims: object, header: object = {}): string =>
  signed(pair, { typ: CAPABILITY_TYPE, jwk: pair.jwk, ...header }, claims)
const markOf = (text: string): string =>
  createHash('sha256')
    .update((text.split('~').at(-1) ?? '').split('.').slice(0, 2).join('.'))
    .digest('base64url')
const whyOf = (text: string): string | null => {
  const read = readChain(text, keyOf)
  return read.kind === 'bad' ? read.why : null
}

test('a chain of three is proved, and each link counts', () => {
  const read = readChain(two, keyOf)
  assert.ok(read.kind === 'chain')
  assert.equal(read.links.length, 3)
  assert.equal(new Set([read.root.jti, ...read.derived]).size, 3)
  assert.equal(read.id, read.derived[1])
  assert.deepEqual(read.leaf.actions, ['read'])
})

test('the same link signed anew has the same id: an ES256 signature can be made in many ways', () => {
  const again = deriveCapability(one, holder(BEN), forCat)
  const [a, b] = [readChain(two, keyOf), readChain(again, keyOf)]
  assert.ok(a.kind === 'chain' && b.kind === 'chain')
  assert.notEqual(two, again)
  assert.equal(a.id, b.id)
})

const claims = (caveats: Caveats, parent = root) => ({ parent: markOf(parent), ...caveatClaims(caveats) })
const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const [rootHead = '', rootBody = '', rootSignature = ''] = root.split('.')
const hmac = generateKeyPairSync('ed25519')

/** What somebody may try, and why it is not taken. */
const HOSTILE: readonly (readonly [name: string, text: string, why: RegExp])[] = [
  ['nothing', '', /no capability/],
  ['no token', 'abc', /no capability/],
  ['an access token', issued({}, { typ: 'at+jwt', kid: 'ed-1' }), /no capability/],
  ['no type', issued({}, { kid: 'ed-1' }), /no capability/],
  ['another key', issued({}, HEADER, ANN), /did not sign/],
  ['an unknown key', issued({}, { ...HEADER, kid: 'ed-2' }), /did not sign/],
  ['no key', issued({}, { typ: CAPABILITY_TYPE }), /did not sign/],
  ['its own key in the header', issued({}, { ...HEADER, kid: 'x', jwk: ANN.jwk }, ANN), /did not sign/],
  ['alg none', `${b64({ ...HEADER, alg: 'none' })}.${rootBody}.`, /did not sign/],
  ['alg none with a signature', `${b64({ ...HEADER, alg: 'none' })}.${rootBody}.${rootSignature}`, /did not sign/],
  ['another alg', `${b64({ ...HEADER, alg: 'HS256' })}.${rootBody}.${rootSignature}`, /did not sign/],
  ['a critical header', issued({}, { ...HEADER, crit: ['x'] }), /no capability/],
  [
    'another body',
    `${rootHead}.${b64({ ...claimsOfCapability(ROOT), jti: 'cap_2' })}.${rootSignature}`,
    /did not sign/,
  ],
  ['no uses left in it', signed(ORG, HEADER, { ...claimsOfCapability(ROOT), cap: { actions: [] } }), /no capability/],
  ['a link without a parent', `${root}~${link(ANN, caveatClaims(forBen))}`, /no capability/],
  ['a link of another parent', `${root}~${link(ANN, claims(forBen, one))}`, /belongs to another/],
  ['the links swapped', `${root}~${two.split('~')[2]}~${two.split('~')[1]}`, /belongs to another/],
  ['a link cut out', `${root}~${two.split('~')[2]}`, /belongs to another/],
  ['the root cut off', two.split('~').slice(1).join('~'), /did not sign/],
  ['links of another root', `${issued({ jti: 'cap_9' })}~${two.split('~').slice(1).join('~')}`, /belongs to another/],
  ['a link by a stranger', `${root}~${link(CAT, claims(forBen))}`, /not signed by the key/],
  [
    'a link by a stranger who names the key',
    `${root}~${link(CAT, claims(forBen), { jwk: ANN.jwk })}`,
    /not signed by the key/,
  ],
  ['a link without a key', `${root}~${link(ANN, claims(forBen), { jwk: null })}`, /not signed by the key/],
  [
    'a link with a private key',
    `${root}~${link(ANN, claims(forBen), { jwk: { ...ANN.jwk, d: hmac.privateKey.export({ format: 'jwk' }).d } })}`,
    /not signed by the key/,
  ],
  [
    'a link with alg none',
    `${root}~${b64({ typ: CAPABILITY_TYPE, alg: 'none', jwk: ANN.jwk })}.${b64(claims(forBen))}.`,
    /not signed/,
  ],
  [
    'a link below one that is bound to nothing',
    `${issued({ jkt: null })}~${link(ANN, claims(forBen, issued({ jkt: null })))}`,
    /not signed by the key/,
  ],
  ['more links than there may be', `${two}${'~x'.repeat(10)}`, /more than 9 links/],
  ['more than there may be', `${root}${'x'.repeat(20_000)}`, /longer than/],
  ['an empty link', `${root}~`, /no capability/],
]

for (const [name, text, why] of HOSTILE) {
  test(`not taken: ${name}`, () => assert.match(whyOf(text) ?? 'taken', why))
}

/** Each dimension a link could be wider in. */
const WIDER: Readonly<Record<string, Partial<Caveats>>> = {
  actions: { actions: ['read', 'delete'] },
  resources: { resources: patterns('document:*') },
  type: { resources: patterns('folder:1') },
  begin: { from: NOW - 1_000 },
  end: { until: ROOT.until + 1_000 },
  uses: { uses: 3 },
  'any uses': { uses: null },
  spend: { spend: { amount: 1_001, unit: 'USD', decimals: 2 } },
  unit: { spend: { amount: 1, unit: 'EUR', decimals: 2 } },
  'any spend': { spend: null },
  audience: { audience: ['https://c.test'] },
  depth: { depth: 2 },
  key: { jkt: null },
}

for (const [name, more] of Object.entries(WIDER)) {
  test(`not taken: a link wider in ${name}`, () => {
    const text = deriveCapability(one, holder(BEN), { ...forBen, depth: 1, jkt: jktOf(CAT), ...more })
    assert.match(whyOf(text) ?? 'taken', /wider than the one before/)
  })
}

test('any bit of a chain that is changed spoils it, but for what of a signature says nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: two.length - 1 }), fc.constantFrom('A', 'B', '_', '.', '~', ''), (at, to) => {
      const text = two.slice(0, at) + to + two.slice(at + 1)
      if (text !== two) assert.notEqual(whyOf(text), null)
    }),
    { seed: 6, numRuns: 1_500 },
  )
})

const often = <T>(value: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
const BOT = { type: 'agent', id: 'bot' }
const attempt: fc.Arbitrary<Attempt> = fc.record({
  subject: often(ROOT.subject, { type: 'user', id: 'bob' }),
  actors: often([BOT], [], [BOT, { type: 'agent', id: 'x' }]),
  action: fc.constantFrom('read', 'edit', 'delete'),
  resource: fc.record({ type: often('document', 'folder'), id: fc.constantFrom(null, '1', 'q3', 'q3-plan') }),
  context: often(
    { cost: { amount: 5, unit: 'USD', decimals: 2 } },
    {},
    { cost: { amount: 5, unit: 'EUR', decimals: 2 } },
  ),
  at: often(NOW + 100_000, NOW - 1, NOW, NOW + 299_999, NOW + 300_000),
})
const narrower = fc.record(
  {
    actions: fc.constantFrom(['read'], ['read', 'edit'], ['edit', 'delete']),
    resources: fc.constantFrom(
      patterns('document:*'),
      patterns('document:q3'),
      patterns('document:q*'),
      patterns('folder:1'),
    ),
    until: fc.constantFrom(NOW + 200_000, NOW + 300_000, NOW + 400_000),
    uses: fc.constantFrom(1, 3, 5, null),
    depth: fc.constantFrom(0, 1, 2, 3),
  },
  { requiredKeys: [] },
)

test('whatever a holder derives, what it is good for its parent is good for', () => {
  let good = 0
  fc.assert(
    fc.property(
      fc.array(narrower, { minLength: 1, maxLength: 2 }),
      fc.array(attempt, { minLength: 10, maxLength: 20 }),
      (chain, attempts) => {
        const keys = [ANN, BEN, CAT]
        let text = root
        for (const [i, more] of chain.entries()) {
          const [own, next] = [keys[i] ?? ANN, keys[i + 1] ?? CAT]
          const before = readChain(text, keyOf)
          if (before.kind === 'bad') return
          const caveats: Caveats = {
            ...caveatsOf(before.leaf),
            depth: before.leaf.depth - 1,
            ...more,
            jkt: jktOf(next),
          }
          const child = deriveCapability(text, holder(own), caveats)
          const read = readChain(child, keyOf)
          assert.equal(read.kind === 'bad', widened(caveats, before.leaf) !== null)
          if (read.kind === 'bad') return
          for (const request of attempts) {
            if (refusalOf(evidenceOf(read), request) !== null) continue
            good += 1
            assert.equal(refusalOf(evidenceOf(before), request), null)
          }
          text = child
        }
      },
    ),
    { seed: 6, numRuns: 400 },
  )
  assert.ok(good > 50, `only ${good} were good for anything`)
})

test('a resource server verifies one by itself', () => {
  const jwks = { keys: [{ ...ORG.jwk, kid: 'ed-1', alg: 'EdDSA', use: 'sig' }] }
  const url = 'https://a.test/documents/q3'
  const jwt = dpopProof(CAT, 'GET', url, two)
  const setting = {
    issuer: ROOT.issuer,
    jwks,
    audience: 'https://a.test',
    now: NOW + 1_000,
    proof: { jwt, method: 'GET', url },
  }
  const found = verifyCapability(two, setting)
  assert.ok(found.ok, JSON.stringify(found))
  assert.equal(found.counted, true)
  const at = NOW + 1_000
  const cost = { cost: { amount: 1, unit: 'USD', decimals: 2 } }
  assert.equal(found.refusal({ action: 'read', resource: { type: 'document', id: 'q3' }, at, context: cost }), null)
  assert.match(found.refusal({ action: 'read', resource: { type: 'document', id: 'q3' }, at }) ?? '', /cost/)
  assert.match(
    found.refusal({ action: 'edit', resource: { type: 'document', id: 'q3' }, at, context: cost }) ?? '',
    /not for `edit`/,
  )
  assert.match(
    found.refusal({ action: 'read', resource: { type: 'document', id: '1' }, at, context: cost }) ?? '',
    /not for/,
  )
  const why = (more: Partial<Parameters<typeof verifyCapability>[1]>) => {
    const read = verifyCapability(two, { ...setting, ...more })
    return read.ok ? 'taken' : read.why
  }
  assert.match(why({ audience: 'https://c.test' }), /another audience/)
  assert.match(why({ issuer: 'https://auth.test/orgs/other/api/v1' }), /another issuer/)
  assert.match(why({ now: NOW + 300_000 }), /ended/)
  assert.match(why({ now: NOW - 1_000 }), /not valid yet/)
  assert.match(why({ jwks: { keys: [] } }), /did not sign/)
  assert.match(why({ jwks: { keys: [{ ...ANN.jwk, kid: 'ed-1', alg: 'EdDSA' }] } }), /did not sign/)
  const bare = verifyCapability(two, { issuer: ROOT.issuer, jwks, audience: 'https://a.test', now: NOW + 1_000 })
  assert.ok(!bare.ok && /a proof of it is needed/.test(bare.why))
  assert.match(why({ proof: { jwt: dpopProof(BEN, 'GET', url, two), method: 'GET', url } }), /another key/)
  assert.match(why({ proof: { jwt, method: 'POST', url } }), /another method/)
  assert.match(why({ proof: { jwt: dpopProof(CAT, 'GET', url, one), method: 'GET', url } }), /another access token/)
})

test('what was signed is what counts, whatever signs it', () => {
  const text = signed(ORG, HEADER, claimsOfCapability(ROOT))
  const forged = `${text.split('.').slice(0, 2).join('.')}.${sign(null, Buffer.from('x'), ANN.privateKey).toString('base64url')}`
  assert.match(whyOf(forged) ?? '', /did not sign/)
})
