import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileText, MAX_DIAGNOSTICS, MAX_TEXT } from '../../src/language/compile.ts'
import { type Lexicon, lexiconOf } from '../../src/language/lexicon.ts'
import { MAX_SENTENCE, readTokens, treeOfDefinition, treesOfRule } from '../../src/language/read.ts'
import { sentences } from '../../src/language/split.ts'
import { printStatement } from '../../src/policy/print.ts'
import { caseFiles, golden } from './golden.ts'
import { testVocabulary } from './vocabulary.ts'

const vocabulary = testVocabulary()
const words = lexiconOf(vocabulary)

interface Given {
  readonly sentence: string
  readonly canonical?: string
}

const SENTENCES: readonly string[] = [
  ...new Set(
    [...caseFiles('sentences'), ...caseFiles('wrong')]
      .flatMap(name => golden<Given>(name, given => given).map(([given]) => given))
      .flatMap(({ sentence, canonical }) => [sentence, ...(canonical?.split('\n') ?? [])]),
  ),
]
const WORDS: readonly string[] = [...new Set(SENTENCES.flatMap(text => text.split(/\s+/)))]

/** A stream of numbers that depends on its seed alone. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const MARKS = ['(', ')', ',', '"', "'s", '.', 'and', 'or', 'not', 'unless', 'only', 'a', 'it', 'them', 'its', 'can']

function mutated(pick: (below: number) => number): string {
  const text = SENTENCES[pick(SENTENCES.length)] ?? ''
  const list = text.split(' ')
  for (let times = 1 + pick(3); times > 0; times--) {
    const at = pick(list.length)
    const word = (pick(2) === 0 ? WORDS[pick(WORDS.length)] : MARKS[pick(MARKS.length)]) ?? ''
    switch (pick(6)) {
      case 0:
        list.splice(at, 1)
        break
      case 1:
        list.splice(at, 0, word)
        break
      case 2:
        list.splice(at, 1, word)
        break
      case 3:
        list.splice(at, 2, ...list.slice(at, at + 2).reverse())
        break
      case 4: {
        const other = (SENTENCES[pick(SENTENCES.length)] ?? '').split(' ')
        list.splice(at, list.length, ...other.slice(pick(other.length)))
        break
      }
      default: {
        const old = list[at] ?? ''
        const cut = pick(old.length + 1)
        list[at] = old.slice(0, cut) + String.fromCodePoint(97 + pick(26)) + old.slice(cut + pick(2))
      }
    }
  }
  return list.join(' ')
}

/** Readings tried of one sentence are few, and an accepted clause has one tree. */
const MOST_TREES = 16

function treesOf(text: string, lexicon: Lexicon): number {
  let most = 0
  for (const sentence of sentences(text)) {
    const read = readTokens(sentence)
    if ('message' in read) continue
    if (read.shape === 'definition') {
      treeOfDefinition(read, lexicon)
      continue
    }
    const clauses = treesOfRule(read, lexicon)
    if (!('message' in clauses)) most = Math.max(most, ...clauses.map(trees => trees.length))
  }
  return most
}

const COUNT = Number(process.env.MUTATIONS ?? 50_000)

test('mutated sentences are read or refused, and what is read prints as what it is', () => {
  const pick = numbers(Number(process.env.SEED ?? 20_260_504))
  let taken = 0
  for (let i = 0; i < COUNT; i++) {
    const text = mutated(pick)
    const { rules, definitions, diagnostics } = compileText(text, vocabulary)
    for (const { span } of diagnostics)
      assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length + 1, text)
    if (diagnostics.some(d => d.severity === 'error')) continue
    assert.ok(treesOf(text, words) <= MOST_TREES, text)
    for (const statement of [...rules.map(r => r.rule), ...definitions.map(d => d.definition)]) {
      taken += 1
      const print = printStatement(statement)
      if (print.length > MAX_SENTENCE) continue
      const back = compileText(print, vocabulary)
      assert.deepEqual([...back.rules.map(r => r.rule), ...back.definitions.map(d => d.definition)], [statement], text)
    }
  }
  assert.ok(taken > COUNT / 50, `only ${taken} were read`)
})

const many = (text: string, times: number): string => text.repeat(times)

/** Lines that are all different, so that none is known from another. */
const lines = (text: string, times: number): string =>
  Array.from({ length: times }, (_, i) => `${text} on 2026-01-01 or by user-${i}`).join('\n')

/** What a text may do to a parser: long words, long lists, deep brackets, quotes, repeats, and nothing but noise. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['one long word', many('a', MAX_TEXT)],
  ['long words', lines(`${many('b', 900)} can view documents`, 1000)],
  ['commas', `Users can view ${many(', ', 10_000)}`],
  ['a long list', `Users can view ${many('documents, ', 10_000)}`],
  ['brackets', lines(`Users can view documents if ${many('(', 65)}on weekdays${many(')', 65)}`, 500)],
  ['open brackets', lines(`${many('(', 140)}users can view documents`, 500)],
  ['open quotes', many('Users can view "documents.\n', 5000)],
  ['backslashes', lines(`Users can view "${many('\\\\', 400)}`, 500)],
  ['possessives', lines(`Users can view documents of ${many("their team's ", 40)}owner`, 500)],
  ['approvals', lines(`Agents need ${many("their owner's approval ", 40)}to delete data`, 500)],
  ['fronts', lines(`If ${many('on weekdays, ', 30)}users can view documents`, 500)],
  ['mentions', lines(`Editors of ${many('a document and of ', 25)}it can edit it`, 500)],
  ['clauses', lines(`Users can view documents and ${many('edit articles and view them and ', 15)}folders`, 500)],
  ['conditions', lines(`Users can view documents ${many('unless on weekdays or ', 30)}if they own it`, 500)],
  ['numbers', lines(`Users can release payments over ${many('1,000,', 150)}`, 500)],
  ['spaces', `Users can view${many(' ', 500_000)}documents`],
  ['dots', many('.', MAX_TEXT)],
  ['names', many('[a]', 300_000)],
  ['lines', many('\n', MAX_TEXT)],
  ['bad sentences', many('Users can view docments on weekdays.\n', 10_000)],
]

for (const [name, text] of HOSTILE) {
  test(`hostile text ends, with what is said of it capped: ${name}`, () => {
    const { diagnostics } = compileText(text.slice(0, MAX_TEXT), vocabulary)
    assert.ok(diagnostics.length <= MAX_DIAGNOSTICS + 1)
  })
}
