import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentions, numbersIn, said, stemOf } from '../../../src/language/translator/words.ts'

const STEMS: readonly (readonly string[])[] = [
  ['edit', 'edits', 'edited', 'editing', 'Edit'],
  ['release', 'releases', 'released', 'releasing'],
  ['submit', 'submitted', 'submitting'],
  ['copy', 'copies'],
  ['policy', 'policies'],
  ['view', 'views'],
]

test('forms of one word have one stem, and words of their own have others', () => {
  for (const words of STEMS) assert.equal(new Set(words.map(stemOf)).size, 1, `${words}: ${words.map(stemOf)}`)
  assert.equal(new Set(STEMS.map(([word]) => stemOf(word ?? ''))).size, STEMS.length)
})

const NUMBERS: readonly (readonly [string, ...string[]])[] = [
  ['payments over $10k', '10000'],
  ['payments over 10,000 USD', '10000'],
  ['$1.5m or 2 million', '1500000', '2000000'],
  ['ten documents, twice', '10', '2'],
  ['from 9am to 5:30 pm', 't540', 't1050'],
  ['from 09:00 to 17:30', 't540', 't1050'],
  ['12am and 12pm', 't0', 't720'],
  ['5 minutes', '5'],
  ['no number'],
]

for (const [text, ...expected] of NUMBERS) {
  test(`${text}: ${expected.join(', ') || 'nothing'}`, () => {
    assert.deepEqual([...numbersIn(text)].sort(), expected.sort())
  })
}

test('a name is mentioned by its words in a row, whatever joins them', () => {
  const text = said('Research Bot may read the due-date of Alice@acme.com')
  for (const name of ['research-bot', 'due_date', 'alice@acme.com', 'research bot'])
    assert.ok(mentions(text, name), name)
  for (const name of ['bot research', 'search-bot', 'bob', 'alice@other.com']) assert.ok(!mentions(text, name), name)
})
