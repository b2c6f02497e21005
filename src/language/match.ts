import type { CompareOp } from '../policy/ast.ts'
import type { Token } from './token.ts'

/** Readers of what is several words and one thing. Each looks at one place and says what stands there and where it ends. */

export type Tokens = readonly Token[]

export interface Found<T> {
  readonly node: T
  readonly end: number
}

export const found = <T>(node: T, end: number): Found<T> => ({ node, end })

export const wordAt = (t: Tokens, i: number): string => t[i]?.word ?? ''
export const isOpen = (token: Token | undefined): token is Token => token?.is.includes('word') ?? false
export const hasClass = (token: Token | undefined, name: string): token is Token => token?.is.includes(name) ?? false

export type Phrases<T> = ReadonlyMap<string, readonly (readonly [readonly string[], T])[]>

/** Phrases by their first word, the longer ones first. */
export function phrasesOf<T>(table: Readonly<Record<string, T>>): Phrases<T> {
  const byFirst = new Map<string, (readonly [readonly string[], T])[]>()
  for (const [phrase, value] of Object.entries(table)) {
    const words = phrase.split(' ')
    byFirst.set(words[0] ?? '', [...(byFirst.get(words[0] ?? '') ?? []), [words, value]])
  }
  for (const list of byFirst.values()) list.sort((a, b) => b[0].length - a[0].length)
  return byFirst
}

export function phraseAt<T>(t: Tokens, i: number, phrases: Phrases<T>): Found<T> | null {
  for (const [words, value] of phrases.get(wordAt(t, i)) ?? []) {
    if (words.every((word, n) => wordAt(t, i + n) === word)) return found(value, i + words.length)
  }
  return null
}

/** How many of the given words stand at a place, one after the other: `skip(t, i, ['the', 'our'])`. */
export const skip = (t: Tokens, i: number, words: ReadonlySet<string>): number => (words.has(wordAt(t, i)) ? i + 1 : i)

const ORDER = phrasesOf<CompareOp>({
  over: 'gt',
  above: 'gt',
  exceeding: 'gt',
  'more than': 'gt',
  'greater than': 'gt',
  'higher than': 'gt',
  'larger than': 'gt',
  'bigger than': 'gt',
  'longer than': 'gt',
  'heavier than': 'gt',
  'in excess of': 'gt',
  under: 'lt',
  below: 'lt',
  'less than': 'lt',
  'fewer than': 'lt',
  'lower than': 'lt',
  'smaller than': 'lt',
  'shorter than': 'lt',
  'lighter than': 'lt',
  'at least': 'ge',
  'no less than': 'ge',
  'not less than': 'ge',
  'no fewer than': 'ge',
  'no smaller than': 'ge',
  'no shorter than': 'ge',
  'a minimum of': 'ge',
  'at most': 'le',
  'up to': 'le',
  'no more than': 'le',
  'not more than': 'le',
  'no greater than': 'le',
  'no larger than': 'le',
  'no bigger than': 'le',
  'no longer than': 'le',
  'no heavier than': 'le',
  'no higher than': 'le',
  'not exceeding': 'le',
  'a maximum of': 'le',
  exactly: 'eq',
  'equal to': 'eq',
})

/** `more than`, `no larger than` and their like. */
export const orderAt = (t: Tokens, i: number): Found<CompareOp> | null => phraseAt(t, i, ORDER)

/** Open words from a place on, at most `most`. */
export function runAt(t: Tokens, i: number, most = 6): readonly Token[] {
  let end = i
  while (end - i < most && isOpen(t[end])) end += 1
  return t.slice(i, end)
}
