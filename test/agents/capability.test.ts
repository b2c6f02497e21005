import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  allowanceOf,
  type Capability,
  type Caveats,
  capabilityOf,
  caveatClaims,
  claimsOfCapability,
  derivedOf,
  widened,
} from '../../src/agents/capability.ts'
import { type Attempt, beyond, type Pattern, patternOf, printAmount, printPattern } from '../../src/policy/evidence.ts'
import type { JsonObject } from '../../src/policy/json.ts'

const DAY = Date.UTC(2026, 2, 4)
const JKT = 'a'.repeat(43)
const pattern = (text: string): Pattern => patternOf(text) ?? { type: '', id: '', many: false }

const PARENT: Caveats = {
  actions: ['read', 'edit'],
  resources: [pattern('document:q3/*'), pattern('folder:1')],
  from: DAY,
  until: DAY + 60_000,
  uses: 5,
  spend: { amount: 1_000, unit: 'USD', decimals: 2 },
  audience: ['https://a.test', 'https://b.test'],
  depth: 2,
  jkt: JKT,
}
const CHILD: Caveats = { ...PARENT, depth: 1 }

/** What is otherwise in a child, and whether it is wider for it. */
const CASES: readonly (readonly [string, Partial<Caveats>, RegExp | null])[] = [
  ['the same with less depth', {}, null],
  ['one action', { actions: ['read'] }, null],
  ['another action', { actions: ['read', 'delete'] }, /not for `delete`/],
  ['a resource within a pattern', { resources: [pattern('document:q3/plan')] }, null],
  ['a narrower pattern', { resources: [pattern('document:q3/a*')] }, null],
  ['a wider pattern', { resources: [pattern('document:q*')] }, /not for `document:q\*`/],
  ['a pattern of one resource', { resources: [pattern('folder:1*')] }, /not for/],
  ['another type', { resources: [pattern('folder:2')] }, /not for/],
  ['earlier', { from: DAY - 1_000 }, /begins before/],
  ['later', { from: DAY + 1_000 }, null],
  ['longer', { until: DAY + 61_000 }, /ends after/],
  ['shorter', { until: DAY + 1_000 }, null],
  ['more uses', { uses: 6 }, /more uses/],
  ['any number of uses', { uses: null }, /more uses/],
  ['fewer uses', { uses: 1 }, null],
  ['more money', { spend: { amount: 1_001, unit: 'USD', decimals: 2 } }, /spend more/],
  ['as much in other parts', { spend: { amount: 10, unit: 'USD', decimals: 0 } }, null],
  ['a little more in other parts', { spend: { amount: 10_000_001, unit: 'USD', decimals: 6 } }, /spend more/],
  ['another unit', { spend: { amount: 1, unit: 'EUR', decimals: 2 } }, /spend more/],
  ['any money', { spend: null }, /spend more/],
  ['one audience', { audience: ['https://b.test'] }, null],
  ['another audience', { audience: ['https://c.test'] }, /audience/],
  ['as deep', { depth: 2 }, /more often/],
  ['bound to nothing', { jkt: null }, /bound to a key/],
  ['bound to another key', { jkt: 'b'.repeat(43) }, null],
]

for (const [name, more, expected] of CASES) {
  test(`a child: ${name}`, () => {
    const found = widened({ ...CHILD, ...more }, PARENT)
    if (expected === null) assert.equal(found, null)
    else assert.match(found ?? '', expected)
  })
}

test('where nothing more may be handed on, nothing is', () => {
  assert.match(widened({ ...CHILD, depth: 0 }, { ...PARENT, depth: 0 }) ?? '', /handed on/)
})

test('patterns and amounts as they are written', () => {
  for (const text of ['document:1', 'document:*', 'document:q3/*', 'tool:a:b', 'x:a*b']) {
    assert.equal(printPattern(pattern(text)), text)
  }
  assert.equal(patternOf('document'), null)
  assert.equal(printAmount({ amount: 5, unit: 'USD', decimals: 2 }), '0.05 USD')
  assert.equal(printAmount({ amount: 1999, unit: 'USD', decimals: 2 }), '19.99 USD')
  assert.equal(printAmount({ amount: 7, unit: 'tokens', decimals: 0 }), '7 tokens')
})

const ids = ['', '1', 'q', 'q3', 'q3/', 'q3/plan', 'q3/plan-b']
const aim = fc
  .tuple(fc.constantFrom('document', 'folder'), fc.constantFrom(...ids), fc.boolean())
  .map(([type, id, many]): Pattern => ({ type, id: many || id !== '' ? id : '1', many }))
const some = <T>(of: readonly T[]) => fc.subarray([...of], { minLength: 1 })
const amount = fc
  .tuple(fc.integer({ min: 0, max: 2_000 }), fc.constantFrom('USD', 'EUR'), fc.integer({ min: 0, max: 3 }))
  .map(([whole, unit, decimals]) => ({ amount: whole, unit, decimals }))
const second = fc.integer({ min: -5, max: 70 }).map(s => DAY + s * 1_000)
const caveats: fc.Arbitrary<Caveats> = fc.record({
  actions: some(['read', 'edit', 'delete']),
  resources: fc.array(aim, { minLength: 1, maxLength: 3 }),
  from: second,
  until: second,
  uses: fc.option(fc.integer({ min: 1, max: 6 }), { nil: null }),
  spend: fc.option(amount, { nil: null }),
  audience: some(['https://a.test', 'https://b.test', 'https://c.test']),
  depth: fc.integer({ min: 0, max: 3 }),
  jkt: fc.constantFrom(null, JKT, 'b'.repeat(43)),
})

/** Less of a capability than there is, in some dimensions. */
const within = (parent: Caveats): fc.Arbitrary<Caveats> =>
  fc
    .record({
      actions: some(parent.actions),
      resources: fc.array(
        fc
          .tuple(fc.constantFrom(...parent.resources), fc.constantFrom('', 'a', '/plan'), fc.boolean())
          .map(
            ([one, more, many]): Pattern =>
              one.many ? { ...one, id: one.id + more, many: many || one.id + more === '' } : one,
          ),
        { minLength: 1, maxLength: 3 },
      ),
      later: fc.integer({ min: 0, max: 10 }),
      sooner: fc.integer({ min: 0, max: 10 }),
      less: fc.integer({ min: 0, max: 3 }),
      audience: some(parent.audience),
    })
    .map(({ actions, resources, later, sooner, less, audience }) => ({
      ...parent,
      actions,
      resources,
      audience,
      from: parent.from + later * 1_000,
      until: parent.until - sooner * 1_000,
      uses: parent.uses === null ? null : Math.max(1, parent.uses - less),
      spend: parent.spend === null ? null : { ...parent.spend, amount: Math.max(0, parent.spend.amount - less) },
      depth: Math.max(0, parent.depth - 1),
      jkt: JKT,
    }))
const attempt: fc.Arbitrary<Attempt> = fc.record({
  subject: fc.constant({ type: 'agent', id: 'bot' }),
  actors: fc.constant([]),
  action: fc.constantFrom('read', 'edit', 'delete', 'own'),
  resource: fc.record({
    type: fc.constantFrom('document', 'folder', 'org'),
    id: fc.constantFrom(null, ...ids.slice(1)),
  }),
  context: fc.option(amount, { nil: null }).map((cost): JsonObject => (cost === null ? {} : { cost: { ...cost } })),
  at: second,
})

/** Requests that a capability is likely to cover. */
const meant = (one: Caveats): fc.Arbitrary<Attempt> =>
  fc
    .record({
      any: attempt,
      action: fc.constantFrom(...one.actions),
      aimed: fc.constantFrom(...one.resources),
      more: fc.constantFrom('', 'a', '/plan-b'),
      at: fc.integer({ min: 0, max: Math.max(0, (one.until - one.from) / 1_000) }),
    })
    .map(({ any, action, aimed, more, at }) => {
      const cost = one.spend === null ? any.context : { cost: { ...one.spend } }
      const id = aimed.many ? aimed.id + more || null : aimed.id
      return { ...any, action, resource: { type: aimed.type, id }, context: cost, at: one.from + at * 1_000 }
    })

test('what a child covers, its parent covers', () => {
  let covered = 0
  const pair = fc.oneof(
    fc.tuple(caveats, caveats),
    caveats.chain(parent => within(parent).map(child => [parent, child] as const)),
  )
  fc.assert(
    fc.property(
      pair.chain(([parent, child]) =>
        fc.tuple(fc.constant(parent), fc.constant(child), fc.array(fc.oneof(attempt, meant(child)), { maxLength: 12 })),
      ),
      ([parent, child, attempts]) => {
        if (widened(child, parent) !== null) return
        for (const one of attempts) {
          if (beyond(allowanceOf('c', child), one) !== null) continue
          covered += 1
          assert.equal(beyond(allowanceOf('p', parent), one), null)
        }
      },
    ),
    { seed: 6, numRuns: 4_000 },
  )
  assert.ok(covered > 300, `only ${covered} were covered at all`)
})

test('a child of a child is no wider than the first', () => {
  fc.assert(
    fc.property(
      caveats
        .map(one => ({ ...one, depth: 3 }))
        .chain(a => within(a).chain(b => within(b).map(c => [a, b, c] as const))),
      ([a, b, c]) => {
        if (widened(b, a) === null && widened(c, b) === null) assert.equal(widened(c, a), null)
      },
    ),
    { seed: 6, numRuns: 2_000 },
  )
})

test('claims are read back as they were written', () => {
  const whole = caveats.map(
    (one): Capability => ({
      ...one,
      jti: 'cap_1',
      issuer: 'https://x.test/orgs/acme/api/v1',
      org: 'acme',
      subject: { type: 'user', id: 'alice' },
      actors: [{ type: 'agent', id: 'bot' }],
      clientId: 'agt_bot',
      lineage: ['tok_1'],
      within: [allowanceOf('cap_0', PARENT)],
      consents: ['con_1'],
      task: null,
      issuedAt: DAY,
    }),
  )
  fc.assert(
    fc.property(whole, one => {
      if (one.from < 0 || one.until < 0) return
      assert.deepEqual(capabilityOf(JSON.parse(JSON.stringify(claimsOfCapability(one)))), one)
      const { actions, resources, from, until, uses, spend, audience, depth, jkt } = one
      const own = { actions, resources, from, until, uses, spend, audience, depth, jkt }
      assert.deepEqual(derivedOf(JSON.parse(JSON.stringify({ parent: JKT, ...caveatClaims(own) }))), {
        ...own,
        parent: JKT,
      })
    }),
    { seed: 6, numRuns: 500 },
  )
})

test('claims that are otherwise are none', () => {
  const good = claimsOfCapability({
    ...PARENT,
    jti: 'cap_1',
    issuer: 'i',
    org: 'acme',
    subject: { type: 'agent', id: 'bot' },
    actors: [],
    clientId: 'c',
    lineage: [],
    within: [],
    consents: [],
    task: null,
    issuedAt: DAY,
  })
  assert.ok(capabilityOf(good) !== null)
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (name, value) => {
      const read = capabilityOf({ ...good, [name]: value as never })
      if (read === null) return
      assert.equal(typeof read.jti, 'string')
      assert.ok(read.actions.length > 0 && read.resources.length > 0 && read.audience.length > 0)
      assert.ok(read.uses === null || read.uses >= 1)
      assert.ok(Number.isSafeInteger(read.until) && Number.isSafeInteger(read.from))
    }),
    { seed: 6, numRuns: 2_000 },
  )
})
