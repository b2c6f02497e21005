import { COMMON_REGIONS, COUNTRIES, countryName, countryNamed } from '../policy/countries.ts'
import { DAY_NAMES } from '../policy/print-value.ts'
import { capitalize } from '../policy/print-words.ts'
import { isNoun, type Lexicon } from './lexicon.ts'
import { runAt, type Tokens, wordAt } from './match.ts'
import { nearest } from './nearest.ts'
import type { Fault, Place } from './scope.ts'
import type { Token } from './token.ts'
import { readDay } from './values.ts'

/** What is said of a circumstance that cannot be read: the name nothing defines, or how such a thing is put. */

const WHERE = new Set(['from', 'inside', 'outside', 'in'])
const WHEN = new Set(['during', 'within', 'outside', 'at', 'on'])

const PUT: Readonly<Record<string, readonly string[]>> = {
  from: ['a time, a date or a place, as in `from 9am to 5pm`, `from 2026-01-01` or `from Germany`'],
  in: ['`in March 2026`, `in 2026` or, after a comma, a country'],
  on: ['days, such as `weekdays`', 'a date, such as `2026-12-31`', 'named days, such as `public holidays`'],
  at: ['named hours, such as `during business hours`'],
  during: ['named hours, such as `business hours`'],
  between: ['`between 9am and 5pm`, `between 2026-01-01 and 2026-03-31` or `between $1k and $10k`'],
  before: ['a time or a date, such as `9am`, `2026-12-31` or `March 2026`'],
  after: ['a time or a date, such as `9am`, `2026-12-31` or `March 2026`'],
  until: ['a time or a date, such as `9am`, `2026-12-31` or `the end of March 2026`'],
  since: ['a time or a date, such as `9am`, `2026-12-31` or `March 2026`'],
  by: ['a time or a date, such as `9am` or `2026-12-31`'],
  for: ['`for 90 days after they joined`'],
  within: ['named hours, `within 2 hours of their start time` or `signed in within the last hour`'],
  outside: ['a network, a country, a region or named hours'],
  older: ['`older than 90 days`'],
  newer: ['`newer than 90 days`'],
  up: ['`up to $5,000` or `up to $5,000 per month`'],
}

interface Said {
  readonly code: Fault['code']
  readonly at: Place
  readonly message: string
  readonly expected: readonly string[]
  readonly suggestion: string | null
}

/** `i` is where the grammar stopped. Null where no circumstance begins there. */
export function unknownCircumstance(t: Tokens, i: number, words: Lexicon): Said | null {
  const lead = leadAt(t, i)
  if (lead < 0) return null
  const word = wordAt(t, lead)
  const the = /^(?:the|our|a|any)$/.test(wordAt(t, lead + 1)) ? 1 : 0
  const code = t[lead + 1 + the]
  const country = /^[A-Z]{2}$/.test(code?.text ?? '') ? countryNamed(code?.text ?? '') : null
  if (code !== undefined && country !== null && WHERE.has(word)) return codeOf(code, countryName(country))
  const run = runAt(t, lead + 1 + the, 4)
  const yearless = readDay(t, lead + 1)
  const first = t[lead + 1]
  if (yearless !== null && first !== undefined) return withoutYear(t.slice(lead + 1, yearless.end), yearless.text)
  if (run.length > 0 && (WHERE.has(word) || WHEN.has(word))) return unknownName(word, run, words)
  const token = t[lead]
  if (token === undefined) return null
  const expected = PUT[word] ?? []
  return {
    code: 'syntax',
    at: token,
    message: `what follows \`${token.text}\` cannot be read`,
    expected,
    suggestion: null,
  }
}

function leadAt(t: Tokens, i: number): number {
  for (const at of [i, i - 1, i - 2]) {
    const word = wordAt(t, at)
    if (Object.hasOwn(PUT, word) && t[at]?.kind === 'word') return at
    if (!/^(?:the|our|a|any)$/.test(word) && at < i) return -1
  }
  return -1
}

const codeOf = (at: Token, name: string): Said => ({
  code: 'ambiguous',
  at,
  message: `\`${at.text}\` is a word as well as the code of a country`,
  expected: [`\`${name}\`, if that is meant`, 'a defined word'],
  suggestion: name,
})

function withoutYear(day: Tokens, text: string): Said {
  const written = day.map(token => token.text).join(' ')
  const last = day[day.length - 1]
  const at = { start: day[0]?.start ?? 0, end: last?.end ?? 0 }
  const year = `${written.replace(/^the /, '')} 2026`.replace(/^(\w+) (\d\w*) (\d+)$/, '$1 $2, $3')
  return {
    code: 'wrong_value',
    at,
    message: `\`${written}\` has no year`,
    expected: [`a year, as in \`${year}\``, 'a name for a day of every year, as in `Public holidays are 25 December.`'],
    suggestion: `2026-${text}`,
  }
}

const spaced = (names: Iterable<string>): readonly string[] => [...names].map(name => name.replace(/_/g, ' '))

const IS_HOURS = /(?:hours|shift|time|window|break|night|day|morning|evening)s?$/
const IS_NETWORK = /network|office|vpn|site|lan$/

const STATE = /^(?:call|duty|leave|shift|vacation|probation|holiday|site)$/

/** `on call`: what somebody is for a while, which somebody has to say. */
const state = (text: string, at: Place): Said => ({
  code: 'unknown_name',
  at,
  message: `nothing says who is \`${text}\``,
  expected: [
    `a group they are in meanwhile: \`if they are a member of team:${text.replace(' ', '-')}\``,
    `an attribute: \`if their ${text.replace(' ', '_')} is true\`, and the line \`A user has ${text.replace(' ', '_')} as yes or no.\``,
  ],
  suggestion: `they are a member of team:${text.replace(' ', '-')}`,
})

const APPROVES = /^(?:approved?s?|reviewed|confirmed|authori[sz]ed|signed|agreed|agrees|okayed|consents?|consented)$/

/** `unless a human approved it`: that somebody says yes is no condition, but a rule that asks for it. */
export function approvedBy(t: Tokens): Said | null {
  const at = t.findIndex(
    ({ word }, i) =>
      APPROVES.test(word) &&
      t.slice(Math.max(0, i - 5), i).some(one => /^(?:if|unless|until|when|once)$/.test(one.word)),
  )
  const token = t[at]
  const signedIn = token?.word === 'signed' && t[at + 1]?.word === 'in'
  const asked = token === undefined || signedIn || t.some(({ word }) => word === 'approval')
  return asked
    ? null
    : {
        code: 'syntax',
        at: token,
        message: 'that somebody says yes is not a condition: it is asked for by a sentence of its own',
        expected: ['`… need approval from their owner to …`', '`… need approval from an admin of the org to …`'],
        suggestion: null,
      }
}

function unknownName(lead: string, run: Tokens, words: Lexicon): Said | null {
  const name = run.map(token => token.word).join(' ')
  const text = run.map(token => token.text).join(' ')
  const at = { start: run[0]?.start ?? 0, end: run[run.length - 1]?.end ?? 0 }
  const hours = spaced(words.schedules.keys())
  const days = spaced(words.calendars.keys())
  if (lead === 'on' && STATE.test(run[0]?.word ?? '')) return state(`on ${run[0]?.word}`, at)
  const networks = spaced(words.networks.keys())
  if (isNoun(words, run[run.length - 1]?.word ?? '')) return null
  const found = (what: string, known: readonly string[], line: string, more: readonly string[] = []): Said => ({
    code: what === 'a network' ? 'unknown_network' : 'unknown_name',
    at,
    message: `nothing defines \`${name}\` as ${what}`,
    expected: [...known.slice(0, 8).map(one => `\`${one}\``), `a line that defines it: \`${line}\``],
    suggestion: nearest(name, [...known, ...more]) ?? line,
  })
  if (lead === 'on' && !IS_NETWORK.test(name)) {
    const known = [...days, ...hours]
    return found(
      'days',
      known,
      `${/s$/.test(name) ? `${capitalize(name)} are` : `The ${name} is`} 25 December.`,
      DAY_NAMES,
    )
  }
  const isHours = IS_HOURS.test(name) || (WHEN.has(lead) && lead !== 'outside' && !IS_NETWORK.test(name))
  if (isHours) {
    const line = `${/s$/.test(name) ? `${capitalize(name)} are` : `The ${name} is`} 9am to 5pm on weekdays.`
    return found('hours', [...hours, ...days], line)
  }
  const line = `${capitalize(name)} is Germany, Austria and Switzerland.`
  if (/region|market|countries/.test(name))
    return found('a region', spaced(words.regions.keys()), `The ${line.charAt(0).toLowerCase()}${line.slice(1)}`)
  const proper = run.every(token => /^\p{Lu}/u.test(token.text)) && !IS_NETWORK.test(name)
  if (!proper) return lead === 'in' ? null : found('a network', networks, `The ${name} is 10.0.0.0/8.`)
  const regions = [...COMMON_REGIONS.map(region => region.name ?? ''), ...spaced(words.regions.keys())]
  const near = nearest(text, [...COUNTRIES.map(countryName), ...regions])
  return {
    code: 'unknown_name',
    at,
    message: `\`${text}\` is no country, and nothing defines it as a region or a network`,
    expected: ['a country by its English name', `a line that defines it: \`${line}\``],
    suggestion: near ?? line,
  }
}
