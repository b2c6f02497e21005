import { type Found, found, hasClass, isOpen, phraseAt, phrasesOf, runAt, skip, type Tokens, wordAt } from './match.ts'
import { amountsAt, comparedAt } from './match-compared.ts'
import { ageAt, agoAt } from './match-duration.ts'
import { dates } from './match-when.ts'
import { deviceAt, placesAt, signedAt } from './match-where.ts'
import type { Detail } from './syntax.ts'
import type { Token } from './token.ts'
import { currencyOf, numberWord } from './values.ts'

/** Readers of what is said of a noun in a few words of its own. */

type Said = Found<Detail>

export const PARTICIPLE =
  /(?:ed|en|wn|[aei]ble)$|^(?:held|kept|led|made|sent|built|bought|sold|given|taken|run|set|read|done|open|known|taught|told|lent|bound)$/

const WHO = new Set(['who', 'that', 'which'])
const BEEN = new Set(['was', 'were', 'has', 'have', 'been', 'had'])
const LAST = new Set(['last', 'first'])

/** `created more than 30 days ago`, `who joined within the last year`, `expiring before 2026-12-31`. */
function happened(t: Tokens, i: number): Said | null {
  let at = skip(t, i, WHO)
  while (BEEN.has(wordAt(t, at))) at += 1
  at = skip(t, at, LAST)
  const verb = t[at]
  if (!isOpen(verb)) return null
  const ago = agoAt(t, at + 1)
  if (ago !== null) return found({ kind: 'happened', verb, when: ago.node }, ago.end)
  if (!WHO.has(wordAt(t, i)) && !PARTICIPLE.test(verb.word) && !/ing$|^due$/.test(verb.word)) return null
  const days = dates(t, at + 1)
  return days === null ? null : found({ kind: 'happened', verb, when: days.node }, days.end)
}

/** Whether it is said to be lacking. */
const HAS = phrasesOf<boolean>({ has: false, have: false, 'does not have': true, 'do not have': true })
const WITH = phrasesOf<boolean>({
  with: false,
  having: false,
  without: true,
  lacking: true,
  has: false,
  have: false,
  'does not have': true,
  'do not have': true,
})
const A = new Set(['a', 'an', 'the', 'no', 'their'])

/** `with a clearance of at least 3`, `with more than 3 pages`, `with status draft`, `without MFA`. */
function having(t: Tokens, i: number): Said | null {
  const lead = phraseAt(t, skip(t, i, WHO), WHO.has(wordAt(t, i)) ? HAS : WITH)
  if (lead === null) return null
  const from = lead.end
  const without = lead.node || wordAt(t, from) === 'no'
  const counted = amountsAt(t, from)
  if (counted !== null) {
    const name = runAt(t, counted.end, 3)
    return without || name.length === 0
      ? null
      : found({ kind: 'with', name, counted: true, value: counted.node }, counted.end + name.length)
  }
  const at = skip(t, from, A)
  const quoted = t[at]?.kind === 'quoted'
  const words = quoted ? t.slice(at, at + 1) : runAt(t, at)
  const end = at + words.length
  if (words.length === 0 || wordAt(t, end) === 'as' || t[end]?.kind === 'possess') return null
  if (!without) {
    const of = wordAt(t, end) === 'of' ? end + 1 : end
    const compared = comparedAt(t, of)
    if (compared !== null && compared.node.kind !== 'place')
      return found({ kind: 'with', name: words, counted: false, value: compared.node }, compared.end)
    const value = t[of]
    if (hasClass(value, 'value')) return found({ kind: 'with', name: words, counted: false, value }, of + 1)
    const bare = of > end ? listAt(t, of) : null
    if (bare !== null) return found({ kind: 'with', name: words, counted: false, value: bare.node }, bare.end)
    if (of > end || numberWord(value) !== null) return null
  }
  return quoted ? null : found({ kind: 'having', without, words }, end)
}

/** Bare words and quoted text with `or` between them, as one `values`. */
function listAt(t: Tokens, i: number, most = 4): Found<Token> | null {
  const parts: Token[] = []
  let at = i
  for (;;) {
    const words = t[at]?.kind === 'quoted' ? t.slice(at, at + 1) : runAt(t, at, most)
    if (words.length === 0) break
    parts.push(...words)
    at += words.length
    const comma = wordAt(t, at) === ',' ? at + 1 : at
    const or = wordAt(t, comma) === 'or' ? comma + 1 : comma
    const more = t[or]
    const goesOn =
      wordAt(t, comma) === 'or' && (more?.kind === 'quoted' || (isOpen(more) && wordAt(t, or + 1) !== 'of'))
    if (!goesOn) break
    parts.push(...t.slice(at, or))
    at = or
  }
  const first = parts[0]
  const last = parts[parts.length - 1]
  if (first === undefined || last === undefined) return null
  const text = parts.map(part => part.text).join(' ')
  return found({ kind: 'values', text, word: '', start: first.start, end: last.end, is: ['values'], parts }, at)
}

const AS = new Set(['as'])

/** `classified secret`, `tagged "press"`. */
function valued(t: Tokens, i: number): Said | null {
  const participle = t[i]
  if (!isOpen(participle) || !PARTICIPLE.test(participle.word)) return null
  const value = listAt(t, skip(t, i + 1, AS), 1)
  return value === null ? null : found({ kind: 'valued', participle, value: value.node }, value.end)
}

function currency(t: Tokens, i: number): Said | null {
  const token = t[i + 1]
  return wordAt(t, i) === 'in' && token?.kind === 'word' && currencyOf(token) !== null
    ? found({ kind: 'currency', token }, i + 2)
    : null
}

function age(t: Tokens, i: number): Said | null {
  const ago = ageAt(t, i)
  return ago === null ? null : found({ kind: 'ago', ago: ago.node }, ago.end)
}

const OF = new Set(['of'])

/** `over $10k`, `of at least 2 hours`. */
const amounts = (t: Tokens, i: number): Said | null => amountsAt(t, skip(t, i, OF))

function clause(t: Tokens, i: number): Said | null {
  const said = signedAt(t, i) ?? deviceAt(t, i)
  return said === null ? null : found({ kind: 'clause', clause: said.node }, said.end)
}

const LIVES = /^(?:live|work|reside)s?$/

function place(t: Tokens, i: number): Said | null {
  const who = skip(t, i, WHO)
  const places = who > i && !LIVES.test(wordAt(t, who)) ? null : placesAt(t, who)
  return places === null ? null : found({ kind: 'place', where: places.node }, places.end)
}

/** What is said of the noun before this place. */
export function detailAt(t: Tokens, i: number): Said | null {
  return clause(t, i) ?? age(t, i) ?? happened(t, i) ?? amounts(t, i) ?? having(t, i) ?? currency(t, i) ?? place(t, i)
}

/** As `detailAt`, where a noun is known to stand before. */
export const detailOfNoun = (t: Tokens, i: number): Said | null => valued(t, i)
