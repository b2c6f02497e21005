import { capitalize } from '../policy/print-words.ts'
import type { Lexicon } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { asks } from './question-words.ts'
import type { Fault, Place } from './scope.ts'
import type { Token } from './token.ts'

const FORMS = ['`Can Alice edit document:1?`', '`Who can release payments over $10k?`', '`What can Alice edit?`']

/** What is said of the place where a question goes on in no way that is known. `tokens` are those the grammar saw. */
export function stuckQuestion(
  at: Token | null,
  expected: readonly string[],
  tokens: readonly Token[],
  whole: Place,
  words: Lexicon,
): Fault {
  if (tokens.length === 0) return syntax(whole, 'there is no question', FORMS)
  if (!asks(tokens)) return syntax(whole, 'a question asks who `can` do what', FORMS)
  if (at === null) return syntax({ start: whole.end, end: whole.end + 1 }, 'the question ends too early', expected)
  const i = tokens.indexOf(at)
  const own = at.word === 'my' ? mine(at, tokens[i + 1]) : null
  if (own !== null) return own
  const place = unknownPlace(tokens, i, words)
  if (place !== null) return place
  const wanted = expected.flatMap(label => (/^`[a-z' ]+`$/.test(label) ? [label.slice(1, -1)] : []))
  const near = at.is.includes('word') ? nearest(at.text, wanted) : null
  const text = at.text === '' ? 'this' : `\`${at.text}\``
  return syntax(at, `${text} does not fit here`, expected.length === 0 ? FORMS : expected, near)
}

const syntax = (
  { start, end }: Place,
  message: string,
  expected: readonly string[],
  suggestion: string | null = null,
): Fault => ({ code: 'syntax', severity: 'error', start, end, message, expected, suggestion })

/** `my documents` are many, and a question names one or looks for some. */
function mine(at: Token, next: Token | undefined): Fault {
  const what = next?.is.includes('word') ? next.text : 'things'
  return syntax({ start: at.start, end: next?.end ?? at.end }, `\`my ${what}\` are nothing in particular`, [
    'one by name, such as `document:1`',
    `\`which ${what} can I …\`, which looks for them`,
  ])
}

/** `from the moon network`, `during happy hours`, `from Narnia`: places and hours that nothing defines. */
function unknownPlace(tokens: readonly Token[], at: number, words: Lexicon): Fault | null {
  const lead = tokens[at]?.word ?? ''
  const hours = lead === 'during'
  if (!hours && lead !== 'from' && lead !== 'inside' && lead !== 'in') return null
  const begin = /^(?:the|our)$/.test(tokens[at + 1]?.word ?? '') ? at + 2 : at + 1
  let end = begin
  while (tokens[end]?.is.includes('word')) end += 1
  const first = tokens[begin]
  const last = tokens[end - 1]
  if (first === undefined || last === undefined || end === begin) return null
  const name = tokens
    .slice(begin, end)
    .map(token => token.word)
    .join(' ')
  const known = [...(hours ? words.schedules : words.networks).keys()].map(key => key.replace(/_/g, ' '))
  const line = hours ? `${capitalize(name)} are 9am to 5pm on weekdays.` : `The ${name} is 10.0.0.0/8.`
  return {
    code: hours ? 'unknown_name' : 'unknown_network',
    severity: 'error',
    start: first.start,
    end: last.end,
    message: hours
      ? `nothing defines \`${name}\` as hours`
      : `\`${name}\` is no country, and no network that is defined`,
    expected: [...known.slice(0, 8).map(k => `\`${k}\``), `a line that defines it: \`${line}\``],
    suggestion: nearest(name, known),
  }
}
