import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { faithfulness, SURE } from '../../src/language/faithful.ts'
import { interpret, MOST_ASK_ROUNDS } from '../../src/language/interpret.ts'
import { compileQuestion } from '../../src/language/question.ts'
import { ModelError } from '../../src/language/translate.ts'
import { ASKER, NOW, questionVocabulary, ZONE } from './question-vocabulary.ts'

const vocabulary = questionVocabulary()
const read = (sentence: string) => compileQuestion(sentence, vocabulary, { asker: ASKER, now: NOW, zone: ZONE })
const task = (text: string) => ({ text, hints: {}, vocabulary, verbs: [], read })
const { signal } = new AbortController()
const replying =
  (...replies: readonly string[]) =>
  async () => ({ text: replies[Math.min(calls++, replies.length - 1)] ?? '', tokens: null })
let calls = 0
const json = (...questions: readonly string[]) => JSON.stringify({ questions, cannot: null })

async function sure(text: string, ...questions: readonly string[]): Promise<number> {
  calls = 0
  const made = await interpret(task(text), replying(json(...questions)), signal)
  return faithfulness(text, made.questions, [ASKER])
}

/** What was asked, what a model made of it, and whether that may be answered with yes without asking back. */
const CASES: readonly (readonly [text: string, questions: readonly string[], sure: boolean])[] = [
  ['may i read that document 1', ['Can I read document:1?'], true],
  ['reading document 1 is fine, is it', ['Can I read document:1?'], true],
  ['I want to email Bob the report', ['Can I send emails?'], false],
  ['delete document 1', ['Can I read document:1?'], false],
  ['read document 1', ['Can I read document:2?'], false],
  ['read a document for somebody', ['Can I read documents for user:alice?'], false],
  ['read a document for alice', ['Can I read documents for user:alice?'], true],
  ['release a payment of $12,000', ['Can I release a payment of $12?'], false],
  ['release a payment of $12,000', ['Can I release a payment of $12,000?'], true],
  ['release the payment 7 at 9am', ['Can I release payment:7?'], false],
  ['I should not delete document 1, should I', ['Can I delete document:1?'], false],
  ['read and delete document 1', ['Can I read document:1?'], false],
  ['read document 1 and publish it', ['Can I read document:1?'], false],
  ['what documents are there for me to read', ['Which documents can I read?'], true],
]

for (const [text, questions, expected] of CASES) {
  test(`${text} → ${questions.join(' ')}`, async () => {
    assert.equal((await sure(text, ...questions)) >= SURE, expected)
  })
}

test('a reading by a model is never quite sure', async () => {
  assert.ok((await sure('read document 1', 'Can I read document:1?')) < 1)
})

test('whatever a model says is refused, or read by the grammar', async () => {
  const almost = fc.oneof(
    fc.string(),
    fc.jsonValue().map(value => JSON.stringify(value)),
    fc.record({ questions: fc.jsonValue() }).map(value => JSON.stringify(value)),
    fc.array(fc.constantFrom('Can I read document:1?', 'What can I edit?', 'yes', '')).map(q => json(...q)),
    fc.constant(`{"questions": ${'['.repeat(5_000)}`),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(almost, { minLength: 1, maxLength: 3 }), async replies => {
      calls = 0
      const made = await interpret(task('x'), replying(...replies), signal).catch((error: unknown) => error)
      assert.ok(calls <= MOST_ASK_ROUNDS)
      if (made instanceof ModelError) return
      assert.ok(!(made instanceof Error), String(made))
      const { questions } = made as Awaited<ReturnType<typeof interpret>>
      for (const one of questions) assert.deepEqual(read(one.sentence).question, one.question)
      const searches = questions.filter(one => one.question.kind === 'search')
      assert.ok(searches.length === 0 || questions.length === 1)
    }),
    { seed: 6, numRuns: 300 },
  )
})
