import { parseCidr } from '../lib/cidr.ts'
import type { Condition } from '../policy/ast.ts'
import { find } from './lexicon.ts'
import { zoneOf } from './resolve-zone.ts'
import { fail, type Scope } from './scope.ts'
import type { Clause, DayNode } from './syntax.ts'
import type { Token } from './token.ts'
import { nextDay, readDays, readTime } from './values.ts'

export function dayOf(node: DayNode, scope: Scope): string | null {
  return (
    node.day ??
    fail(scope, 'wrong_value', node, `the calendar has no \`${node.text}\``, {
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
  { kind: 'weekdays' | 'hours' | 'date' | 'dates' | 'calendar' | 'schedule' | 'covered' | 'budgeted' }
>

function dateClause(clause: Extract<Clause, { kind: 'date' }>, scope: Scope): Condition | null {
  const date = dayOf(clause.day, scope)
  const zoned = zoneOf(clause.zone, scope)
  if (date === null || zoned === null) return null
  if (clause.unclear) {
    const { text } = clause.day
    return fail(scope, 'ambiguous', clause.day, `\`until ${text}\` may or may not take it in`, {
      expected: [`\`until the end of ${text}\``, `\`before ${text}\``],
    })
  }
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
    case 'calendar': {
      const calendar = find(scope.words.calendars, clause.token.word)
      const zoned = zoneOf(clause.zone, scope)
      return calendar === null || zoned === null ? null : { kind: 'calendar', calendar, ...zoned }
    }
    case 'covered':
      return { kind: 'covered' }
    case 'budgeted':
      return { kind: 'budgeted', by: clause.by }
  }
}
