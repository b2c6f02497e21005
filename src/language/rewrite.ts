import { chunk, type Token } from './token.ts'
import { fromGerund, fromParticiple, isVerb } from './verbs.ts'

/**
 * Ways of saying the same thing, put as the one the grammar knows. Each is some words and what stands for them; a word
 * with `|` is any of several. What is put in its place keeps the span of what was written.
 */
const SAME: readonly (readonly [string, string])[] = [
  ['provided that', 'if'],
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
    const way = { words: said.split(' ').map(word => word.split('|')), put: put.split(' ') }
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
