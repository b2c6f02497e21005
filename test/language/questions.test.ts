import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileQuestion } from '../../src/language/question.ts'
import { type Ask, requestsOf } from '../../src/policy/ask.ts'
import type { Diagnostic } from '../../src/policy/diagnostic.ts'
import { golden } from './golden.ts'
import { ASKER, NOW, questionVocabulary, ZONE } from './question-vocabulary.ts'

interface Case {
  readonly question: string
  readonly canonical: string
  readonly assumptions: readonly string[]
  /** The requests it comes to, or the search. */
  readonly asks: unknown
}

const vocabulary = questionVocabulary()
const compile = (text: string) => compileQuestion(text, vocabulary, { asker: ASKER, now: NOW, zone: ZONE })

function asked(ask: Ask): unknown {
  if (ask.kind === 'search') return ask
  const { join, explain } = ask
  return { join, explain, requests: requestsOf(ask, { org: 'acme', now: NOW }) }
}

function meaning({ question }: Case): Case {
  const { question: ask, canonical, assumptions, diagnostics } = compile(question)
  assert.deepEqual(diagnostics, [], question)
  return { question, canonical, assumptions, asks: ask === null ? null : asked(ask) }
}

test('questions mean what they should', () => {
  for (const [given, actual] of golden<Case>('questions', meaning)) assert.deepEqual(actual, given)
})

test('questions read back from their canonical form, which is its own', () => {
  for (const [{ question, canonical }] of golden<Case>('questions', meaning)) {
    const again = compile(canonical)
    assert.deepEqual(again.diagnostics, [], canonical)
    assert.deepEqual(again.question, compile(question).question, canonical)
    assert.equal(again.canonical, canonical)
  }
})

test('marks, white space and politeness do not change a question', () => {
  const first = compile('Can Alice edit document:1 on Sunday?').question
  for (const text of [
    'can Alice edit document:1 on Sunday',
    '  Can   Alice edit\ndocument:1 on Sunday ?! ',
    'Please, can Alice edit document:1 on Sunday?',
    'Could you please check whether Alice can edit document:1 on Sunday, please?',
    'On Sunday, can Alice edit document:1?',
  ]) {
    assert.deepEqual(compile(text).question, first, text)
  }
})

interface Wrong {
  readonly question: string
  readonly problems: readonly (Pick<Diagnostic, 'code' | 'severity' | 'message' | 'expected' | 'suggestion'> & {
    readonly at: string
  })[]
}

function diagnose({ question }: Wrong): Wrong {
  const { diagnostics, question: ask } = compile(question)
  assert.equal(ask, null, question)
  const problems = diagnostics.map(({ span, code, severity, message, expected, suggestion }) => ({
    at: `${span.line}:${span.column} ${question.slice(span.start, span.end)}`,
    code,
    severity,
    message,
    expected,
    suggestion,
  }))
  return { question, problems }
}

test('wrong questions say where, what was expected and what was meant', () => {
  for (const [given, actual] of golden<Wrong>('questions-wrong', diagnose)) assert.deepEqual(actual, given)
})

test('every wrong question has a problem, written as problems are', () => {
  for (const [, { question, problems }] of golden<Wrong>('questions-wrong', diagnose)) {
    assert.ok(problems.length > 0, question)
    for (const { message, expected, suggestion } of problems) {
      assert.match(message, /^[^A-Z].*[^.]$/s, question)
      assert.ok(expected.length > 0 || suggestion !== null, question)
    }
  }
})

test('without an asker, I is nobody', () => {
  const { question, diagnostics } = compileQuestion('What can I edit?', vocabulary, {
    asker: null,
    now: NOW,
    zone: ZONE,
  })
  assert.equal(question, null)
  assert.equal(diagnostics[0]?.code, 'unknown_name')
})
