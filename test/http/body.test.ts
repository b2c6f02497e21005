import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../src/http/body.ts'

const nested = (levels: number, open: string, close: string, inner = '1'): string =>
  open.repeat(levels) + inner + close.repeat(levels)

/** As long as bodies are whose depth is looked at before they are parsed. */
const LONG = `,${JSON.stringify('x'.repeat(70_000))}`

describe('bodies', () => {
  for (const [what, levels, good] of [
    ['as deep as may be', 31, true],
    ['one too deep', 32, false],
    ['far too deep', 20_000, false],
  ] as const) {
    for (const more of ['', LONG]) {
      test(`${what}${more === '' ? '' : ', and long'}`, () => {
        for (const inner of [
          nested(levels, '[', ']'),
          nested(levels, '{"a":', '}'),
          nested(levels / 2, '[{"[":', '}]'),
        ]) {
          if (levels % 2 === 1 && inner.startsWith('[{')) continue
          const text = `[${inner}${more}]`
          if (good) assert.deepEqual(parseJson(text), JSON.parse(text))
          else assert.throws(() => parseJson(text), { message: 'the body is nested deeper than 32 levels' })
        }
      })
    }
  }

  test('what is no JSON for being cut off is told of its depth first', () => {
    assert.throws(() => parseJson('['.repeat(40)), { message: 'the body is nested deeper than 32 levels' })
    assert.throws(() => parseJson('['.repeat(20)), { message: /^the body is not JSON: / })
  })

  test('any JSON of few levels is read as it is, brackets in texts and all', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', 'a') }),
        (value, odd) => {
          const text = JSON.stringify([value, odd.repeat(20), { [odd]: value }])
          assert.deepEqual(parseJson(text), JSON.parse(text))
        },
      ),
      { seed: 3, numRuns: 300 },
    )
  })
})
