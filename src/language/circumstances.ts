import type { CompareOp } from '../policy/ast.ts'
import { find, isNoun, type Lexicon } from './lexicon.ts'
import { type Found, found, hasClass, isOpen, orderAt, phraseAt, phrasesOf, type Tokens, wordAt } from './match.ts'
import { comparedAt } from './match-compared.ts'
import { detailAt, detailOfNoun, PARTICIPLE } from './match-detail.ts'
import { limitAt } from './match-limit.ts'
import { whenAt } from './match-when.ts'
import { deviceAt, placesAt, signedAt } from './match-where.ts'
import type { Clause, ComparedNode, Detail, WhereNode } from './syntax.ts'
import { chunk, type Token } from './token.ts'

/** Makes one token of each circumstance and each detail, so that the grammar need not know how they are put. */

const EXCEPT = phrasesOf<true>({ except: true, 'but not': true, excluding: true, 'other than': true })

function circumstanceAt(t: Tokens, i: number): Found<Clause> | null {
  const except = phraseAt(t, i, EXCEPT)
  if (except !== null) {
    const of = circumstanceAt(t, except.end)
    return of === null ? null : found({ kind: 'not', of: of.node }, of.end)
  }
  return limitAt(t, i) ?? placesAt(t, i) ?? signedAt(t, i) ?? deviceAt(t, i) ?? whenAt(t, i)
}

const BE = new Set(['is', 'are'])
const afterBe = (t: Tokens, i: number): boolean =>
  BE.has(wordAt(t, i - 1)) || (wordAt(t, i - 1) === 'not' && BE.has(wordAt(t, i - 2)))

const WHOSE = new Set(['whose', 'their', 'his', 'her', 'its'])

/** Whether `is` before this place follows an attribute, of which values are said and no details. */
function ofAttribute(t: Tokens, i: number): boolean {
  let at = wordAt(t, i - 1) === 'not' ? i - 3 : i - 2
  while (isOpen(t[at]) || t[at]?.kind === 'quoted') at -= 1
  return WHOSE.has(wordAt(t, at)) || t[at]?.kind === 'possess'
}

const MODALS = new Set('can cannot may must need needs require requires'.split(' '))
/** A verb stands right behind what says may or must. */
const isVerb = (t: Tokens, i: number): boolean =>
  MODALS.has(wordAt(t, i - 1)) ||
  (wordAt(t, i - 1) === 'to' && t[i - 2]?.kind === 'word' && !/^(?:any|every)thing$/.test(wordAt(t, i - 2)))

/** Where whom a rule is about has been said: at the first word that says may or must. */
function subjectEnd(t: Tokens): number {
  const modal = t.findIndex((token, i) => MODALS.has(token.word) || (token.word === 'allowed' && i > 0))
  return Math.max(modal, 0)
}

const SIDES = phrasesOf<CompareOp>({ before: 'lt', after: 'gt' })
const orderOfRef = (t: Tokens, i: number): Found<CompareOp> | null => orderAt(t, i) ?? phraseAt(t, i, SIDES)

export const orderOf = (token: Token): CompareOp => orderOfRef(token.parts, 0)?.node ?? 'eq'

interface Piece {
  readonly end: number
  readonly is: readonly string[]
}

const DETAIL = ['detail']
const CIRCUMSTANCE = ['circumstance']

function pieceAt(t: Tokens, i: number, end: number, words: Lexicon): Piece | null {
  const token = t[i] as Token
  if (token.word === 'not' && afterBe(t, i)) return null
  if (afterBe(t, i)) {
    const compared = comparedAt(t, i)
    if (compared !== null) return { end: compared.end, is: ['compared', 'detail'] }
    const detail = ofAttribute(t, i) ? null : detailAt(t, i)
    if (detail !== null) return { end: detail.end, is: DETAIL }
    const order = orderOfRef(t, i)
    return order === null ? null : { end: order.end, is: ['order'] }
  }
  if (i >= end || i === 0) {
    const clause = circumstanceAt(t, i)
    if (clause !== null) return circumstance(t, i, clause, words)
  }
  return detailPiece(t, i, token, words)
}

const PRONOUNS = new Set(['them', 'themselves', 'him', 'her', 'it'])

/** Right behind a noun, `in Germany` is said of it, and of whom a rule is about `from Germany` is as well. */
function circumstance(t: Tokens, i: number, clause: Found<Clause>, words: Lexicon): Piece {
  const { node } = clause
  if (node.kind === 'limit' && isVerb(t, i - 1)) return { end: clause.end, is: ['spending'] }
  const before = t[i - 1]
  if (node.kind !== 'where' || !(isOpen(before) || PRONOUNS.has(wordAt(t, i - 1)))) {
    return { end: clause.end, is: CIRCUMSTANCE }
  }
  if (isOpen(before) && (saidOfThings(node) || isSomebody(before, words))) return { end: clause.end, is: DETAIL }
  return { end: clause.end, is: ['circumstance', 'attached'] }
}

const saidOfThings = ({ lead, items }: WhereNode): boolean =>
  lead !== 'from' && lead !== 'outside' && items.some(item => item.kind !== 'network' && item.kind !== 'ranges')

const SOMEBODY = new Set(['user', 'agent', 'service'])
const isSomebody = (noun: Token, words: Lexicon): boolean =>
  SOMEBODY.has(find(words.types, noun.word) ?? '') || find(words.groups, noun.word) !== null

function detailPiece(t: Tokens, i: number, token: Token, words: Lexicon): Piece | null {
  const before = t[i - 1]
  if (before === undefined || isVerb(t, i)) return null
  const has = HAS.test(token.word)
  if (has && !ACTORS.has(before.word) && !isOpen(before)) return null
  if (isOpen(token)) {
    if (isNoun(words, token.word)) return null
    const valued = isOpen(before) && isNoun(words, before.word) && !isVerb(t, i - 1) ? valuedAt(t, i, words) : null
    if (valued !== null) return { end: valued.end, is: DETAIL }
  }
  if (token.word === 'with' && isOpen(before) && PARTICIPLE.test(before.word) && !isNoun(words, before.word))
    return null
  const detail = detailAt(t, i)
  if (detail === null || (wordAt(t, i - 1) === 'or' && inValues(t, i, words))) return null
  if (detail.node.kind === 'happened') return { end: detail.end, is: ['detail', 'having'] }
  return { end: detail.end, is: has ? ['having'] : DETAIL }
}

/** The last of `is one of draft or released` is a value, whatever follows it. */
function inValues(t: Tokens, i: number, words: Lexicon): boolean {
  if (!words.choices.has(wordAt(t, i))) return false
  let at = i - 1
  while (wordAt(t, at) === ',' || wordAt(t, at) === 'or' || isOpen(t[at]) || t[at]?.kind === 'quoted') at -= 1
  return BE.has(wordAt(t, at)) || (wordAt(t, at) === 'of' && wordAt(t, at - 1) === 'one')
}

const HAS = /^(?:has|have|do|does)$/
const ACTORS = new Set(['they', 'it', 'he', 'she'])

/** `classified secret`, but not `archived documents`. */
function valuedAt(t: Tokens, i: number, words: Lexicon): Found<Detail> | null {
  const valued = detailOfNoun(t, i)
  if (valued === null || valued.node.kind !== 'valued') return null
  const { value } = valued.node
  const noun = value.parts.some(part => isOpen(part) && isNoun(words, part.word) && !words.choices.has(part.word))
  return noun ? null : valued
}

/** In a question, what stands right behind a noun is said of it: whom it is about comes after its verb. */
function asked(t: Tokens, i: number, words: Lexicon): boolean {
  const before = t[i - 1]
  const verb = t.findIndex(token => hasClass(token, 'modal') || hasClass(token, 'be'))
  return verb >= 0 && i > verb + 1 && !(isOpen(before) && isNoun(words, before.word))
}

export function circumstances(t: Tokens, shape: 'rule' | 'definition' | 'question', words: Lexicon): readonly Token[] {
  const end = shape === 'rule' ? subjectEnd(t) : t.length
  const free = (i: number): boolean => depth > 0 || (shape === 'question' && asked(t, i, words))
  const made: Token[] = []
  let depth = 0
  for (let i = 0; i < t.length; ) {
    if (wordAt(t, i) === '(') depth += 1
    if (wordAt(t, i) === ')') depth -= 1
    const skipped = shape !== 'rule' && (i === 0 || HAS.test(wordAt(t, i)))
    const piece = skipped ? null : pieceAt(t, i, free(i) ? 0 : end, words)
    made.push(piece === null ? (t[i] as Token) : chunk('phrase', t.slice(i, piece.end), piece.is))
    i = piece?.end ?? i + 1
  }
  return made
}

/** What a chunk was made of, read once more. */
export function clauseOf(token: Token): Clause {
  const clause = circumstanceAt(token.parts, 0)?.node as Clause
  return clause.kind === 'where' && hasClass(token, 'attached') ? { ...clause, attached: true } : clause
}

export const comparedOf = (token: Token): ComparedNode => comparedAt(token.parts, 0)?.node as ComparedNode

export const detailOf = (token: Token): Detail =>
  (detailAt(token.parts, 0) ?? detailOfNoun(token.parts, 0))?.node ?? comparedOf(token)
