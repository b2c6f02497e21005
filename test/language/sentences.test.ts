import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classify } from '../../src/language/classify.ts'
import { compileText } from '../../src/language/compile.ts'
import { lexiconOf } from '../../src/language/lexicon.ts'
import { parseDefinition, parseRule } from '../../src/language/parse.ts'
import { readTokens } from '../../src/language/read.ts'
import { sentences } from '../../src/language/split.ts'
import type { Statement } from '../../src/policy/ast.ts'
import { printStatement } from '../../src/policy/print.ts'
import { golden } from './golden.ts'
import { testVocabulary } from './vocabulary.ts'

interface Case {
  readonly sentence: string
  readonly canonical: string
  readonly tree: Statement | null
}

const vocabulary = testVocabulary()

function statements(text: string): readonly Statement[] {
  const { rules, definitions, diagnostics } = compileText(text, vocabulary)
  assert.deepEqual(diagnostics, [], text)
  return [...rules.map(r => r.rule), ...definitions.map(d => d.definition)]
}

function meaning({ sentence }: Case): Case {
  const [tree = null] = statements(sentence)
  return { sentence, canonical: tree === null ? '' : printStatement(tree), tree }
}

for (const name of ['sentences', 'definitions']) {
  test(`${name} mean what they should`, () => {
    for (const [given, actual] of golden<Case>(name, meaning)) assert.deepEqual(actual, given)
  })

  test(`${name} read back from their canonical form`, () => {
    for (const [{ sentence, canonical }] of golden<Case>(name, meaning)) {
      const [tree] = statements(sentence)
      assert.deepEqual(statements(canonical), [tree], canonical)
    }
  })

  test(`${name} have exactly one tree`, () => {
    for (const [{ sentence, canonical }] of golden<Case>(name, meaning)) {
      for (const text of [sentence, canonical]) assert.equal(trees(text), 1, text)
    }
  })
}

function trees(text: string): number {
  const [sentence] = sentences(text)
  const read = sentence === undefined ? null : readTokens(sentence)
  if (read === null || 'message' in read) return 0
  const tokens = classify(read.tokens, read.shape, lexiconOf(vocabulary))
  const parsed = read.shape === 'rule' ? parseRule(tokens) : parseDefinition(tokens)
  return parsed.kind === 'trees' ? parsed.trees.length : 0
}

test('case, the full stop and white space do not change a rule', () => {
  const base = 'only approvers in the finance org can release payments over $10k'
  const [first] = statements(base)
  for (const text of [
    `${base}.`,
    base.toUpperCase(),
    `  ${base.replaceAll(' ', '   ')} .`,
    `- ${base}`,
    `${base} # so it is`,
  ]) {
    assert.deepEqual(statements(text), [first], text)
  }
})
