import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileQuestion } from '../../src/language/question.ts'
import { requestsOf } from '../../src/policy/ask.ts'
import { type Entity, parseEntity, printEntity } from '../../src/policy/entity.ts'
import { NOW, questionVocabulary, ZONE } from './question-vocabulary.ts'

const vocabulary = questionVocabulary()
const named = (text: string): Entity => parseEntity(text) ?? { type: '', id: '' }

const compile = (text: string, line: readonly string[]) => {
  const [asker = null, ...behalf] = line.map(named)
  return compileQuestion(text, vocabulary, { asker, behalf, now: NOW, zone: ZONE })
}

/** Whoever asks, those they act for; the question; the question as it was understood, or what is said against it. */
const CASES: readonly (readonly [line: readonly string[], question: string, canonical: string | RegExp])[] = [
  [['agent:bot'], 'Can I edit document:1?', 'Can agent:bot edit document:1?'],
  [['agent:bot', 'user:al'], 'Can I edit document:1?', 'Can agent:bot edit document:1 on behalf of user:al?'],
  [
    ['agent:b', 'agent:a', 'user:al'],
    'What can I edit?',
    'What can agent:b edit on behalf of agent:a on behalf of user:al?',
  ],
  [['agent:bot', 'user:al'], 'Can I send emails for the user?', 'Can agent:bot send emails on behalf of user:al?'],
  [
    ['agent:bot', 'user:al'],
    "Can I send emails on the user's behalf?",
    'Can agent:bot send emails on behalf of user:al?',
  ],
  [['agent:bot', 'user:al'], 'Can I send emails for user:al?', 'Can agent:bot send emails on behalf of user:al?'],
  [['agent:bot', 'user:al'], "Can I read the user's reports?", 'Can agent:bot read reports on behalf of user:al?'],
  [['agent:bot', 'user:al'], 'Can the user read document:1?', 'Can user:al read document:1?'],
  [
    ['agent:bot', 'user:al'],
    'Can agent:x read document:1 for me?',
    'Can agent:x read document:1 on behalf of agent:bot on behalf of user:al?',
  ],
  [
    ['agent:bot', 'user:al'],
    'Can I read document:1 for user:bo?',
    'Can agent:bot read document:1 on behalf of user:al on behalf of user:bo?',
  ],
  [['agent:bot'], "Can I read the user's reports?", /nobody in particular/],
  [['agent:bot', 'agent:a'], 'Can I send emails for the user?', /nobody in particular/],
]

for (const [line, question, expected] of CASES) {
  test(`${line.join(' for ')}: ${question}`, () => {
    const { canonical, diagnostics, question: ask } = compile(question, line)
    if (typeof expected !== 'string') {
      assert.equal(ask, null)
      assert.match(diagnostics[0]?.message ?? '', expected)
      return
    }
    assert.equal(canonical, expected)
    const again = compile(canonical, [])
    assert.deepEqual(again.question, ask)
  })
}

test('I is the subject of the chain through its actors, whatever the chain', () => {
  const one = fc.constantFrom('agent:a', 'agent:b', 'service:s', 'user:al')
  fc.assert(
    fc.property(fc.uniqueArray(one, { minLength: 1, maxLength: 4 }), line => {
      const { question } = compile('Can I edit document:1?', line)
      assert.ok(question !== null)
      const [request] = requestsOf(question, { org: 'acme', now: NOW })
      const chain = [request?.subject, ...(request?.actors ?? [])].map(e => printEntity(e as Entity))
      assert.deepEqual(chain, line.toReversed())
    }),
    { seed: 6, numRuns: 200 },
  )
})
