import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import { printDefinition, printRule } from '../../src/policy/print.ts'
import { rules } from './arbitrary.ts'
import { definitions, VALUES } from './arbitrary-values.ts'
import { vocabularyWith } from './decisions.ts'
import { testVocabulary } from './vocabulary.ts'

const vocabulary = vocabularyWith(VALUES)

test('OPA CVE-2022-23628: what is printed reads back as the same rule', () => {
  fc.assert(
    fc.property(rules(vocabulary), rule => {
      const text = printRule(rule)
      if (text.length > 1000 || text.split(/\s+/).length > 100) return
      const compiled = compileText(text, vocabulary)
      assert.equal(
        renderDiagnostics(
          compiled.diagnostics.filter(d => d.severity === 'error'),
          text,
        ),
        '',
        text,
      )
      assert.equal(compiled.rules.length, 1, text)
      assert.deepEqual(compiled.rules[0]?.rule, rule, text)
    }),
    { numRuns: Number(process.env.RUNS ?? 3000), seed: Number(process.env.SEED ?? 20_260_101) },
  )
})

test('what is printed of a definition reads back as the same', () => {
  const bare = testVocabulary()
  fc.assert(
    fc.property(definitions, definition => {
      const text = printDefinition(definition)
      const compiled = compileText(text, bare)
      assert.equal(renderDiagnostics(compiled.diagnostics, text), '')
      assert.deepEqual(
        compiled.definitions.map(d => d.definition),
        [definition],
        text,
      )
    }),
    { numRuns: Number(process.env.RUNS ?? 1000), seed: Number(process.env.SEED ?? 20_260_103) },
  )
})

test('what is called like a command keeps its article', () => {
  for (const text of ['The let markets are Germany and France.', 'The limit hours are 9am to 5pm.']) {
    const [only] = compileText(text, testVocabulary()).definitions
    assert.equal(only === undefined ? '' : printDefinition(only.definition), text)
  }
})
