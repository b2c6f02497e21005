import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decoded } from '../../../src/protocols/oauth/params.ts'

const CASES: readonly (readonly [text: string, expected: string | null])[] = [
  ['', ''],
  ['plain', 'plain'],
  ['read%3Adocuments+write%3adocuments', 'read:documents write:documents'],
  ['%25+%2B', '% +'],
  ['%00', '\0'],
  ['%7F', '\x7f'],
  ['%C3%A9', 'é'],
  ['a%20%F0%9F%98%80+b', 'a 😀 b'],
  ['é', 'é'],
  ['%', null],
  ['a%2', null],
  ['%2g', null],
  ['%+1', null],
  ['%80', null],
  ['%C3+', null],
  ['%41%ff', null],
]

describe('a value of a form', () => {
  for (const [text, expected] of CASES) {
    test(`\`${text}\` is ${expected === null ? 'refused' : JSON.stringify(expected)}`, () => {
      if (expected === null) assert.throws(() => decoded(text), { code: 'invalid_request' })
      else assert.equal(decoded(text), expected)
    })
  }

  test('law: it is what the language makes of it', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('%', '+', '%41', '%c3', '%A9', '%2', '%0a', '%7f', '%80', 'é'))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
        const text = pieces.join('')
        let expected: string | null = null
        try {
          expected = decodeURIComponent(text.replaceAll('+', ' '))
        } catch {
          // An escape that is none.
        }
        if (expected === null) assert.throws(() => decoded(text))
        else assert.equal(decoded(text), expected)
      }),
      { numRuns: 2_000, seed: 9 },
    )
  })
})
