import { chunk, type Token } from './token.ts'

/** How much risk there is, from least to most. */
const LEVELS = ['low', 'medium', 'high', 'critical']
const RISK = 'risk_level'
/** The most there was since somebody last looked. */
const UNREVIEWED = 'unreviewed_risk'

const word = (token: Token, text: string): Token => ({
  ...chunk('word', [token], ['word']),
  word: text,
  text,
  parts: [],
})
const wordOf = (tokens: readonly Token[], i: number): string => tokens[i]?.word ?? ''

/** Where `at high or critical risk` ends, and the least of what it names. */
function levelsAt(tokens: readonly Token[], at: number): { readonly end: number; readonly least: number } | null {
  if (wordOf(tokens, at) !== 'at') return null
  const named: number[] = []
  for (let i = at + 1; i < tokens.length; i++) {
    const text = wordOf(tokens, i)
    if (text === 'risk') return named.length === 0 ? null : { end: i + 1, least: Math.min(...named) }
    if (text === 'or' || text === 'and' || text === ',') continue
    const level = LEVELS.indexOf(text)
    if (level < 0) return null
    named.push(level)
  }
  return null
}

/** `until reviewed`, `until they are reviewed`, `until an admin has reviewed them`: where it begins and ends. */
function untilReviewed(tokens: readonly Token[]): { readonly from: number; readonly to: number } | null {
  for (let i = 0; i < tokens.length; i++) {
    if (wordOf(tokens, i) !== 'until') continue
    const rest = tokens.slice(i + 1).map(token => token.word)
    const length = REVIEWED.map(words => (words.every((one, n) => one.has(rest[n] ?? '')) ? words.length : 0)).find(
      n => n > 0,
    )
    if (length !== undefined) return { from: i, to: i + 1 + length }
  }
  return null
}

const any = (text: string): ReadonlySet<string> => new Set(text.split('|'))
const REVIEWED: readonly (readonly ReadonlySet<string>[])[] = [
  'reviewed|cleared',
  'they|it are|is reviewed|cleared',
  'they|it have|has been reviewed|cleared',
  'somebody|someone reviews|clears them|it',
  'somebody|someone has reviewed|cleared them|it',
  'an|the admin reviews|clears them|it',
  'an|the admin has reviewed|cleared them|it',
].map(text => text.split(' ').map(any))

const WHO = /^(?:they|it|he|she)$/
const RELATIVE = /^(?:who|that|which)$/
const BE = /^(?:are|is)$/

/**
 * `agents at high risk` are those whose risk level is high or worse, `at low risk` those at no more. `until reviewed`: those who
 * were since somebody last looked, whatever the level is by now.
 */
export function atRisk(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((token, i) => token.word === 'at' && levelsAt(tokens, i) !== null)) return tokens
  const until = untilReviewed(tokens)
  const name = until === null ? RISK : UNREVIEWED
  const rest = until === null ? tokens : without(tokens, until.from, until.to)
  const found: Token[] = []
  for (let i = 0; i < rest.length; i++) {
    const token = rest[i] as Token
    const levels = levelsAt(rest, i)
    if (levels === null) {
      found.push(token)
      continue
    }
    const before = wordOf(found, found.length - 1)
    const said = BE.test(before) ? wordOf(found, found.length - 2) : ''
    const whose = RELATIVE.test(said) ? 'whose' : WHO.test(said) ? 'their' : BE.test(before) ? null : 'whose'
    if (whose === null) {
      found.push(token)
      continue
    }
    if (BE.test(before)) found.splice(-2)
    const values = levels.least === 0 ? ['low'] : LEVELS.slice(levels.least)
    const words = [whose, name, 'is', ...values.flatMap((value, n) => (n === 0 ? [value] : ['or', value]))]
    for (const one of words) found.push(word(token, one))
    i = levels.end - 1
  }
  return found
}

/** Without some of them, and without the comma that stood before or after. */
function without(tokens: readonly Token[], from: number, to: number): readonly Token[] {
  const before = wordOf(tokens, from - 1) === ',' ? from - 1 : from
  const after = from === 0 && wordOf(tokens, to) === ',' ? to + 1 : to
  return [...tokens.slice(0, before), ...tokens.slice(after)]
}
