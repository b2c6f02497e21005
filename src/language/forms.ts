import { IMPERATIVES } from '../policy/verb-forms.ts'
import type { RuleStart } from './parse.ts'
import { approvalOf, barred, beforehand, begunWithDoing, impersonal, passive, sameWays, withPeople } from './rewrite.ts'
import { atRisk } from './rewrite-risk.ts'
import { asSaid } from './rewrite-said.ts'
import type { Token } from './token.ts'

/** One clause of a sentence that makes rules of its own, ready for the grammar that begins with `start`. */
export interface Form {
  readonly start: RuleStart
  readonly tokens: readonly Token[]
}

const FRONT = new Set(
  'if when while unless on during from between before after until since outside within inside in at for up once twice'.split(
    ' ',
  ),
)
const NO_MORE = /^(?:more|less|fewer|earlier|later)$/

/** Whether a sentence may begin with a condition. */
const hasFront = ([first, second]: readonly Token[]): boolean =>
  first !== undefined &&
  (FRONT.has(first.word) || isTime(first) || (first.word === 'no' && NO_MORE.test(second?.word ?? '')))
const MODAL = new Set('can cannot may must'.split(' '))
const RELATIVE = new Set('who that which they he she it'.split(' '))

/** Reads other ways of saying the same thing as the one the grammar knows. */
export const plainly = (tokens: readonly Token[]): readonly Token[] =>
  actingFirst(beforehand(barred(impersonal(withPeople(asSaid(sameWays(approvalOf(atRisk(tokens.map(ours))))))))))

/** `our documents` are the documents. */
const ours = (token: Token): Token => (token.word === 'our' ? { ...token, word: 'the' } : token)

/** Whether a sentence begins by telling what to do: `allow …`, `never let …`, `this requires …`. */
export function isImperative(tokens: readonly Token[]): boolean {
  const [first, second, third] = tokens.map(token => token.word)
  if (first === undefined) return false
  if (first === 'this' || first === 'that') return /^(?:needs?|requires?|must)$/.test(second ?? '')
  if (first === 'only' || first === 'never') return IMPERATIVES.has(second ?? '')
  if (first === 'do' && second === 'not') return IMPERATIVES.has(third ?? '')
  return IMPERATIVES.has(first) && !/^(?:is|are|has|have)$/.test(second ?? '')
}

/** The words by which `deleting documents requires …` is known for a rule. */
const isDoing = (tokens: readonly Token[]): boolean =>
  tokens.some(token => /^(?:forbidden|prohibited|allowed|permitted|requires?|needs?)$/.test(token.word))

export const isRule = (tokens: readonly Token[]): boolean =>
  isImperative(tokens) || (isDoing(tokens) && begunWithDoing(tokens) !== null)

const modalAt = (tokens: readonly Token[], from: number): number =>
  tokens.findIndex(
    (token, i) => i >= from && MODAL.has(token.word) && (i === 1 || !RELATIVE.has(tokens[i - 1]?.word ?? '')),
  )

/** `let` has no `to` between whom and what: it is put before the first verb. */
function withTo(tokens: readonly Token[], isVerb: (word: string) => boolean): readonly Token[] {
  const let_ = tokens.findIndex(token => token.word === 'let')
  if (let_ < 0 || let_ > 2) return tokens
  const verb = tokens.findIndex((token, i) => i > let_ + 1 && (isVerb(token.word) || token.word === 'do'))
  const at = tokens[verb]
  if (at === undefined) return tokens
  return [...tokens.slice(0, verb), { ...at, word: 'to', end: at.start, is: [], parts: [] }, ...tokens.slice(verb)]
}

function formOf(tokens: readonly Token[], isVerb: (word: string) => boolean): Form {
  if (isImperative(tokens)) return { start: 'imperative', tokens: withTo(tokens, isVerb) }
  const doing = isDoing(tokens) ? begunWithDoing(tokens) : null
  if (doing !== null) return { start: 'doing', tokens: doing }
  const done = passive(tokens)
  return done === null ? { start: 'rule', tokens } : { start: 'passive', tokens: done }
}

/**
 * `restrict access to business hours`: what access is confined to stands without the `during` or `from` that a clause
 * begins with, so that each is tried at each `to`.
 */
export function confined(form: Form): readonly Form[] {
  const { tokens } = form
  if (!/^(?:restrict|limit)$/.test(tokens[0]?.word ?? '')) return [form]
  const found: Form[] = []
  for (const [i, to] of tokens.entries()) {
    if (to.word !== 'to') continue
    for (const word of ['from', 'during']) {
      const lead: Token = { ...to, word, is: [], parts: [] }
      found.push({ ...form, tokens: [...tokens.slice(0, i + 1), lead, ...tokens.slice(i + 1)] })
    }
  }
  return [...found.slice(0, 8), form]
}

/** Where a second clause with a verb of its own begins: `… but cannot delete them`. */
function cuts(tokens: readonly Token[]): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  const first = modalAt(tokens, 0)
  if (first < 0) return []
  for (let i = first + 2; i < tokens.length; i++) {
    const joint = /^(?:and|but)$/.test(tokens[i]?.word ?? '')
    if (!joint || !MODAL.has(tokens[i + 1]?.word ?? '')) continue
    found.push([tokens[i - 1]?.word === ',' ? i - 1 : i, i + 1])
  }
  return found
}

const ENDS_ACTING = new Set([',', 'if', 'unless', 'when', 'while'])

/** Where `when acting for …` stands behind whom it is about, and where it ends. */
function actingAt(tokens: readonly Token[], after: number): readonly [number, number, number] | null {
  const word = (i: number): string => tokens[i]?.word ?? ''
  for (let i = after; i < tokens.length; i++) {
    const when = word(i) === 'when' || word(i) === 'while'
    const at = when ? i + 1 : i
    const acting = word(at) === 'acting' && (word(at + 1) === 'for' || word(at + 1) === 'on')
    const behalf = word(at) === 'on' && word(at + 1) === 'behalf' && word(at + 2) === 'of'
    if ((!acting && !behalf) || word(at + 2) === 'themselves') continue
    let end = at + 2
    while (end < tokens.length && !ENDS_ACTING.has(word(end))) end += 1
    return [i, at, end]
  }
  return null
}

/** `Research Bot can … when acting for Alice` says so of the Research Bot. */
export function actingFirst(tokens: readonly Token[]): readonly Token[] {
  const modal = modalAt(tokens, 0)
  const found = modal < 0 ? null : actingAt(tokens, modal)
  if (found !== null) {
    const [from, at, end] = found
    const lead = tokens[from - 1]?.word === ',' ? from - 1 : from
    return [...tokens.slice(0, modal), ...tokens.slice(at, end), ...tokens.slice(modal, lead), ...tokens.slice(end)]
  }
  const front = actingAt(tokens.slice(0, 3), 0)
  const comma = tokens.findIndex(token => token.word === ',')
  if (front === null || front[0] !== 0 || comma < 0 || modal < comma) return tokens
  return [...tokens.slice(comma + 1, modal), ...tokens.slice(front[1], comma), ...tokens.slice(modal)]
}

/** The clauses of a sentence without its front: each with the subject of the first. */
export function formsOf(tokens: readonly Token[], isVerb: (word: string) => boolean): readonly Form[] {
  if (isImperative(tokens)) return [formOf(tokens, isVerb)]
  const ends = cuts(tokens)
  if (ends.length === 0) return [formOf(tokens, isVerb)]
  const subject = tokens.slice(0, modalAt(tokens, 0))
  const parts = ends.map(([, from], i) => [...subject, ...tokens.slice(from, ends[i + 1]?.[0] ?? tokens.length)])
  return [tokens.slice(0, ends[0]?.[0]), ...parts].map(part => formOf(part, isVerb))
}

/** Where the commas stand that may end what comes first: `On weekdays, users can …`. Empty for other sentences. */
export function frontEnds(tokens: readonly Token[]): readonly number[] {
  if (!hasFront(tokens)) return []
  const ends: number[] = []
  for (const [i, token] of tokens.entries()) {
    if (token.word !== ',' || i === 0) continue
    const rest = tokens.slice(i + 1)
    if (
      modalAt(rest, 0) > 0 ||
      isRule(rest) ||
      rest.some(t => /^(?:needs?|requires?)$/.test(t.word)) ||
      isAllowed(rest)
    )
      ends.push(i)
    if (ends.length === 8) break
  }
  return ends
}

/** Where the verb stands of a sentence that begins with a condition and has no comma after it; else null. */
export function lacksComma(tokens: readonly Token[]): number | null {
  if (!hasFront(tokens)) return null
  const modal = modalAt(tokens, 0)
  return modal < 0 || tokens.slice(0, modal).some(token => token.word === ',') ? null : modal
}

const isAllowed = (tokens: readonly Token[]): boolean =>
  tokens.some(token => token.word === 'allowed' || token.word === 'permitted')

const isTime = (token: Token): boolean =>
  /^(?:week(?:day|end)s?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)$/.test(token.word)
