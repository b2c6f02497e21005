import { capitalize, RESERVED } from '../policy/print-words.ts'
import { classify, shapeOf } from './classify.ts'
import { confined, formsOf, frontEnds, isRule, lacksComma, plainly } from './forms.ts'
import { lex } from './lexer.ts'
import type { Lexicon } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { type Parsed, parseClauses, parseDefinition, parseRule } from './parse.ts'
import type { Fault, Place } from './scope.ts'
import type { Sentence } from './split.ts'
import type { Clause, Joined, RuleNode } from './syntax.ts'
import type { DefinitionNode } from './syntax-definition.ts'
import type { Token } from './token.ts'
import { approvedBy, unknownCircumstance } from './unknown.ts'
import { dayOfMonth, realDay } from './values.ts'
import { isVerb } from './verbs.ts'

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
  if (sentence.text === '') {
    const at = sentence.name ?? sentence
    return error('syntax', at.start, at.end, 'this name has no sentence after it', ['a sentence on the same line'])
  }
  const written = readWritten(sentence)
  if ('message' in written) return written
  const tokens = plainly(written)
  return { sentence, tokens, shape: shapeOf(tokens) }
}

/** The tokens as they were written, or why there are none. */
export function readWritten(sentence: Place & { readonly text: string }): readonly Token[] | Fault {
  if (sentence.text.length > MAX_SENTENCE) {
    return error(
      'too_long',
      sentence.start,
      sentence.end,
      `a sentence has at most ${MAX_SENTENCE} characters, this one has ${sentence.text.length}`,
      SHORTER,
    )
  }
  const written = lex(sentence.text, sentence.start, MAX_TOKENS)
  if (written.length > MAX_TOKENS) {
    return error('too_long', sentence.start, sentence.end, `a sentence has at most ${MAX_TOKENS} words`, SHORTER)
  }
  const last = written[written.length - 1]
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
  const slashed = written.find(token => token.kind === 'slashed')
  if (slashed !== undefined) return whichDay(slashed)
  return withMonths(written)
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

type Front = readonly Joined<Clause>[]

/** The trees of each clause of a sentence that makes rules, or why there are none. */
export function treesOfRule(read: Read, words: Lexicon): readonly (readonly RuleNode[])[] | Fault {
  const ends = frontEnds(read.tokens)
  if (ends.length === 0) {
    const trees = clauseTrees(read, read.tokens, words)
    return 'message' in trees ? (withoutComma(trees, read) ?? trees) : trees
  }
  let why: Fault | null = null
  const found: (readonly (readonly RuleNode[])[])[] = []
  for (const end of ends) {
    const front = treesOf(read, read.tokens.slice(0, end), words, parseClauses)
    const rest = 'message' in front ? front : clauseTrees(read, read.tokens.slice(end + 1), words)
    if ('message' in front || 'message' in rest) why ??= rest as Fault
    else found.push(front.flatMap(clauses => [rest.map(trees => trees.map(tree => fronted(tree, clauses)))]).flat())
  }
  const [only, ...more] = found
  if (only === undefined) return why ?? clauseTrees(read, read.tokens, words)
  return more.length === 0 ? only : only.map((trees, i) => [...trees, ...more.flatMap(other => other[i] ?? [])])
}

/** `On weekdays users can …`, where a comma would tell the two apart. */
function withoutComma(fault: Fault, read: Read): Fault | null {
  const modal = lacksComma(read.tokens)
  const at = modal === null ? undefined : read.tokens[modal]
  if (at === undefined || fault.code !== 'syntax') return null
  const { start, end } = read.tokens[0] ?? read.sentence
  return error('syntax', start, end, 'a condition that comes first ends with a comma', [
    `a comma before who the sentence is about, as in \`on weekdays, users ${at.text} …\``,
  ])
}

const fronted = (tree: RuleNode, front: Front): RuleNode => ({ ...tree, front })

function clauseTrees(read: Read, tokens: readonly Token[], words: Lexicon): readonly (readonly RuleNode[])[] | Fault {
  const found: (readonly RuleNode[])[] = []
  for (const form of formsOf(tokens, word => isVerb(word) || words.vocabulary.verbs.has(word))) {
    const tries = confined(form).map(one => treesOf(read, one.tokens, words, given => parseRule(one.start, given)))
    const trees = tries.find(tried => !('message' in tried)) ?? tries[0]
    if (trees === undefined || 'message' in trees) return trees as Fault
    found.push(trees)
  }
  return found
}

/** The tree of a definition, or why there is none. */
export function treeOfDefinition(read: Read, words: Lexicon): DefinitionNode | Fault {
  const found = treesOf(read, read.tokens, words, parseDefinition)
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

function treesOf<T>(
  read: Read,
  written: readonly Token[],
  words: Lexicon,
  parse: (tokens: readonly Token[]) => Parsed<T>,
): readonly T[] | Fault {
  const tokens = classify(written, read.shape, words)
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
  if (read.shape === 'rule' && !isRule(read.tokens) && !read.tokens.some(token => VERB.test(token.word))) {
    const message = 'a sentence says who `can` or `cannot` do what, or defines a word with `is`, `are` or `has`'
    return error('syntax', start, end, message, ['`… can …`, `… cannot …`, `… need approval from … to …`'])
  }
  if (at === null) return error('syntax', end, end + 1, 'the sentence ends too early', expected)
  const unknown =
    read.shape === 'rule' ? (approvedBy(read.tokens) ?? unknownCircumstance(tokens, tokens.indexOf(at), words)) : null
  if (unknown !== null) {
    const { code, message, suggestion } = unknown
    return error(code, unknown.at.start, unknown.at.end, message, unknown.expected, suggestion)
  }
  if (at.is.includes('again')) {
    return error(
      'ambiguous',
      at.start,
      at.end,
      `whether the condition before it holds for \`${at.text}\` as well is not said`,
      ['the condition at the end, where it holds for all that is done', 'two sentences'],
    )
  }
  if (at.word === 'only' && /^(?:can|may)$/.test(tokens[tokens.indexOf(at) - 1]?.word ?? '')) return onlyWhat(at, read)
  if (at.word === 'only' && tokens.indexOf(at) === tokens.length - 1) return onlyWhat(at, read)
  const wanted = expected.flatMap(label => (/^`[a-z' ]+`$/.test(label) ? [label.slice(1, -1)] : []))
  const near = at.kind === 'word' ? nearest(at.text, wanted) : null
  return error('syntax', at.start, at.end, `\`${at.text}\` does not fit here`, expected, near)
}

/** `Users can only view documents`: they alone, or nothing else; the second no rule can say. */
function onlyWhat(at: Token, read: Read): Fault {
  const { start, text } = read.sentence
  const before = text.slice(0, at.start - start).trim()
  const after = text
    .slice(at.end - start)
    .trim()
    .replace(/\.$/, '')
  const small = /^[A-Z][a-z]+s\b/.test(before) ? before.charAt(0).toLowerCase() + before.slice(1) : before
  return error('ambiguous', at.start, at.end, '`only` can be said of who, or of what they do', [
    `${`Only ${small} ${after}`.trim()}.`,
    `${`${capitalize(before)} ${after}`.trim()}.`,
  ])
}
