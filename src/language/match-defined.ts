import { type Found, found, hasClass, type Tokens, wordAt } from './match.ts'
import { itemsAt } from './match-where.ts'
import { chunk, type Token } from './token.ts'
import { readDate, readDay, realDay } from './values.ts'

/** Readers of what a definition lists: countries for a region, days for a calendar. */

/** `25 December`, `2026-04-03`, or null for a day the calendar lacks. */
function dayAt(t: Tokens, i: number): Found<string | null> | null {
  const token = t[i]
  if (token?.kind === 'date') return found(readDate(token), i + 1)
  const day = readDay(t, i)
  return day === null ? null : found(everyYear(day.text), day.end)
}

/** A leap year has every day. */
const everyYear = (day: string): string | null => (realDay(`2024-${day}`) === null ? null : day)

/** The days of a calendar, one by one; null for each there is not. */
export function daysOfCalendar(t: Tokens): readonly { readonly token: Token; readonly day: string | null }[] {
  const days: { token: Token; day: string | null }[] = []
  for (let i = 0; i < t.length; ) {
    const day = dayAt(t, i)
    if (day !== null) days.push({ token: chunk('phrase', t.slice(i, day.end), []), day: day.node })
    i = day?.end ?? i + 1
  }
  return days
}

const JOINTS = new Set([',', 'and', 'or'])

function isCalendar(t: Tokens): boolean {
  let i = 0
  for (;;) {
    const day = dayAt(t, i)
    if (day === null) return false
    i = day.end
    if (i === t.length) return true
    if (!JOINTS.has(wordAt(t, i))) return false
    while (JOINTS.has(wordAt(t, i))) i += 1
  }
}

/** The whole of what follows the verb, where it is a list of countries or of days. */
export function definedLists(t: Tokens): readonly Token[] | null {
  if (t.length === 0) return null
  if (isCalendar(t)) return [chunk('phrase', t, ['calendar_days'])]
  const items = itemsAt(t, 0)
  if (items === null || items.end < t.length) return null
  const places = items.node.every(item => item.kind !== 'network' && item.kind !== 'ranges')
  return places && !t.some(token => hasClass(token, 'network')) ? [chunk('phrase', t, ['countries'])] : null
}
