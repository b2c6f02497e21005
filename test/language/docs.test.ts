import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import { compileQuestion } from '../../src/language/question.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { MODEL } from './vocabulary.ts'

test('every example in the language reference is understood', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/language.md'), 'utf8')
  const blocks = [...page.matchAll(/^```policy\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? '')
  assert.ok(blocks.length > 4)
  const text = blocks.join('\n')
  assert.equal(renderDiagnostics(compileText(text, emptyVocabulary(MODEL, 'UTC')).diagnostics, text), '')
})

test('every question in the language reference is understood', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/language.md'), 'utf8')
  const blocks = (lang: string) =>
    [...page.matchAll(new RegExp(`^\`\`\`${lang}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
      .map(match => match[1] ?? '')
      .join('\n')
  const questions = blocks('question').trim().split('\n')
  assert.ok(questions.length > 10)
  const { vocabulary } = compileText(blocks('policy'), emptyVocabulary(MODEL, 'UTC'))
  for (const text of questions) {
    const asker = { type: 'user', id: 'dana' }
    const { question, diagnostics } = compileQuestion(text, vocabulary, { asker, now: 1_772_614_800_000, zone: 'UTC' })
    assert.equal(renderDiagnostics(diagnostics, text), '')
    assert.notEqual(question, null)
  }
})
