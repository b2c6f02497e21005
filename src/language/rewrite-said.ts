import { chunk, type Token } from './token.ts'
import { fromGerund, fromParticiple, isVerb } from './verbs.ts'

/** More ways of saying the same thing: what somebody must have or be, and lists that leave a word out. */

const word = (token: Token, text: string, is: readonly string[] = []): Token => ({
  ...chunk('word', [token], is),
  word: text,
  parts: [],
})
const wordOf = (tokens: readonly Token[], i: number): string => tokens[i]?.word ?? ''
const known = (): boolean => false

const NO_NEED = /^(?:approval|an|the|not|to|never|approver)$/

/** Where `to view …` begins behind what is needed. */
function purposeAt(tokens: readonly Token[], from: number): number {
  return tokens.findIndex((token, i) => i > from && token.word === 'to' && isVerb(wordOf(tokens, i + 1)))
}

/** `users must have MFA to view salaries`: they cannot, unless they have it. */
function mustHave(tokens: readonly Token[]): readonly Token[] | null {
  const at = tokens.findIndex(
    (token, i) =>
      i > 0 &&
      ((token.word === 'must' && /^(?:have|be)$/.test(wordOf(tokens, i + 1))) ||
        /^(?:needs?|requires?)$/.test(token.word)),
  )
  const token = tokens[at]
  if (token === undefined) return null
  const must = token.word === 'must'
  const from = must ? at + 2 : at + 1
  const to = purposeAt(tokens, from)
  if (to < 0 || NO_NEED.test(wordOf(tokens, from)) || tokens.slice(from, to).some(one => one.word === 'approval'))
    return null
  const be = must && wordOf(tokens, at + 1) === 'be' ? 'are' : 'have'
  const they = ['unless', 'they', be].map(one => word(token, one))
  return [...tokens.slice(0, at), word(token, 'cannot'), ...tokens.slice(to + 1), ...they, ...tokens.slice(from, to)]
}

/** `MFA is required to view salaries`, `access to salaries requires MFA`, `viewing salaries requires MFA`. */
function isRequired(tokens: readonly Token[]): readonly Token[] | null {
  const required = tokens.findIndex(
    (token, i) => token.word === 'required' && /^(?:is|are)$/.test(wordOf(tokens, i - 1)),
  )
  const nobody = (at: Token, deed: readonly Token[], needed: readonly Token[]): readonly Token[] => [
    word(at, 'nobody'),
    word(at, 'can'),
    ...deed,
    ...['unless', 'they', 'have'].map(one => word(at, one)),
    ...needed,
  ]
  const first = tokens[0]
  if (first === undefined) return null
  const needs = tokens.slice(0, Math.max(required - 1, 0))
  if (required > 1 && wordOf(tokens, required + 1) === 'to' && !needs.some(one => one.word === 'approval'))
    return nobody(first, tokens.slice(required + 2), needs)
  const at = tokens.findIndex(token => /^(?:requires?|needs?)$/.test(token.word))
  const needed = tokens.slice(at + 1)
  if (at < 2 || needed.length === 0 || needed.some(one => one.word === 'approval' || one.word === 'to')) return null
  const access = first.word === 'access' && wordOf(tokens, 1) === 'to'
  const base = access ? 'access' : first.kind === 'word' ? fromGerund(first.word, known) : null
  if (base === null || (!access && !isVerb(base))) return null
  return nobody(first, [word(first, base, ['word']), ...tokens.slice(access ? 2 : 1, at)], needed)
}

const ONLY_WHEN = /^(?:if|when|while|on|from|during|between|after|before|until|since|outside|within|with)$/

/** `can be viewed only from …` is `can only be viewed from …`. */
function onlyBe(tokens: readonly Token[]): readonly Token[] {
  const be = tokens.findIndex((token, i) => token.word === 'be' && /^(?:can|may)$/.test(wordOf(tokens, i - 1)))
  const only = be < 0 ? -1 : tokens.findIndex((token, i) => i > be && token.word === 'only')
  const dones = tokens.slice(be + 1, only)
  const plain = dones.every(one => /^(?:and|or|,)$/.test(one.word) || fromParticiple(one.word, known) !== null)
  if (only <= be + 1 || !plain || !ONLY_WHEN.test(wordOf(tokens, only + 1))) return tokens
  return [...tokens.slice(0, be), tokens[only] as Token, ...tokens.slice(be, only), ...tokens.slice(only + 1)]
}

const PREPOSITION = /^(?:with|by|to)$/
const PRONOUN = /^(?:them|him|her|it)$/
const WHOSE = /^(?:their|his|her|its)$/
const SAID = /^(?:is|are|be|not)$/
const isParticiple = (token: Token | undefined): boolean =>
  token?.kind === 'word' && fromParticiple(token.word, known) !== null

/** `shared with them or their team` is shared with them or shared with their team. */
function sharedWith(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (const [i, token] of tokens.entries()) {
    found.push(token)
    const whole = !SAID.test(wordOf(tokens, i - 4))
    const done = whole && isParticiple(tokens[i - 3]) && PREPOSITION.test(wordOf(tokens, i - 2))
    const next = tokens[i + 1]
    const other = next !== undefined && (WHOSE.test(next.word) || next.kind === 'entity')
    if (token.word === 'or' && PRONOUN.test(wordOf(tokens, i - 1)) && done && other)
      found.push(tokens[i - 3] as Token, tokens[i - 2] as Token)
    const both =
      isParticiple(tokens[i - 1]) && PREPOSITION.test(token.word) && /^(?:or|and)$/.test(wordOf(tokens, i + 1))
    const whom = tokens[i + 4]
    if (
      both &&
      isParticiple(tokens[i + 2]) &&
      PREPOSITION.test(wordOf(tokens, i + 3)) &&
      PRONOUN.test(whom?.word ?? '')
    )
      found.push(whom as Token)
  }
  return found
}

/** `documents, except secret ones`: without what says nothing. */
function exceptOnes(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter((token, i) => {
    if (token.word === ',' && wordOf(tokens, i + 1) === 'except') return false
    return token.word !== 'ones' || tokens[i - 1]?.kind !== 'word'
  })
}

/** Reads what is needed, and what is left out, as the sentences the grammar knows. */
export function asSaid(tokens: readonly Token[]): readonly Token[] {
  const short = sharedWith(exceptOnes(onlyBe(tokens)))
  const asked = short.some(token => /^(?:must|needs?|requires?|required)$/.test(token.word))
  return asked ? (isRequired(short) ?? mustHave(short) ?? short) : short
}
