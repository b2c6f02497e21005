import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Decision } from '../../src/policy/decision.ts'
import { answerText, briefText, contextOf, pushAnswer } from '../../src/protocols/decision.ts'

const text = fc.string({ unit: 'binary' })
const decision: fc.Arbitrary<Decision> = fc.record({
  id: fc.constant('dec_1'),
  effect: fc.constantFrom('allow', 'deny', 'escalate'),
  reasons: fc.array(
    fc.record({
      rule: text,
      sentence: text,
      effect: fc.constantFrom('permit', 'forbid', 'approval', 'grant'),
      truth: fc.constantFrom('yes', 'unknown'),
      for: text,
    }),
    { maxLength: 3 },
  ),
  obligations: fc.array(
    fc.record({ kind: fc.constant('approval'), rule: text, relation: fc.option(text), on: text, for: text }),
    {
      maxLength: 2,
    },
  ),
  missing: fc.array(fc.record({ rule: text, clause: text, text, truth: fc.constantFrom('no', 'unknown'), for: text }), {
    maxLength: 3,
  }),
  validUntil: fc.option(fc.integer({ min: 0, max: 4e12 })),
  policyVersion: fc.nat(),
  revision: fc.nat(),
})

test('the prepared text of an answer is what its parts say, the second time too', () => {
  fc.assert(
    fc.property(decision, made => {
      const expected = JSON.stringify({ decision: made.effect === 'allow', context: contextOf(made) })
      assert.equal(answerText(made), expected)
      assert.equal(answerText(made), expected)
    }),
    { seed: 7 },
  )
})

test('lists that decisions share say of each what is its own', () => {
  fc.assert(
    fc.property(decision, decision, fc.boolean(), fc.boolean(), (one, other, reasons, missing) => {
      const sharing = {
        ...other,
        reasons: reasons ? one.reasons : other.reasons,
        missing: missing ? one.missing : other.missing,
      }
      for (const made of [one, sharing, one, { ...one, effect: other.effect }, sharing]) {
        assert.equal(answerText(made), JSON.stringify({ decision: made.effect === 'allow', context: contextOf(made) }))
      }
    }),
    { seed: 8 },
  )
})

/** Of few revisions, and mostly with nothing to be done: the next is often told as the one before. */
const plainer = fc
  .record({ made: decision, revision: fc.constantFrom(1, 2), must: fc.boolean(), ends: fc.boolean() })
  .map(({ made, revision, must, ends }) => ({
    ...made,
    ...{ revision, obligations: must ? made.obligations : [], validUntil: ends ? made.validUntil : null },
  }))

test('without why: what must be done and how long it holds is said all the same', () => {
  fc.assert(
    fc.property(fc.array(plainer, { maxLength: 6 }), all => {
      for (const made of all) {
        const { id, effect, obligations, valid_until: until, revision } = contextOf(made)
        const context = {
          id,
          effect,
          ...(obligations.length > 0 && { obligations }),
          ...(until !== null && { valid_until: until }),
          revision,
        }
        assert.equal(briefText(made), JSON.stringify({ decision: effect === 'allow', context }))
      }
    }),
    { seed: 9 },
  )
})

test('answers in pieces are the same', () => {
  fc.assert(
    fc.property(fc.array(plainer, { maxLength: 6 }), fc.boolean(), (all, explains) => {
      const pieces: string[] = []
      for (const made of all) pushAnswer(pieces, made, explains)
      assert.equal(pieces.join(''), all.map(explains ? answerText : briefText).join(''))
    }),
    { seed: 10 },
  )
})
