import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { astJson } from '../../src/policy/ast-json.ts'
import { statement } from '../../src/protocols/manage/ast-shape.ts'
import { rules } from '../language/arbitrary.ts'
import { testVocabulary } from '../language/vocabulary.ts'

test('an AST comes back from its JSON as it was', () => {
  fc.assert(
    fc.property(rules(testVocabulary()), made => {
      const json: unknown = JSON.parse(JSON.stringify(astJson(made)))
      assert.deepEqual(statement.parse(json), made)
    }),
    { numRuns: 300 },
  )
})
