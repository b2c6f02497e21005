import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sentencesIn } from '../../../src/language/translate.ts'
import { ANSWER_SCHEMA, BOUNDS } from '../../../src/language/translator/answer.ts'
import { readAnswer, shown } from '../../../src/language/translator/read.ts'

const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u

/** Values shaped somewhat like an answer, so that readers get beyond the first member. */
const almost = fc.record(
  {
    sentences: fc.oneof(
      fc.constant([{ from: 1, rules: [] }]),
      fc.string({ unit: 'binary' }).map(cannot => [{ from: 1, rules: ['x'], definitions: [], cannot }]),
      fc.jsonValue(),
      fc.array(
        fc.record(
          {
            from: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.jsonValue()),
            rules: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.jsonValue()),
            definitions: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
            cannot: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 4 },
      ),
    ),
    examples: fc.oneof(fc.constant([]), fc.jsonValue()),
  },
  { requiredKeys: [] },
)

test('any reply is an answer within its bounds, or wrong in one line', () => {
  const reply = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    almost.map(value => JSON.stringify(value)),
  )
  let taken = 0
  fc.assert(
    fc.property(reply, fc.integer({ min: 1, max: 3 }), (text, count) => {
      const answer = readAnswer(text, count)
      if ('wrong' in answer) {
        assert.doesNotMatch(answer.wrong, /\n/)
        return
      }
      taken += 1
      assert.deepEqual(
        answer.sentences.map(s => s.from),
        Array.from({ length: count }, (_, i) => i + 1),
      )
      for (const { rules, definitions, cannot } of answer.sentences) {
        for (const line of [...rules, ...definitions, cannot ?? '']) assert.doesNotMatch(line, UNSEEN)
        assert.ok((cannot ?? '').length <= BOUNDS.cannot)
      }
    }),
    { numRuns: 3_000 },
  )
  assert.ok(taken > 0)
})

test('free text is shown without what cannot be seen', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const out = shown(text, 100)
      assert.ok(out.length <= 100 && out.isWellFormed())
      assert.doesNotMatch(out, UNSEEN)
    }),
  )
})

test('the schema says of every object that all members are there and no others', () => {
  const objects: Record<string, unknown>[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('properties' in value) objects.push(value as Record<string, unknown>)
    for (const member of Object.values(value)) visit(member)
  }
  visit(ANSWER_SCHEMA)
  assert.equal(objects.length, 6)
  for (const { properties, required, additionalProperties } of objects) {
    assert.deepEqual([required, additionalProperties], [Object.keys(properties as object), false])
  }
})

const TEXTS: readonly (readonly [string, readonly string[]])[] = [
  ['Alice can edit docs. Bob cannot.', ['Alice can edit docs.', 'Bob cannot.']],
  [
    '# Payments\n\n- Release over $1.5k e.g. by fax.\r\n2) Nobody else!',
    ['Payments', 'Release over $1.5k e.g. by fax.', 'Nobody else!'],
  ],
  ['one\u2028two\rthree', ['one', 'two', 'three']],
  ['  \n#\n', []],
]

for (const [text, expected] of TEXTS) {
  test(`sentences of ${JSON.stringify(text)}`, () => assert.deepEqual(sentencesIn(text), expected))
}
