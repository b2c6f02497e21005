import { parseCidr } from '../lib/cidr.ts'
import { isZone } from '../lib/zone.ts'
import type { Condition } from '../policy/ast.ts'
import { find, fold } from './lexicon.ts'
import { fail, type Scope } from './scope.ts'
import type { Clause } from './syntax.ts'
import type { Token } from './token.ts'
import { nextDay, readDate, readDays, readTime } from './values.ts'

type Zoned = { readonly zone: string | null }

export function zoneOf(token: Token | null, scope: Scope): Zoned | null {
  if (token === null) return { zone: null }
  const zone = /^(?:utc|gmt)$/i.test(token.text) ? token.text.toUpperCase() : token.text
  if (isZone(zone)) return { zone }
  return fail(scope, 'wrong_value', token, `\`${token.text}\` is not a time zone`, {
    expected: ['an IANA name, such as `Europe/Berlin`'],
  })
}

function dayOf(token: Token, scope: Scope): string | null {
  return (
    readDate(token) ??
    fail(scope, 'wrong_value', token, `the calendar has no \`${token.text}\``, {
      expected: ['a date, such as `2026-12-31`'],
    })
  )
}

function minutesOf(token: Token, end: boolean, scope: Scope): number | null {
  return (
    readTime(token, end) ??
    fail(scope, 'wrong_value', token, `\`${token.text}\` is not a time of day`, {
      expected: ['`9am`, `5:30pm` or `17:30`'],
    })
  )
}

/** The hours between two times; a null side is the day's end. Hours that begin where they end say nothing. */
export function hoursOf(
  from: Token | null,
  to: Token | null,
  scope: Scope,
): { readonly from: number; readonly to: number } | null {
  const start = from === null ? 0 : minutesOf(from, false, scope)
  const stop = to === null ? 1440 : minutesOf(to, true, scope)
  if (start === null || stop === null) return null
  if (start !== stop) return { from: start, to: stop }
  return fail(scope, 'wrong_value', to ?? from ?? { start: 0, end: 0 }, 'these hours end where they begin', {
    expected: ['two different times'],
  })
}

export function rangesOf(token: Token, scope: Scope): readonly string[] | null {
  const ranges = token.parts.filter(part => part.kind === 'range')
  for (const range of ranges) {
    if (parseCidr(range.text) === null) {
      return fail(scope, 'wrong_value', range, `\`${range.text}\` is not an address block`, {
        expected: ['`10.0.0.0/8`, `2001:db8::/32` or one address, with no bits set beyond the prefix'],
      })
    }
  }
  return ranges.map(range => range.text)
}

type TimeClause = Extract<
  Clause,
  { kind: 'weekdays' | 'hours' | 'date' | 'dates' | 'schedule' | 'network' | 'ranges' | 'covered' }
>

function dateClause(clause: Extract<Clause, { kind: 'date' }>, scope: Scope): Condition | null {
  const date = dayOf(clause.date, scope)
  const zoned = zoneOf(clause.zone, scope)
  if (date === null || zoned === null) return null
  switch (clause.op) {
    case 'after':
      return { kind: 'date', op: 'from', date: nextDay(date), ...zoned }
    case 'until':
      return { kind: 'date', op: 'before', date: nextDay(date), ...zoned }
    default:
      return { kind: 'date', op: clause.op, date, ...zoned }
  }
}

/** Clauses that need no more than the words themselves, the calendar and the defined names. */
export function resolveTime(clause: TimeClause, scope: Scope): Condition | null {
  switch (clause.kind) {
    case 'weekdays': {
      const zoned = zoneOf(clause.zone, scope)
      return zoned === null ? null : { kind: 'weekday', days: readDays(clause.days), ...zoned }
    }
    case 'hours': {
      const hours = hoursOf(clause.from, clause.to, scope)
      const zoned = zoneOf(clause.zone, scope)
      return hours === null || zoned === null ? null : { kind: 'hours', ...hours, ...zoned }
    }
    case 'date':
      return dateClause(clause, scope)
    case 'dates': {
      const from = dayOf(clause.from, scope)
      const to = dayOf(clause.to, scope)
      const zoned = zoneOf(clause.zone, scope)
      if (from === null || to === null || zoned === null) return null
      if (from > to)
        return fail(scope, 'wrong_value', clause.to, 'the last day is before the first', {
          expected: ['the earlier day first'],
        })
      const of = [
        { op: 'from' as const, date: from },
        { op: 'before' as const, date: nextDay(to) },
      ]
      return { kind: 'all', of: of.map(part => ({ kind: 'date' as const, ...part, ...zoned })) }
    }
    case 'schedule': {
      const schedule = find(scope.words.schedules, clause.token.word)
      return schedule === null ? null : { kind: 'schedule', schedule }
    }
    case 'network': {
      const network = scope.words.networks.get(fold(clause.token.word))
      return network === undefined ? null : { kind: 'network', network }
    }
    case 'ranges': {
      const ranges = rangesOf(clause.token, scope)
      return ranges === null ? null : { kind: 'network', network: { name: null, ranges } }
    }
    case 'covered':
      return { kind: 'covered' }
  }
}
