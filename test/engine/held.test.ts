import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allowanceOf, type Caveats, widened } from '../../src/agents/capability.ts'
import { withEvidence } from '../../src/engine/held.ts'
import type { Standing } from '../../src/policy/charge.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import { type Allowance, type Evidence, patternOf } from '../../src/policy/evidence.ts'
import type { Request } from '../../src/policy/request.ts'

const AT = Date.UTC(2026, 2, 4)
const BOT = { type: 'agent', id: 'bot' }
const patterns = (...texts: readonly string[]) => texts.flatMap(text => patternOf(text) ?? [])

const verdict = fc.constantFrom('allow', 'deny', 'escalate').map(
  (effect): Verdict => ({
    effect: effect as Verdict['effect'],
    reasons: [],
    obligations: [],
    missing: [],
    validUntil: null,
  }),
)
const caveats: fc.Arbitrary<Caveats> = fc.record({
  actions: fc.constantFrom(['read'], ['read', 'edit'], ['edit']),
  resources: fc.constantFrom(patterns('document:*'), patterns('document:1'), patterns('document:1', 'folder:*')),
  from: fc.constant(AT),
  until: fc.constantFrom(AT + 60_000, AT + 120_000),
  uses: fc.constantFrom(null, 1, 2, 5),
  spend: fc.constantFrom(null, { amount: 5, unit: 'USD', decimals: 0 }, { amount: 300, unit: 'USD', decimals: 2 }),
  audience: fc.constant(['https://a.test']),
  depth: fc.constantFrom(0, 1, 2, 3),
  jkt: fc.constant('a'.repeat(43)),
})
const request: fc.Arbitrary<Request> = fc.record({
  org: fc.constant('acme'),
  subject: fc.constant(BOT),
  actors: fc.constantFrom([], [{ type: 'agent', id: 'x' }]),
  action: fc.constantFrom('read', 'edit', 'delete'),
  resource: fc.record({ type: fc.constantFrom('document', 'folder'), id: fc.constantFrom(null, '1', '2') }),
  context: fc.constantFrom(
    {},
    { cost: { amount: 2, unit: 'USD' } },
    { cost: { amount: 150, unit: 'USD', decimals: 2 } },
  ),
  at: fc.constantFrom(AT, AT + 59_999, AT + 60_000, AT + 200_000),
})
const evidence = (links: readonly Allowance[]): Evidence => ({
  kind: 'held',
  id: links.at(-1)?.id ?? '',
  subject: BOT,
  actors: [],
  task: null,
  links,
})
/** What each meter stands at, the same for whoever asks; now and then it is not known. */
const meters = fc.func(fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 8 }))

test('what a derived capability is allowed, its parent is allowed, whatever the rules and the meters say', () => {
  let allowed = 0
  const line = fc.array(caveats, { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(
      line,
      fc.array(request, { minLength: 5, maxLength: 15 }),
      verdict,
      meters,
      (all, requests, rules, at) => {
        const links = all.map((one, i) => allowanceOf(`cap_${i}`, one))
        const narrowed = all.findIndex((one, i) => i > 0 && widened(one, all[i - 1] ?? one) !== null)
        const whole = narrowed < 0 ? links : links.slice(0, narrowed)
        const stands = ({ counter }: { readonly counter: string }): Standing | undefined => {
          const used = at(counter)
          return used === undefined ? undefined : { used, reserved: 0 }
        }
        for (const one of requests) {
          const effects = whole.map((_, i) => {
            return withEvidence(rules, { ...one, evidence: evidence(whole.slice(0, i + 1)) }, stands).effect
          })
          for (const [i, effect] of effects.entries()) {
            if (effect !== 'allow') continue
            allowed += 1
            assert.equal(rules.effect, 'allow')
            assert.ok(effects.slice(0, i).every(before => before === 'allow'))
          }
        }
      },
    ),
    { seed: 6, numRuns: 4_000 },
  )
  assert.ok(allowed > 500, `only ${allowed} were allowed`)
})

test('it takes a use and the cost of every link, and nothing where nobody counts', () => {
  const [rules, one] = [
    { effect: 'allow', reasons: [], obligations: [], missing: [], validUntil: null } as Verdict,
    { org: 'acme', subject: BOT, actors: [], action: 'read', resource: { type: 'document', id: '1' }, at: AT } as const,
  ]
  const base = { actions: ['read'], resources: patterns('document:*'), from: AT, until: AT + 60_000 }
  const links: readonly Allowance[] = [
    { ...base, id: 'a', uses: 3, spend: { amount: 500, unit: 'USD', decimals: 2 } },
    { ...base, id: 'b', uses: 1, spend: null, until: AT + 30_000 },
  ]
  const asked = { ...one, context: { cost: { amount: 1, unit: 'USD' } }, evidence: evidence(links) }
  const free = () => ({ used: 0, reserved: 0 })
  const { effect, charges, validUntil } = withEvidence(rules, asked, free)
  assert.equal(effect, 'allow')
  assert.equal(validUntil, AT + 30_000)
  assert.deepEqual(
    charges?.map(({ counter, amount, cap }) => [counter, amount, cap]),
    [
      ['capability a', 1, 3],
      ['capability a spend', 100, 500],
      ['capability b', 1, 1],
    ],
  )
  assert.equal(withEvidence(rules, asked).effect, 'deny')
  assert.equal(withEvidence(rules, asked, () => ({ used: 1, reserved: 0 })).effect, 'deny')
  assert.equal(
    withEvidence(rules, { ...asked, evidence: { kind: 'refused', why: 'it was revoked' } }, free).effect,
    'deny',
  )
  assert.equal(withEvidence(rules, { ...asked, evidence: evidence([]) }, free).effect, 'deny')
})
