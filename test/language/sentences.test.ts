import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileText } from '../../src/language/compile.ts'
import { type Lexicon, lexiconOf } from '../../src/language/lexicon.ts'
import { readTokens, treeOfDefinition, treesOfRule } from '../../src/language/read.ts'
import { sentences } from '../../src/language/split.ts'
import type { Statement } from '../../src/policy/ast.ts'
import { printStatement } from '../../src/policy/print.ts'
import type { Vocabulary } from '../../src/policy/vocabulary.ts'
import { vocabularyWith } from './decisions.ts'
import { caseFiles, golden } from './golden.ts'
import { testVocabulary } from './vocabulary.ts'

interface Case {
  readonly sentence: string
  /** What the sentence needs to be known besides the vocabulary of the tests. */
  readonly definitions?: string
  /** Canonical sentences, one a line. */
  readonly canonical: string
  /** `trees` where the sentence gives several statements. */
  readonly tree?: Statement | null
  readonly trees?: readonly Statement[]
}

const vocabulary = testVocabulary()

function statements(text: string, words: Vocabulary): readonly Statement[] {
  const { rules, definitions, diagnostics } = compileText(text, words)
  assert.deepEqual(diagnostics, [], text)
  return [...rules.map(r => r.rule), ...definitions.map(d => d.definition)]
}

function meaning({ sentence, definitions }: Case): Case {
  const found = statements(sentence, vocabularyWith(definitions))
  const [tree = null] = found
  const canonical = found.map(printStatement).join('\n')
  return found.length < 2 ? { sentence, canonical, tree } : { sentence, canonical, trees: found }
}

for (const name of caseFiles('sentences')) {
  test(`${name} mean what they should`, () => {
    for (const [given, actual] of golden<Case>(name, meaning)) assert.deepEqual(actual, given)
  })

  test(`${name} read back from their canonical form`, () => {
    for (const [{ sentence, canonical, definitions }] of golden<Case>(name, meaning)) {
      const words = vocabularyWith(definitions)
      const found = statements(sentence, words)
      assert.deepEqual(
        canonical.split('\n').flatMap(line => statements(line, words)),
        found,
        canonical,
      )
      assert.deepEqual(canonical.split('\n'), found.map(printStatement))
    }
  })

  test(`${name} have exactly one tree`, () => {
    for (const [{ sentence, canonical, definitions }] of golden<Case>(name, meaning)) {
      const words = lexiconOf(vocabularyWith(definitions))
      for (const text of [sentence, ...canonical.split('\n')])
        for (const count of trees(text, words)) assert.equal(count, 1, text)
    }
  })
}

/** For each clause of a text, how many trees it has. */
function trees(text: string, words: Lexicon): readonly number[] {
  return sentences(text).flatMap(sentence => {
    const read = readTokens(sentence)
    if ('message' in read) return [0]
    if (read.shape === 'definition') return ['message' in treeOfDefinition(read, words) ? 0 : 1]
    const clauses = treesOfRule(read, words)
    return 'message' in clauses ? [0] : clauses.map(trees => trees.length)
  })
}

test('case, the full stop and white space do not change a rule', () => {
  const base = 'only approvers in the finance org can release payments over $10k'
  const [first] = statements(base, vocabulary)
  for (const text of [
    `${base}.`,
    base.toUpperCase(),
    `  ${base.replaceAll(' ', '   ')} .`,
    `- ${base}`,
    `${base} # so it is`,
  ]) {
    assert.deepEqual(statements(text, vocabulary), [first], text)
  }
})
