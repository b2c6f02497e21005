import { TIME_WORDS } from '../policy/print-words.ts'
import { chunk, type Token } from './token.ts'
import { fromGerund, fromParticiple, isVerb } from './verbs.ts'

const AFTER_BUT = 'on from during between before after until since outside within with'.split(' ')

/**
 * Ways of saying the same thing, put as the one the grammar knows. Each is some words and what stands for them; a word
 * with `|` is any of several. What is put in its place keeps the span of what was written.
 */
const SAME: readonly (readonly [string, string])[] = [
  ...AFTER_BUT.map((word): readonly [string, string] => [`but|and|though only ${word}`, word]),
  ['but|and only if', 'if'],
  ['but|and only when|while', 'when'],
  ...['on', 'from', 'during', 'between', 'before', 'after', 'until', 'outside', 'within'].map(
    (word): readonly [string, string] => [`but not|never ${word}`, `unless ${word}`],
  ),
  ['but not|never if|when|while', 'unless'],
  ['apart from', 'except'],
  ['with the exception of', 'except'],
  ['who|that belong|belongs to', 'who are members of'],
  ['full|unlimited|complete access to', 'access to'],
  ['have|has full|unlimited|complete access to', 'can access'],
  ['provided that', 'if'],
  ['must|should|needs|need be approved by', 'need approval from'],
  ['must|should obtain|seek|receive', 'must get'],
  ['need|needs to get|have|obtain|seek|receive', 'need'],
  ['must|should ask', 'need approval from'],
  ['for approval|permission', ''],
  ['permission from|of', 'approval from'],
  ['approval by', 'approval from'],
  ['approval of', 'approval from'],
  ['before being', 'to be'],
  ['before they|it are|is', 'to be'],
  ['before they|it can|may', 'to'],
  ['on condition that', 'if'],
  ['as|so long as', 'if'],
  ['except|but if|when|while', 'unless'],
  ['except|but on', 'unless on'],
  ['except|but from', 'unless from'],
  ['except|but during', 'unless during'],
  ['except|but between', 'unless between'],
  ['except|but before', 'unless before'],
  ['except|but after', 'unless after'],
  ['except|but until', 'unless until'],
  ['except|but outside', 'unless outside'],
  ['except|but within', 'unless within'],
  ['are|is unable to', 'cannot'],
  ['are|is not able to', 'cannot'],
  ['are|is able to', 'can'],
  ['are|is never allowed|permitted to', 'cannot'],
  ['should be able to', 'can'],
  ['should not be able to', 'cannot'],
  ['shall not', 'cannot'],
  ['should not|never', 'cannot'],
  ['must not be allowed|permitted to', 'cannot'],
  ['must never be allowed|permitted to', 'cannot'],
  ['have|has no access to', 'cannot access'],
  ['do|does not have access to', 'cannot access'],
  ['must|should not have access to', 'cannot access'],
  ['can|may|should have access to', 'can access'],
  ['have|has access to', 'can access'],
  ['are|is denied|refused access to', 'cannot access'],
  ['are|is granted|given access to', 'can access'],
  ['can|may also', 'can'],
  ['also can|may', 'can'],
  ['also cannot', 'cannot'],
  ['also need|needs|require|requires', 'need'],
]

interface Way {
  readonly words: readonly (readonly string[])[]
  readonly put: readonly string[]
}

const WAYS: ReadonlyMap<string, readonly Way[]> = (() => {
  const byFirst = new Map<string, Way[]>()
  for (const [said, put] of SAME) {
    const way = { words: said.split(' ').map(word => word.split('|')), put: put.split(' ').filter(word => word !== '') }
    for (const first of way.words[0] ?? []) byFirst.set(first, [...(byFirst.get(first) ?? []), way])
  }
  return byFirst
})()

const matches = (way: Way, tokens: readonly Token[], i: number): boolean =>
  way.words.every((words, n) => words.includes(tokens[i + n]?.word ?? ''))

/** Reads `Users are denied access to` as `Users cannot access`, and the like. */
export function sameWays(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as Token
    const way = WAYS.get(token.word)?.find(one => matches(one, tokens, i))
    if (way === undefined) {
      found.push(token)
      i += 1
      continue
    }
    const taken = tokens.slice(i, i + way.words.length)
    for (const word of way.put) found.push({ ...chunk('word', taken, ['word']), word, parts: [] })
    i += way.words.length
  }
  return found
}

const BARS = new Set(
  'block stop prevent deny ban prohibit forbid barred banned blocked forbidden prohibited prevented'.split(' '),
)
const isBar = (token: Token | undefined): boolean => BARS.has(token?.word ?? '')
const known = (): boolean => false

const verb = (token: Token, word: string, is: readonly string[]): Token => ({ ...token, word, is })

/** Gerunds from `from` on, or from the first word on, as the verbs they belong to: `deleting` is read as `delete`. */
function ungerund(tokens: readonly Token[], from: number): readonly Token[] {
  let opened = true
  return tokens.map((token, i) => {
    if (i < from || token.kind !== 'word') return token
    const joint = token.word === 'and' || token.word === 'or'
    const base = opened && !joint ? (token.word === 'doing' ? 'do' : fromGerund(token.word, known)) : null
    const takes = base !== null && (i === from || isVerb(base))
    opened = joint || tokens[i]?.word === ','
    return takes ? verb(token, base, base === 'do' ? [] : ['word']) : token
  })
}

/** `prevent users from deleting`, `users are barred from deleting`: with the verbs in their plain form. */
export function barred(tokens: readonly Token[]): readonly Token[] {
  const start = tokens.findIndex(isBar)
  if (start < 0) return tokens
  const from = tokens.findIndex(
    (token, i) => i > start && token.word === 'from' && /..ing$/.test(tokens[i + 1]?.word ?? ''),
  )
  const to = tokens[start + 1]?.word === 'to' && start > 0 ? start + 1 : -1
  const be = tokens[start - 1]
  const passive = be?.word === 'are' || be?.word === 'is'
  if (from < 0) {
    if (!passive || to < 0) return tokens
    return [
      ...tokens.slice(0, start - 1),
      cannot([be, tokens[start] as Token, tokens[to] as Token]),
      ...tokens.slice(to + 1),
    ]
  }
  const plain = ungerund(tokens, from + 1)
  if (!passive || from !== start + 1) return plain
  return [...plain.slice(0, start - 1), cannot(plain.slice(start - 1, from + 1)), ...plain.slice(from + 1)]
}

const ASKS = /^(?:needs?|requires?|with|without|get|have|the)$/

/** `without their owner's approval`: whose it is comes last. */
export function approvalOf(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex((token, i) => token.word === 'approval' && tokens[i - 1]?.kind === 'possess')
  const approval = tokens[at]
  if (approval === undefined) return tokens
  let from = at - 2
  while (from > 0 && !ASKS.test(tokens[from - 1]?.word ?? '')) from -= 1
  if (tokens[from - 1]?.word === 'the') from -= 1
  if (from <= 0) return tokens
  const whose = tokens.slice(from, at - 1)
  return [...tokens.slice(0, from), approval, verb(approval, 'from', []), ...whose, ...tokens.slice(at + 1)]
}

/** `need approval from X before deleting data`: what is asked for is the deleting. */
export function beforehand(tokens: readonly Token[]): readonly Token[] {
  const approval = tokens.findIndex(token => token.word === 'approval')
  if (approval < 0) return tokens
  const before = tokens.findIndex((token, i) => i > approval && token.word === 'before' && isDeed(tokens, i + 1))
  if (before < 0) return tokens
  const at = tokens[before] as Token
  const they = /^(?:they|it)$/.test(tokens[before + 1]?.word ?? '') ? 1 : 0
  const rest = [...tokens.slice(0, before), verb(at, 'to', []), ...tokens.slice(before + 1 + they)]
  return they === 1 ? rest : ungerund(rest, before + 1)
}

function isDeed(tokens: readonly Token[], i: number): boolean {
  const word = tokens[i]?.word ?? ''
  const base = fromGerund(word, known)
  return (base !== null && isVerb(base)) || (/^(?:they|it)$/.test(word) && isVerb(tokens[i + 1]?.word ?? ''))
}

const PLACES = new Set('assign add invite attach subscribe enroll remove unassign exclude admit'.split(' '))
const PEOPLE = new Set(
  'people person persons users user agents agent members member someone somebody others'.split(' '),
)

/** `assign people to projects`: an action of its own, done to the projects. */
export function withPeople(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const [token, who, to, next] = [tokens[i] as Token, tokens[i + 1], tokens[i + 2], tokens[i + 3]]
    const joins = PLACES.has(token.word) && PEOPLE.has(who?.word ?? '') && /^(?:to|from)$/.test(to?.word ?? '')
    if (!joins || next === undefined) {
      found.push(token)
      i += 1
      continue
    }
    const parts = tokens.slice(i, i + 2)
    found.push({ ...chunk('word', parts, ['word']), word: parts.map(part => part.word).join('_'), parts: [] })
    i += 3
  }
  return found
}

const CLOCK = /^(?:after|before|between|past|until|since|from)$/
const DURING = /^(?:during|on|outside|within)$/

/** `if it is after 6pm`, `when it is a weekday`: what time it is, and not what the rule is about. */
export function impersonal(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as Token
    const be = tokens[i + 1]
    const not = tokens[i + 2]?.word === 'not' ? 1 : 0
    const at = i + 2 + not
    const next = tokens[at]
    const timed =
      token.word === 'it' &&
      be?.word === 'is' &&
      next !== undefined &&
      (DURING.test(next.word) || (CLOCK.test(next.word) && tokens[at + 1]?.kind === 'time'))
    const a = next?.word === 'a' || next?.word === 'an' ? 1 : 0
    const day = token.word === 'it' && be?.word === 'is' && TIME_WORDS.has(tokens[at + a]?.word ?? '')
    if (!timed && !day) {
      found.push(token)
      i += 1
      continue
    }
    found.push(...tokens.slice(i + 2, at))
    if (day && be !== undefined) found.push({ ...be, word: 'on', is: [] })
    i = at + (day ? a : 0)
  }
  return found
}

const cannot = (parts: readonly Token[]): Token => ({ ...chunk('word', parts, ['word']), word: 'cannot', parts: [] })

/** `Deleting documents requires …`: the verbs in their plain form, or null where the sentence begins otherwise. */
export function begunWithDoing(tokens: readonly Token[]): readonly Token[] | null {
  const first = tokens[0]
  const base = first?.kind === 'word' ? fromGerund(first.word, known) : null
  if (base === null || !isVerb(base)) return null
  return ungerund(tokens, 0).map(token => (BARS.has(token.word) ? { ...token, is: [] } : token))
}

/** `be deleted or edited by`: the verbs in their plain form, as what is done; null where nothing is done. */
export function passive(tokens: readonly Token[]): readonly Token[] | null {
  const be = tokens.findIndex((token, i) => token.word === 'be' && i > 1)
  if (be < 0) return null
  const found = [...tokens]
  for (let i = be + 1; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if (token.word === 'and' || token.word === 'or' || token.word === ',') continue
    const base = token.kind === 'word' ? fromParticiple(token.word, known) : null
    if (base === null) return i === be + 1 ? null : found
    found[i] = verb(token, base, ['done'])
  }
  return found
}
