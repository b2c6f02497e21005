import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bindingOf, claimAt, ruleHolds } from '../../../src/agents/claims.ts'
import { type ClaimRule, PROVIDERS, type Provider } from '../../../src/agents/trust.ts'
import type { JsonObject } from '../../../src/policy/json.ts'
import { workbench } from '../../support/workload/bench.ts'
import { type IssuerKey, makeKey, sign } from '../../support/workload/keys.ts'
import { changed, NOW, SHAPES, trustFor, US } from '../../support/workload/shapes.ts'

const keys = new Map<Provider, IssuerKey>()
for (const provider of PROVIDERS) {
  const { alg, keyUse } = SHAPES[provider]
  keys.set(provider, await makeKey(alg, provider, { use: keyUse }))
}
const bench = workbench([])

/** Paths somebody may break, of every kind: bound ones, those rules ask for, times, audience. */
const pathsOf = (provider: Provider): readonly (readonly string[])[] => [
  ...Object.keys(SHAPES[provider].config.bind).flatMap(name => bindingOf(provider, name)?.paths ?? []),
  ['sub'],
  ['aud'],
  ['exp'],
  ['iat'],
  ['event_name'],
  ['email'],
  ['google'],
  ['idtyp'],
  ['kubernetes.io', 'namespace'],
]

const value = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'another', US, [US], true, 0, [], {}),
  fc.constantFrom(NOW / 1_000 + 30, NOW / 1_000 - 30, NOW / 1_000 + 1e6, NOW / 1_000 - 1e6),
)

const rule: fc.Arbitrary<ClaimRule> = fc.record({
  claim: fc.constantFrom(
    ['sub'],
    ['event_name'],
    ['kubernetes.io', 'namespace'],
    ['nowhere'],
    ['aud'],
    ['constructor'],
  ),
  operator: fc.constantFrom('equals', 'not_equals', 'in', 'not_in', 'exists', 'not_exists', 'starts_with'),
  value: fc.constantFrom('push', 'prod', 'job-7', ['push', 'prod', 'job-7'], [], null, 'system:', ''),
})

const scene = fc.constantFrom(...PROVIDERS).chain(provider =>
  fc.record({
    provider: fc.constant(provider),
    changes: fc.array(fc.tuple(fc.constantFrom(...pathsOf(provider)), value), { maxLength: 2 }),
    rules: fc.array(rule, { maxLength: 2 }),
  }),
)

test('what is accepted says of itself exactly what is bound, and satisfies every rule', async () => {
  let accepted = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(scene, async ({ provider, changes, rules }) => {
      const shape = SHAPES[provider]
      const key = keys.get(provider)
      assert.ok(key !== undefined)
      const config = trustFor(shape, { jwks: { keys: [key.jwk] } as unknown as JsonObject, rules, singleUse: false })
      bench.trust('research-bot', [config])
      const claims = changes.reduce(
        (c, [path, v]) => (isIn(c, path) ? changed(c, path, v) : c),
        shape.claims,
      ) as JsonObject
      const result = await bench.verify(await sign(claims, key, shape.header))
      if (result.kind === 'refused') {
        refused += 1
        return
      }
      accepted += 1
      for (const [name, expected] of Object.entries(config.bind)) {
        const found = bindingOf(provider, name)
          ?.paths.map(path => claimAt(claims, path))
          .find(v => v !== undefined)
        assert.equal(String(found).toLowerCase(), String(expected).toLowerCase(), name)
      }
      for (const one of rules) assert.ok(ruleHolds(one, claims))
      const { aud, exp, iat = exp } = claims as { aud: unknown; exp: number; iat?: number }
      assert.deepEqual([aud].flat(), [US])
      assert.ok(exp + 60 > NOW / 1_000 && iat <= exp && exp - iat <= 3_600)
      assert.equal(result.agent.slug, 'research-bot')
    }),
    { seed: 20260304, numRuns: 1_500 },
  )
  assert.ok(accepted > 100 && refused > 100, `${accepted} accepted, ${refused} refused`)
})

const isIn = (claims: unknown, path: readonly string[]): boolean =>
  path.length < 2 ||
  (typeof claims === 'object' && claims !== null && typeof Reflect.get(claims, path[0] ?? '') === 'object')

test('any bytes are refused and never throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .tuple(fc.json(), fc.json())
          .map(([a, b]) => [a, b, 'x'].map(t => Buffer.from(t).toString('base64url')).join('.')),
        fc.webUrl().map(u => `k8s-aws-v1.${Buffer.from(u).toString('base64url')}`),
      ),
      async token => {
        assert.equal((await bench.verify(token)).kind, 'refused')
      },
    ),
    { seed: 7, numRuns: 1_000 },
  )
})
