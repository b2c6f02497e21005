import { RESERVED } from '../policy/print-words.ts'
import { choiceLists, cityZones, dates, dayLists, money, quantities, rangeLists, valueLists } from './chunks.ts'
import { circumstances } from './circumstances.ts'
import { isRule } from './forms.ts'
import { find, fold, isNoun, isPhrase, type Lexicon } from './lexicon.ts'
import { definedLists } from './match-defined.ts'
import { PARTICIPLE } from './match-detail.ts'
import { namedThings } from './named-things.ts'
import { phrases, verbPhrases } from './phrases.ts'
import { chunk, type Token } from './token.ts'

const MODALS = new Set('can cannot may must need needs require requires allowed permitted'.split(' '))
const VERBS_OF_BEING = new Set('is are has have'.split(' '))

/** Whether a sentence defines a word or makes a rule: only rules say can, may, must or need. */
export function shapeOf(tokens: readonly Token[]): 'rule' | 'definition' {
  if (tokens.some(token => token.word === 'means')) return 'definition'
  if (tokens.some(token => MODALS.has(token.word)) || isRule(tokens)) return 'rule'
  return tokens.some(token => VERBS_OF_BEING.has(token.word)) ? 'definition' : 'rule'
}

/** Gives each token its classes and makes one token of what is one thing, so that the grammar sees only shape. */
export function classify(
  tokens: readonly Token[],
  shape: 'rule' | 'definition' | 'question',
  words: Lexicon,
): readonly Token[] {
  const open = (shape === 'definition' ? tokens : namedThings(tokens, words)).map(reserve)
  const whole = shape === 'question' ? open : sharedWith(open, words)
  const plain = quantities(rangeLists(dayLists(money(dates(cityZones(timed(whole, words)))))), words.units)
  if (shape === 'definition') {
    const verb = plain.findIndex(token => VERBS_OF_BEING.has(token.word))
    const head = plain.slice(0, verb + 1)
    const rest = plain
      .slice(verb + 1)
      .map((token, i) => (i === 0 && token.word === 'also' ? { ...token, is: [] } : token))
    if (/^ha/.test(plain[verb]?.word ?? '')) return [...head, ...choiceLists(rest)]
    const said = definedLists(names(rest, words)) ?? circumstances(names(rest, words), shape, words)
    return [...head, ...valueLists(participles(said), words)]
  }
  const named = adjectives(names(withoutOnly(plain.map(shape === 'rule' ? indefinite : same)), words), words)
  const marked = circumstances(capabilities(shape === 'question' ? named : phrases(named, words)), shape, words)
  if (shape === 'question') return valueLists(maybeParticiples(marked), words)
  return verbPhrases(valueLists(participles(marked), words), words)
}

const same = (token: Token): Token => token
const ENDS_NOUN = /^(?:can|cannot|may|must|is|are|needs?|requires?|has|have)$/

/** `a document` that nothing more is said of, and that what follows may take up: `editors of a document can …`. */
function indefinite(token: Token, i: number, tokens: readonly Token[]): Token {
  if (token.word !== 'a' && token.word !== 'an') return token
  let end = i + 1
  while (end < i + 4 && isOpen(tokens[end])) end += 1
  const next = tokens[end]
  const ends = next === undefined || next.kind === 'possess' || next.word === ',' || ENDS_NOUN.test(next.word)
  return end > i + 1 && ends ? { ...token, is: ['indefinite'] } : token
}

const TURNED = /^(?:enabled|disabled|verified|confirmed|active)$/

/** `with MFA and email verified`: `with` holds for each of the flags in a list. */
function sharedWith(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  if (!tokens.some(token => token.word === 'with' || token.word === 'without')) return tokens
  const found: Token[] = []
  let lead: Token | null = null
  for (const [i, token] of tokens.entries()) {
    if (token.word === 'with' || token.word === 'without') lead = token
    else if (MODALS.has(token.word)) lead = null
    const joint = found[found.length - 1]
    if (lead !== null && (joint?.word === 'and' || joint?.word === 'or') && isFlag(tokens, i, words))
      found.push({ ...lead, start: token.start, end: token.start })
    found.push(token)
  }
  return found
}

function isFlag(tokens: readonly Token[], i: number, words: Lexicon): boolean {
  let end = i
  while (end < i + 3 && isOpen(tokens[end])) end += 1
  const run = tokens.slice(i, end).map(token => fold(token.word))
  const name = run.join('_')
  if (run.length === 0) return false
  return words.flags.has(name) || words.flags.has(`${name}_enabled`) || TURNED.test(run[run.length - 1] ?? '')
}

/** Reserved words are no open words, whatever a vocabulary says. */
function reserve(token: Token): Token {
  if (token.kind !== 'word') return token
  return RESERVED.has(token.word) || token.word === 'our' ? { ...token, is: [] } : token
}

/** `created at` is one word where an attribute is called so, or is just being defined. */
function timed(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  if (!tokens.some(token => token.word === 'at' || token.word === 'on')) return tokens
  const found: Token[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    const next = tokens[i + 1]
    const at = next !== undefined && (next.word === 'at' || next.word === 'on') && isOpen(token)
    const word = `${token.word}_${next?.word}`
    if (next !== undefined && at && (words.moments.has(word) || tokens[i + 2]?.word === 'as')) {
      found.push({ ...token, text: word, word, end: next.end })
      i += 1
    } else found.push(token)
  }
  return found
}

const AFTER_ONLY = new Set(
  'if when while on from during between after before until since outside within with'.split(' '),
)

/** `only if` and `only on` say no more than `if` and `on`. */
function withoutOnly(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter((token, i) => i === 0 || token.word !== 'only' || !AFTER_ONLY.has(tokens[i + 1]?.word ?? ''))
}

const isOpen = (token: Token | undefined): boolean => token?.is.includes('word') ?? false

/** Names of several words become one token, the longest first; a verb stays by itself. */
function names(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as Token
    const verb =
      MODALS.has(tokens[i - 1]?.word ?? '') || (tokens[i - 1]?.word === 'to' && tokens[i - 2]?.kind === 'word')
    const length = isOpen(token) && !verb ? longest(tokens, i, words) : 1
    found.push(length === 1 ? single(token, words) : several(tokens.slice(i, i + length), words))
    i += length
  }
  return found
}

function longest(tokens: readonly Token[], from: number, words: Lexicon): number {
  if (!words.heads.has(fold(tokens[from]?.word ?? '').split('_')[0] ?? '')) return 1
  let best = 1
  let phrase = ''
  for (let i = from; i < from + 6 && isOpen(tokens[i]); i++) {
    phrase += (i > from ? '_' : '') + fold(tokens[i]?.word ?? '')
    if (i > from && isPhrase(words, phrase)) best = i - from + 1
  }
  return best
}

/** `public or internal` before a noun is one word that says either. */
function adjectives(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  const choice = (i: number): boolean => isOpen(tokens[i]) && words.choices.has(fold(tokens[i]?.word ?? ''))
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    let end = i
    if (choice(i) && !MODALS.has(tokens[i - 1]?.word ?? '')) {
      end += 1
      for (let next = jointEnd(tokens, end); next > end && choice(next); next = jointEnd(tokens, end)) end = next + 1
    }
    const noun = tokens[end]
    const list = end - i > 1 && isOpen(noun) && isNoun(words, noun?.word ?? '')
    found.push(list ? { ...chunk('word', tokens.slice(i, end), ['word']), word: 'either' } : (tokens[i] as Token))
    i = list ? end : i + 1
  }
  return found
}

function jointEnd(tokens: readonly Token[], i: number): number {
  const comma = tokens[i]?.word === ',' ? i + 1 : i
  return /^(?:or|and)$/.test(tokens[comma]?.word ?? '') ? comma + 1 : comma
}

function special(phrase: string, words: Lexicon): readonly string[] {
  const classes: string[] = []
  if (words.networks.has(phrase)) classes.push('network')
  if (words.schedules.has(phrase)) classes.push('schedule')
  if (words.calendars.has(phrase)) classes.push('calendar')
  if (words.regions.has(phrase)) classes.push('region')
  return classes
}

function single(token: Token, words: Lexicon): Token {
  if (!isOpen(token)) return token
  const classes = special(fold(token.word), words)
  const zone = /^(?:utc|gmt)$/.test(token.word) ? ['zone'] : []
  return classes.length + zone.length === 0 ? token : { ...token, is: [...token.is, ...classes, ...zone] }
}

function several(parts: readonly Token[], words: Lexicon): Token {
  const word = parts.map(part => part.word).join(' ')
  const classes = special(fold(word), words)
  const noun = words.names.has(fold(word)) || find(words.types, word) !== null || find(words.groups, word) !== null
  const open = noun || find(words.relations, word) !== null || classes.length === 0
  return { ...chunk('word', parts, open ? ['word', ...classes] : classes), word }
}

const CAPABILITIES: readonly (readonly [readonly string[], 'covered' | 'uncovered'])[] = [
  [['covered', 'by'], 'covered'],
  [['within'], 'covered'],
  [['not', 'covered', 'by'], 'uncovered'],
  [['beyond'], 'uncovered'],
  [['outside'], 'uncovered'],
]
const WHOSE = new Set(['their', 'its', 'his', 'her'])
const HELD: readonly (readonly string[])[] = [
  ['capabilities'],
  ['capability'],
  ['budget'],
  ['budgets'],
  ['approval', 'threshold'],
]

/** `beyond their capabilities`, `within their budget` and their like are one clause. */
function capabilities(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  const reads = (at: number, said: readonly string[]): boolean => said.every((word, n) => tokens[at + n]?.word === word)
  for (let i = 0; i < tokens.length; ) {
    const match = CAPABILITIES.find(([lead]) => reads(i, lead) && WHOSE.has(tokens[i + lead.length]?.word ?? ''))
    const lead = match?.[0] ?? []
    const held = match === undefined ? undefined : HELD.find(words => reads(i + lead.length + 1, words))
    const fits = match !== undefined && held !== undefined && (held[0]?.startsWith('capab') || !lead.includes('by'))
    const length = fits ? lead.length + 1 + held.length : 1
    found.push(fits ? chunk('phrase', tokens.slice(i, i + length), [match[1]]) : (tokens[i] as Token))
    i += length
  }
  return found
}

const PREPOSITIONS = new Set(['with', 'by', 'to', 'for', 'under'])
/** `shared` before `with` is no noun, and `visible` before `to`. */
function participles(tokens: readonly Token[]): readonly Token[] {
  return tokens.map((token, i) => {
    const next = tokens[i + 1]
    const takes = isOpen(token) && PARTICIPLE.test(token.word) && next?.kind === 'word' && PREPOSITIONS.has(next.word)
    return takes && !MODALS.has(tokens[i - 1]?.word ?? '') ? { ...token, is: ['participle'] } : token
  })
}

/** In a question nothing tells the verb from what is said of it (`what can Alice read for Bob?`): it may be either. */
function maybeParticiples(tokens: readonly Token[]): readonly Token[] {
  return participles(tokens).map((token, i) => {
    const before = tokens[i]
    return before === undefined || before === token ? token : { ...token, is: [...before.is, ...token.is] }
  })
}
