import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileText } from '../../../src/language/compile.ts'
import { renderDiagnostics } from '../../../src/language/diagnostics.ts'
import { DEFINITION_FORMS, RULE_FORMS } from '../../../src/language/translator/guide.ts'
import { opening } from '../../../src/language/translator/prompt.ts'
import { emptyVocabulary } from '../../../src/policy/vocabulary.ts'
import { MODEL, testVocabulary } from '../vocabulary.ts'

const words = DEFINITION_FORMS.flatMap(form => form.examples)
  .filter(example => /^A |^The home|^Public/.test(example))
  .reduce((known, example) => compileText(example, known).vocabulary, testVocabulary())

test('every rule the model is taught is one rule', () => {
  for (const example of RULE_FORMS.flatMap(form => form.examples)) {
    const { rules, definitions, diagnostics } = compileText(example, words)
    assert.equal(renderDiagnostics(diagnostics, example), '')
    assert.deepEqual([rules.length, definitions.length], [1, 0], example)
  }
})

test('every definition the model is taught is one definition', () => {
  for (const example of DEFINITION_FORMS.flatMap(form => form.examples)) {
    const words = emptyVocabulary(MODEL, 'UTC')
    const lines = example.startsWith('Contractors')
      ? `A user has an employment of contract or permanent.\n${example}`
      : example
    const { rules, definitions, diagnostics } = compileText(lines, words)
    assert.equal(renderDiagnostics(diagnostics, lines), '')
    assert.deepEqual([rules.length, definitions.length], [0, lines.split('\n').length], example)
  }
})

test('the prompt grows with the vocabulary only up to a size, and what the text mentions comes first', () => {
  const words = testVocabulary()
  const type = (n: number) => ({
    name: `type_${n}`,
    relations: Array.from({ length: 300 }, (_, i) => ({ name: `r${i}`, assignable: [], holders: ['user'] })),
  })
  const model = { types: Array.from({ length: 500 }, (_, n) => type(n)) }
  const verbs = Array.from({ length: 5_000 }, (_, n) => `verb_${n}`)
  const names = new Map(Array.from({ length: 5_000 }, (_, n) => [`name ${n}`, { type: 'user', id: `u${n}` }]))
  const sentences = ['Name 4999 may verb 4998 a type 499.']
  const conversation = opening({ sentences, vocabulary: { ...words, model, names }, verbs })
  assert.ok(JSON.stringify(conversation).length < 120_000)
  const { vocabulary } = JSON.parse(conversation[1]?.text ?? '')
  assert.deepEqual(
    [vocabulary.names[0], vocabulary.verbs[0], vocabulary.types[0].name],
    ['name 4999', 'verb_4998', 'type_499'],
  )
})
