import { RESERVED } from '../policy/print-words.ts'
import { classify, shapeOf } from './classify.ts'
import { lex } from './lexer.ts'
import type { Lexicon } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { type Parsed, parseDefinition, parseRule } from './parse.ts'
import type { Fault } from './scope.ts'
import type { Sentence } from './split.ts'
import type { DefinitionNode, RuleNode } from './syntax.ts'
import type { Token } from './token.ts'
import { unknownCircumstance } from './unknown.ts'
import { dayOfMonth, realDay } from './values.ts'

export const MAX_SENTENCE = 1000
export const MAX_TOKENS = 150

/** A sentence as tokens, not yet classified. */
export interface Read {
  readonly sentence: Sentence
  readonly tokens: readonly Token[]
  readonly shape: 'rule' | 'definition'
}

const error = (
  code: Fault['code'],
  start: number,
  end: number,
  message: string,
  expected: readonly string[] = [],
  suggestion: string | null = null,
): Fault => ({
  code,
  severity: 'error',
  start,
  end,
  message,
  expected,
  suggestion,
})

const SHORTER = ['several shorter sentences, or a definition that names a part of it']

/** The tokens of a sentence, or why it has none. */
export function readTokens(sentence: Sentence): Read | Fault {
  if (sentence.text.length > MAX_SENTENCE) {
    return error(
      'too_long',
      sentence.start,
      sentence.end,
      `a sentence has at most ${MAX_SENTENCE} characters, this one has ${sentence.text.length}`,
      SHORTER,
    )
  }
  const tokens = lex(sentence.text, sentence.start, MAX_TOKENS)
  if (tokens.length > MAX_TOKENS) {
    return error('too_long', sentence.start, sentence.end, `a sentence has at most ${MAX_TOKENS} words`, SHORTER)
  }
  const last = tokens[tokens.length - 1]
  if (last?.kind === 'unreadable') {
    const quote = last.text === '"' || last.text === '“'
    return error(
      'unreadable_character',
      last.start,
      last.end,
      quote ? 'this quote is never closed' : `\`${last.text}\` has no meaning here`,
      [quote ? 'a closing quote on the same line' : 'words, numbers, commas or text in quotes'],
    )
  }
  const slashed = tokens.find(token => token.kind === 'slashed')
  if (slashed !== undefined) return whichDay(slashed)
  const months = withMonths(tokens)
  return { sentence, tokens: months, shape: shapeOf(months) }
}

/** `3/4/2026`: the day first, or the month. */
function whichDay(token: Token): Fault {
  const [a = '', b = '', year = ''] = token.text.split(/[/.]/)
  const date = (month: string, day: string): string =>
    `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const days = [...new Set([date(b, a), date(a, b)])].filter(day => realDay(day) !== null)
  const message =
    days.length > 1
      ? `\`${token.text}\` can be two days: the day may stand first, or the month`
      : `\`${token.text}\` is no way to write a day here`
  const expected = days.length > 0 ? days.map(day => `\`${day}\``) : ['a date, such as `2026-12-31`']
  const code = days.length > 1 ? 'ambiguous' : 'wrong_value'
  return error(code, token.start, token.end, message, expected, days.length === 1 ? (days[0] ?? null) : null)
}

const AFTER_MODAL = /^(?:not|never|only|do)$/

/** `may` beside a day or a year is the month, and then its word is `May`. */
function withMonths(tokens: readonly Token[]): readonly Token[] {
  return tokens.map((token, i) => {
    if (token.word !== 'may') return token
    const next = tokens[i + 1]
    const before = tokens[i - 1]
    const day = dayOfMonth(before) > 0 || (before?.word === 'of' && dayOfMonth(tokens[i - 2]) > 0)
    const verb =
      next?.kind === 'quoted' ||
      AFTER_MODAL.test(next?.word ?? '') ||
      (next?.is.includes('word') && !RESERVED.has(next.word))
    return next?.kind === 'number' || (day && !verb) ? { ...token, word: 'May' } : token
  })
}

/** The trees of a rule, or why there are none. */
export const treesOfRule = (read: Read, words: Lexicon): readonly RuleNode[] | Fault => trees(read, words, parseRule)

/** The tree of a definition, or why there is none. */
export function treeOfDefinition(read: Read, words: Lexicon): DefinitionNode | Fault {
  const found = trees(read, words, parseDefinition)
  if ('message' in found) return found
  const tree = found[0]
  if (tree !== undefined && found.length === 1) return tree
  return error(
    'ambiguous',
    read.sentence.start,
    read.sentence.end,
    `this definition can be read in ${found.length} ways`,
  )
}

function trees<T>(read: Read, words: Lexicon, parse: (tokens: readonly Token[]) => Parsed<T>): readonly T[] | Fault {
  const tokens = classify(read.tokens, read.shape, words)
  const parsed = parse(tokens)
  switch (parsed.kind) {
    case 'trees':
      return parsed.trees
    case 'tangled':
      return error(
        'ambiguous',
        read.sentence.start,
        read.sentence.end,
        'this sentence can be read in too many ways',
        SHORTER,
      )
    case 'stuck':
      return stuck(parsed.at, parsed.expected, tokens, read, words)
  }
}

const VERB = /^(?:can|cannot|may|must|needs?|requires?|allowed|permitted)$/

/** What is said of the place where no tree goes on. `tokens` are those the grammar saw. */
function stuck(
  at: Token | null,
  expected: readonly string[],
  tokens: readonly Token[],
  read: Read,
  words: Lexicon,
): Fault {
  const { start, end } = read.sentence
  if (read.shape === 'rule' && !read.tokens.some(token => VERB.test(token.word))) {
    const message = 'a sentence says who `can` or `cannot` do what, or defines a word with `is`, `are` or `has`'
    return error('syntax', start, end, message, ['`… can …`, `… cannot …`, `… need approval from … to …`'])
  }
  if (at === null) return error('syntax', end, end + 1, 'the sentence ends too early', expected)
  const unknown = read.shape === 'rule' ? unknownCircumstance(tokens, tokens.indexOf(at), words) : null
  if (unknown !== null) {
    const { code, message, suggestion } = unknown
    return error(code, unknown.at.start, unknown.at.end, message, unknown.expected, suggestion)
  }
  const wanted = expected.flatMap(label => (/^`[a-z' ]+`$/.test(label) ? [label.slice(1, -1)] : []))
  const near = at.kind === 'word' ? nearest(at.text, wanted) : null
  return error('syntax', at.start, at.end, `\`${at.text}\` does not fit here`, expected, near)
}
