import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { growingBytes, letGo } from '../../src/adapters/sql/growing-bytes.ts'
import { putByte, putJson, putNumber, putText } from '../../src/adapters/sql/growing-json.ts'

const WORD = /^[\w-]*$/

const text = fc.oneof(
  fc.stringMatching(/^[\w-]{0,90}$/),
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.constantFrom('', '"', 'a"b', '\\', 'a\u0000', 'é', 'x\ud800', '\u2028', 'a'.repeat(40_000), `${'a'.repeat(70)}ß`),
)

const number = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, 9, 10, 999_999, 1_000_000, 1e21, 1e-7, 0.5, Number.MAX_SAFE_INTEGER),
)

describe('JSON straight into bytes', () => {
  test('law: reads as JSON.stringify says it, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, number), { maxLength: 30 }), values => {
        const out = growingBytes()
        for (const [i, value] of values.entries()) {
          if (i > 0) putByte(out, 44)
          if (typeof value === 'number') putNumber(out, value)
          else if (i % 2 === 0) assert.equal(putText(out, value), WORD.test(value))
          else putJson(out, JSON.stringify(value))
        }
        const said = out.bytes.subarray(0, out.used).toString()
        assert.equal(said, values.map(value => JSON.stringify(value)).join())
        letGo(out)
      }),
      { numRuns: 500 },
    )
  })
})
