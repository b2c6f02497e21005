import { countryNamed } from '../policy/countries.ts'
import { dates, dayLists, rangeLists } from './chunks.ts'
import { fold, isNoun, type Lexicon } from './lexicon.ts'
import type { Circumstance } from './question-syntax.ts'
import { chunk, type Token } from './token.ts'

/** Readers of the times and places a question supposes. */

type Tokens = readonly Token[]

interface Found {
  readonly node: Circumstance
  readonly end: number
}

export const RELATIVE: ReadonlySet<string> = new Set(['today', 'tomorrow', 'yesterday', 'now'])
const THE = new Set(['the', 'our'])
/** Words after which a day or a time is what something is compared with. */
const COMPARES = new Set(
  'is are not before after until since from between than exactly least most over under or'.split(' '),
)

const word = (t: Tokens, i: number): string => t[i]?.word ?? ''

/** Makes one token of each time and each place. */
export function supposed(tokens: Tokens, words: Lexicon): Tokens {
  const t = rangeLists(dayLists(dates(tokens)))
  const made: Token[] = []
  for (let i = 0; i < t.length; ) {
    const compared = COMPARES.has(word(t, i - 1))
    const found = (compared ? null : whenAt(t, i)) ?? whereAt(t, i, words)
    const is = found === null ? [] : ['asking', `asking_${found.node.kind}`]
    made.push(found === null ? (t[i] as Token) : chunk('phrase', t.slice(i, found.end), is))
    i = found?.end ?? i + 1
  }
  return made
}

/** What a token that `supposed` made stands for, read once more. */
export function circumstanceOf({ parts, is }: Token): Circumstance {
  const when = whenAt(parts, 0)
  if (when !== null) return when.node
  const name = parts.slice(THE.has(word(parts, 1)) ? 2 : 1)
  const token = { ...chunk('phrase', name, []), word: textOf(name).toLowerCase() }
  if (is.includes('asking_schedule')) return { kind: 'schedule', token }
  if (is.includes('asking_country')) return { kind: 'country', token }
  const ranges = name.find(part => part.kind === 'ranges')
  return ranges === undefined ? { kind: 'network', token } : { kind: 'ranges', token: ranges }
}

function whenAt(t: Tokens, i: number): Found | null {
  const token = t[i]
  if (token?.kind === 'word' && RELATIVE.has(token.word)) return { node: { kind: 'relative', token }, end: i + 1 }
  return (
    dayAt(t, i) ??
    zoned(t, word(t, i) === 'on' ? i + 1 : i, 'date') ??
    zoned(t, word(t, i) === 'at' ? i + 1 : i, 'time')
  )
}

function dayAt(t: Tokens, i: number): Found | null {
  const at = word(t, i) === 'on' ? i + 1 : i
  const which = word(t, at)
  const week = which === 'next' || which === 'this' ? which : null
  const token = t[week === null ? at : at + 1]
  return token?.kind === 'days' ? { node: { kind: 'days', token, week }, end: (week === null ? at : at + 1) + 1 } : null
}

function zoned(t: Tokens, i: number, kind: 'date' | 'time'): Found | null {
  const token = t[i]
  const time = kind === 'time' && (token?.word === 'noon' || token?.word === 'midnight')
  if (token === undefined || (token.kind !== kind && !time)) return null
  const zone = word(t, i + 1) === 'in' ? t[i + 2] : undefined
  const known = zone !== undefined && (zone.kind === 'zone' || /^(?:utc|gmt)$/.test(zone.word))
  return { node: { kind, token, zone: known ? zone : null }, end: known ? i + 3 : i + 1 }
}

function whereAt(t: Tokens, i: number, words: Lexicon): Found | null {
  const lead = word(t, i)
  const at = THE.has(word(t, i + 1)) ? i + 2 : i + 1
  if (lead === 'during') return longest(t, at, run => (words.schedules.has(fold(textOf(run))) ? 'schedule' : null))
  const inside = lead === 'in' || lead === 'inside'
  if (!inside && lead !== 'from') return null
  const token = t[at]
  if (token?.kind === 'ranges') return { node: { kind: 'ranges', token }, end: at + 1 }
  // What is said to be in a place right behind a noun is said of the noun.
  const attached = inside && t[i - 1] !== undefined && isNoun(words, word(t, i - 1))
  return longest(t, at, run => {
    if (words.networks.has(fold(textOf(run)))) return 'network'
    return !attached && countryOf(run) !== null ? 'country' : null
  })
}

/** Words of the longest name that is tried. */
const MOST = 8

type Named = 'schedule' | 'network' | 'country'

function longest(t: Tokens, from: number, kindOf: (run: Tokens) => Named | null): Found | null {
  for (let end = Math.min(t.length, from + MOST); end > from; end--) {
    const run = t.slice(from, end)
    const kind = run.every(token => token.kind === 'word' || token.kind === 'possess') ? kindOf(run) : null
    if (kind === null) continue
    const name = { ...chunk('phrase', run, []), word: textOf(run).toLowerCase() }
    return { node: { kind, token: name }, end }
  }
  return null
}

const textOf = (run: Tokens): string => run.map(token => token.text).join(' ')

/** The code of the country that tokens name. */
export const countryOf = (run: Tokens): string | null => countryNamed(textOf(run).replace(/ (?=['’])/g, ''))
