import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileBase, compilePolicies, createRuleMemo, type SourceRule } from '../../src/engine/compile.ts'
import { decide } from '../../src/engine/decide.ts'
import { compileText } from '../../src/language/compile.ts'
import type { Facts } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { testVocabulary } from '../language/vocabulary.ts'

const TEXT = [
  'Users can view documents on weekdays.',
  'Only user:ann can view documents.',
  'Users can view documents if the request\'s channel is "mobile".',
  'Nobody can view documents from 10.0.0.0/8.',
  'User:bob cannot view documents.',
  'Users can view documents whose region is "EU".',
  'Users whose level2 is "high" can view documents.',
].join('\n')

const compiled = compileText(TEXT, testVocabulary())
const RULES: readonly SourceRule[] = compiled.rules.map(({ id, text, rule }) => ({ id, text, rule }))

const attributes: Facts = {
  answer: question =>
    question.kind === 'attribute' && question.name === 'region'
      ? { kind: 'value', value: 'EU' }
      : question.kind === 'relation'
        ? { kind: 'truth', truth: 'no' }
        : { kind: 'absent' },
}

const request: fc.Arbitrary<Request> = fc.record({
  org: fc.constant('org'),
  subject: fc.constantFrom('ann', 'bob', 'cy').map(id => ({ type: 'user', id })),
  actors: fc.constant([]),
  action: fc.constant('view'),
  resource: fc.constantFrom('1', null).map(id => ({ type: 'document', id })),
  context: fc.constantFrom<Request['context']>({}, { channel: 'mobile' }, { ip: '10.1.1.1' }, { ip: '192.0.2.1' }),
  at: fc.constantFrom('2026-03-04T10:00Z', '2026-03-07T10:00Z').map(t => Date.parse(t)),
})

const order = fc.shuffledSubarray([...RULES, ...RULES.slice(0, 2)])
const zone = fc.constantFrom('UTC', 'Asia/Tokyo')

test('a set made of rules that were compiled before decides as one made anew', () => {
  assert.equal(compiled.diagnostics.filter(d => d.severity === 'error').length, 0)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(order, zone), { minLength: 1, maxLength: 6 }),
      fc.array(request),
      (sets, requests) => {
        const memo = createRuleMemo()
        for (const [rules, at] of sets) {
          const options = { org: 'org', zone: at, version: 1 }
          const reused = compilePolicies(rules, options, memo)
          const anew = compilePolicies(rules, options)
          assert.deepEqual(
            reused.rules.map(r => [r.order, r.id, r.text, r.effect]),
            anew.rules.map(r => [r.order, r.id, r.text, r.effect]),
          )
          for (const one of requests) assert.deepEqual(decide(reused, one, attributes), decide(anew, one, attributes))
        }
      },
    ),
    { numRuns: 200 },
  )
})

const BASE = RULES.slice(0, 4)

test('a set that begins with rules compiled for many decides as one made anew', () => {
  const base = compileBase(BASE, 'UTC')
  const slots = base.slots.size
  fc.assert(
    fc.property(
      fc.array(fc.tuple(order, zone, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.array(request),
      (sets, requests) => {
        const memo = createRuleMemo(base)
        for (const [own, at, whole] of sets) {
          const rules = whole ? [...BASE, ...own] : own
          const options = { org: 'org', zone: at, version: 1 }
          const layered = compilePolicies(rules, options, memo)
          const anew = compilePolicies(rules, options)
          const begins = BASE.every((one, i) => one === rules[i])
          assert.equal(layered.index.layers.length, begins && at === 'UTC' ? 2 : 1)
          assert.deepEqual(
            layered.rules.map(r => [r.order, r.id, r.text, r.effect]),
            anew.rules.map(r => [r.order, r.id, r.text, r.effect]),
          )
          for (const one of requests) assert.deepEqual(decide(layered, one, attributes), decide(anew, one, attributes))
        }
      },
    ),
    { numRuns: 200 },
  )
  assert.equal(base.slots.size, slots, 'what many share was added to')
})
