import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostic } from '../../src/language/diagnostics.ts'
import type { Diagnostic } from '../../src/policy/diagnostic.ts'
import { caseFiles, golden } from './golden.ts'
import { testVocabulary } from './vocabulary.ts'

interface Case {
  readonly sentence: string
  readonly problems: readonly Problem[]
}

interface Problem extends Pick<Diagnostic, 'code' | 'severity' | 'message' | 'expected' | 'suggestion'> {
  readonly at: string
}

const vocabulary = testVocabulary()
const problems = (sentence: string): readonly Diagnostic[] => compileText(sentence, vocabulary).diagnostics

function diagnose({ sentence }: Case): Case {
  return {
    sentence,
    problems: problems(sentence).map(({ code, severity, span, message, expected, suggestion }) => ({
      at: `${span.line}:${span.column} ${sentence.slice(span.start, span.end)}`,
      code,
      severity,
      message,
      expected,
      suggestion,
    })),
  }
}

for (const name of caseFiles('wrong')) {
  test(`${name}: it says where, what was expected and what was meant`, () => {
    for (const [given, actual] of golden<Case>(name, diagnose)) assert.deepEqual(actual, given)
  })

  test(`${name}: every sentence has one problem, written as problems are`, () => {
    for (const [{ sentence }] of golden<Case>(name, diagnose)) {
      const found = problems(sentence)
      assert.equal(found.length, 1, sentence)
      for (const { message, expected, suggestion } of found) {
        assert.match(message, /^[^A-Z].*[^.]$/s, sentence)
        assert.ok(expected.length > 0 || suggestion !== null, sentence)
      }
    }
  })

  test(`${name}: sentences offered as readings or suggestions are themselves understood`, () => {
    for (const [{ sentence }] of golden<Case>(name, diagnose)) {
      for (const { code, expected, suggestion } of problems(sentence)) {
        const offered = code === 'ambiguous' ? expected.filter(text => text.endsWith('.')) : []
        if (suggestion?.endsWith('.') === true) offered.push(suggestion)
        for (const text of offered) assert.deepEqual(problems(text), [], text)
      }
    }
  })
}

test('a problem is shown with its line and a caret', () => {
  const text = 'Users can view documents.\nUsers can view docments on weekdays.\n'
  const [problem] = compileText(text, vocabulary, { file: 'main.policy' }).diagnostics
  assert.ok(problem !== undefined)
  assert.equal(
    renderDiagnostic(problem, text),
    [
      'main.policy:2:16: error: `docments` is not a type this org knows',
      '  Users can view docments on weekdays.',
      '                 ^^^^^^^^',
      '  expected: a line that defines it: `Docments are resources.`',
      '  suggestion: document',
    ].join('\n'),
  )
})
