import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileText } from '../../src/language/compile.ts'
import { formatText } from '../../src/language/format.ts'
import { printRule as printed } from '../../src/policy/print.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { rules } from './arbitrary.ts'
import { testVocabulary } from './vocabulary.ts'

const vocabulary = emptyVocabulary(
  { types: [{ name: 'org', relations: [{ name: 'approver', assignable: [], holders: ['user'] }] }] },
  'UTC',
)

const CASES: readonly { readonly name: string; readonly text: string; readonly formatted: string }[] = [
  { name: 'nothing', text: '', formatted: '\n' },
  {
    name: 'headings, remarks, bullets and blank lines stay',
    text: '# Documents   \n\n\nDocs are documents.\nDocuments are resources\n\n  # who reads\n- users may read  docs # for now\n',
    formatted:
      '# Documents\n\n\nDocs are documents.\nDocuments are resources.\n\n  # who reads\n- Users can read documents. # for now\n',
  },
  {
    name: 'a sentence over several lines becomes one, its remarks before it',
    text: 'Documents are resources.\nUsers may # all of them\n  read docs,   # sic\n  weekdays only\nDocs are documents.',
    formatted:
      'Documents are resources.\n# all of them\n# sic\nUsers can read documents on weekdays.\nDocs are documents.\n',
  },
  {
    name: 'several sentences of a line stay on it',
    text: 'Documents are resources. users may read documents.  nobody can burn documents',
    formatted: 'Documents are resources. Users can read documents.  Nobody can burn documents.\n',
  },
  {
    name: 'a sentence with errors stays as it is, and the others do not wait for it',
    text: 'Documents are resources.\ngremlins   may fly  kites.\nusers may read documents.',
    formatted: 'Documents are resources.\ngremlins   may fly  kites.\nUsers can read documents.\n',
  },
]

for (const { name, text, formatted } of CASES) {
  test(`format: ${name}`, () => {
    const got = formatText(text, vocabulary)
    assert.equal(got.text, formatted)
    assert.equal(formatText(got.text, vocabulary).text, formatted)
    assert.deepEqual(got.diagnostics, compileText(text, vocabulary).diagnostics)
  })
}

test('formatting keeps what a text means, and formatting again changes nothing', () => {
  const known = testVocabulary()
  const spaced = (sentence: string) => sentence.replace(/ (?=[a-z]+ [a-z]+ [a-z]+ [a-z]+$)/, '   ')
  fc.assert(
    fc.property(fc.array(rules(known), { maxLength: 4 }), made => {
      const compiledFrom = (text: string) => compileText(text, known).rules.map(r => ({ id: r.id, rule: r.rule }))
      const text = made.map(rule => `# remark\n${spaced(printed(rule))}`).join('\n\n')
      const got = formatText(text, known)
      assert.deepEqual(compiledFrom(got.text), compiledFrom(text))
      assert.equal(formatText(got.text, known).text, got.text)
    }),
    { numRuns: 150 },
  )
})
