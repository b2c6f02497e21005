import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { filled, formOf, namesIn } from '../../src/adapters/sql/decision-forms.ts'

const NAMES = ['a', 'u1', 'u12', 'n', 'u0041', '"', '\\', 'ü', '\ud800', '\u0001', 'a b', 'true', '1', '-']

/** What is left of a text, and the names that were taken out. */
const FORMS: readonly (readonly [text: string, names: readonly string[], form: string, taken: readonly string[]])[] = [
  ['{"id":"u1","of":"user:u1"}', ['u1'], '{"id":"\u0001","of":"user:\u0001"}', ['u1']],
  ['"u12 and u1"', ['u1', 'u12'], '"\u0002 and \u0001"', ['u1', 'u12']],
  ['"a team has a"', ['a'], '"\u0001 team has \u0001"', ['a']],
  ['"user"', ['b', 'user', 'user'], '"\u0001"', ['user']],
  ['"x-u1 u1_ u1"', ['u1'], '"x-u1 u1_ \u0001"', ['u1']],
  ['"u1u1"', ['u1'], '"u1u1"', []],
]

describe('a form', () => {
  for (const [text, names, form, taken] of FORMS) {
    test(`of ${text} without ${names}`, () => {
      const made = formOf(text, names)
      assert.deepEqual([made.form.text, made.names], [form, taken])
      assert.equal(filled(form, taken), text)
      assert.equal(formOf(text, names).form, made.form, 'is one object')
    })
  }

  test('law: with its names it is the text again, whatever they are', () => {
    const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }))
    const text = fc
      .array(fc.oneof(name, fc.constantFrom(' ', ':', '-', 'x')))
      .map(parts => JSON.stringify(parts.join('')))
    fc.assert(
      fc.property(text, fc.array(name, { maxLength: 12 }), (whole, names) => {
        const { form, names: taken } = formOf(whole, names)
        assert.ok(taken.length <= 8)
        const read = JSON.parse(JSON.stringify([form.text, ...taken])) as [string, ...string[]]
        assert.equal(filled(read[0], read.slice(1)), whole)
      }),
      { numRuns: 2_000, seed: 5 },
    )
  })

  test('takes out whom a row is about and who proves it', () => {
    const proof = [
      { object: 'document:d1', relation: 'viewer', user: 'team:t1#member' },
      { object: 'team:t1', relation: 'member', user: 'user:*' },
    ]
    const facts = [{ answer: { kind: 'truth', truth: 'yes', proof } }, { answer: { proof: 1 } }, 'x', null]
    const row = { id: '1', at: 1, effect: 'allow', action: 'view', record: { facts } } as const
    assert.deepEqual(namesIn({ ...row, subject: 'user:u1', resource: 'document' }), ['u1', 'document', 'd1', 't1'])
    assert.deepEqual(namesIn({ ...row, subject: 'user:', resource: 'document:*', record: {} }), [])
  })
})
