import { dayText } from '../lib/zone.ts'
import { type Found, found, phraseAt, phrasesOf, skip, type Tokens } from './match.ts'
import type { DayNode } from './syntax.ts'
import type { Token } from './token.ts'
import { monthOf, readDate, readDay, realDay } from './values.ts'

/** A stretch of days that is named by its month or year, or a single one. Null where the calendar has none such. */
export interface Days {
  readonly first: DayNode
  readonly last: DayNode
  readonly whole: 'day' | 'month' | 'year'
}

const IN = new Set(['in'])

/** `in Europe/Berlin`, `UTC`. */
export function zoneAt(t: Tokens, i: number): Found<Token> | null {
  const at = skip(t, i, IN)
  const token = t[at]
  return token?.is.includes('zone') ? found(token, at + 1) : null
}

const isYear = (token: Token | undefined): boolean => token?.kind === 'number' && /^[12]\d{3}$/.test(token.text)

const dayNode = (written: Tokens, day: string | null): DayNode => ({
  start: written[0]?.start ?? 0,
  end: written[written.length - 1]?.end ?? 0,
  text: written.map(token => token.text).join(' '),
  day,
})

function monthDays(year: number, month: number, written: Tokens): Days {
  const end = dayText(Date.UTC(year, month, 0) / 86_400_000)
  return {
    first: dayNode(written, `${end.slice(0, 8)}01`),
    last: dayNode(written, end),
    whole: 'month',
  }
}

/** `2026-03-01`, `March 2026`, `2026`. */
export function daysAt(t: Tokens, i: number): Found<Days> | null {
  const token = t[i]
  if (token === undefined) return null
  if (token.kind === 'date') {
    const node = dayNode([token], readDate(token))
    return found({ first: node, last: node, whole: 'day' }, i + 1)
  }
  const month = monthOf(token)
  const next = t[i + 1]
  if (month > 0 && isYear(next) && next !== undefined)
    return found(monthDays(Number(next.text), month, [token, next]), i + 2)
  if (!isYear(token)) return null
  const node = (day: string): DayNode => dayNode([token], `${token.text}-${day}`)
  return found({ first: node('01-01'), last: node('12-31'), whole: 'year' }, i + 1)
}

/** A day or month whose year stands with the one after it: the `1 March` of `from 1 March to 30 April 2026`. */
export function yearlessAt(t: Tokens, i: number): Found<(year: string) => Days> | null {
  const token = t[i]
  if (token === undefined) return null
  const day = readDay(t, i)
  if (day !== null) {
    const written = t.slice(i, day.end)
    return found(year => {
      const node = dayNode(written, realDay(`${year}-${day.text}`))
      return { first: node, last: node, whole: 'day' }
    }, day.end)
  }
  const month = monthOf(token)
  return month === 0 ? null : found(year => monthDays(Number(year), month, [token]), i + 1)
}

const BEGIN = phrasesOf<'first' | 'last'>({
  'the start of': 'first',
  'the beginning of': 'first',
  'the end of': 'last',
})

/** `the end of March 2026`: one day of those. */
export function edgeAt(t: Tokens, i: number): Found<Days> | null {
  const edge = phraseAt(t, i, BEGIN)
  const days = edge === null ? null : daysAt(t, edge.end)
  if (edge === null || days === null) return null
  const node = days.node[edge.node]
  return found({ first: node, last: node, whole: 'day' }, days.end)
}
