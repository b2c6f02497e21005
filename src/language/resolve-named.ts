import type { Calendar, Region } from '../policy/ast.ts'
import { fold } from './lexicon.ts'
import { daysOfCalendar } from './match-defined.ts'
import { itemsAt } from './match-where.ts'
import { fail, type Scope } from './scope.ts'
import type { Token } from './token.ts'

/** `The home region is Germany, Austria and Switzerland.` Regions in it stand for their countries. */
export function regionOf(name: string, token: Token, scope: Scope): Region | null {
  const codes = (itemsAt(token.parts, 0)?.node ?? []).flatMap(item => {
    if (item.kind === 'country') return [item.code]
    if (item.kind === 'region') return item.region.countries
    return item.kind === 'defined' ? (scope.words.regions.get(fold(item.token.word))?.countries ?? []) : []
  })
  return { name, countries: [...new Set(codes)].sort() }
}

export function calendarOf(name: string, token: Token, scope: Scope): Calendar | null {
  const days: string[] = []
  for (const { token: at, day } of daysOfCalendar(token.parts)) {
    if (day === null) {
      return fail(scope, 'wrong_value', at, `the calendar has no \`${at.text}\``, {
        expected: ['a day, such as `2026-12-31` or `25 December`'],
      })
    }
    days.push(day)
  }
  return { name, days: [...new Set(days)] }
}
