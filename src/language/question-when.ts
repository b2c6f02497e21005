import { dayNumber, dayText, instantAt, isInstant, localTime, MINUTE, weekdayOf } from '../lib/zone.ts'
import type { Schedule } from '../policy/ast.ts'
import { printInstant } from '../policy/print-question.ts'
import { printMinutes } from '../policy/print-value.ts'
import { find } from './lexicon.ts'
import type { Circumstance } from './question-syntax.ts'
import { zoneOf } from './resolve-zone.ts'
import { fail, type Scope } from './scope.ts'
import type { Token } from './token.ts'
import { readDate, readDays, readTime } from './values.ts'

export type TimeWords = Extract<
  Circumstance,
  { kind: 'relative' } | { kind: 'days' } | { kind: 'date' | 'time' } | { kind: 'schedule' }
>

export interface Clock {
  readonly now: number
  readonly zone: string
}

/** `at` is null for the moment of asking. */
export interface When {
  readonly at: number | null
}

interface Said {
  readonly token: Token
  readonly day: number | null
  readonly minutes: number | null
  readonly schedule: Schedule | null
  readonly zone: string | null
}

const OFFSET: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 }

/** The instant that a question's words for time mean, or null with the reason in `scope.faults`. */
export function whenOf(words: readonly TimeWords[], clock: Clock, scope: Scope, notes: string[]): When | null {
  if (words.length === 0 || words.every(word => word.kind === 'relative' && word.token.word === 'now')) {
    return { at: null }
  }
  const zone = zoneNamed(words, scope)
  if (zone === 'failed') return null
  const local = { now: clock.now, zone: zone ?? clock.zone }
  const said = words.map(word => saidBy(word, local, scope, notes))
  if (said.includes(null)) return null
  const parts = said as readonly Said[]
  for (const [i, part] of parts.entries()) {
    const before = parts.slice(0, i)
    const twice = before.some(
      b => (b.day !== null && part.day !== null) || (timed(b) && timed(part)) || b.schedule !== null,
    )
    if (twice) {
      return fail(scope, 'wrong_value', part.token, `\`${part.token.text}\` says again when it is`, {
        expected: ['one day and one time'],
      })
    }
  }
  return instantOf(parts, local, scope, notes)
}

const timed = (said: Said): boolean => said.minutes !== null || said.schedule !== null

function zoneNamed(words: readonly TimeWords[], scope: Scope): string | null | 'failed' {
  for (const word of words) {
    const token = 'zone' in word ? word.zone : null
    if (token === null) continue
    return zoneOf(token, scope)?.zone ?? 'failed'
  }
  return null
}

function saidBy(word: TimeWords, clock: Clock, scope: Scope, notes: string[]): Said | null {
  const { token } = word
  const nothing: Said = { token, day: null, minutes: null, schedule: null, zone: null }
  const today = dayNumber(localTime(clock.now, clock.zone).date) ?? 0
  switch (word.kind) {
    case 'relative':
      return { ...nothing, day: today + (OFFSET[token.word] ?? 0) }
    case 'days': {
      const day = dayOf(word, today, scope, notes)
      return day === null ? null : { ...nothing, day }
    }
    case 'date': {
      const day = dayNumber(readDate(token) ?? '')
      if (day !== null) return { ...nothing, day }
      return fail(scope, 'wrong_value', token, `the calendar has no \`${token.text}\``, {
        expected: ['a date, such as `2026-12-31`'],
      })
    }
    case 'time': {
      const minutes = readTime(token, false)
      if (minutes !== null) return { ...nothing, minutes }
      return fail(scope, 'wrong_value', token, `\`${token.text}\` is not a time of day`, {
        expected: ['`9am`, `5:30pm` or `17:30`'],
      })
    }
    case 'schedule': {
      const schedule = find(scope.words.schedules, token.word)
      return schedule === null ? null : { ...nothing, schedule }
    }
  }
}

/** The first such day from today on; of `next`, in the week after this one; weeks begin on Monday. */
function dayOf(
  { token, week }: Extract<TimeWords, { kind: 'days' }>,
  today: number,
  scope: Scope,
  notes: string[],
): number | null {
  const days = readDays(token)
  const listed = token.parts.some(part => part.word === 'and' || part.word === 'or' || part.word === ',')
  if (days.length === 0 || listed || (week !== null && days.length > 1)) {
    return fail(scope, 'wrong_value', token, `\`${token.text}\` is more than one day`, {
      expected: ['one day, as in `on Monday`'],
    })
  }
  const monday = today - (weekdayOf(today) - 1)
  const first = week === null ? today : week === 'this' ? monday : monday + 7
  let day = first
  while (!days.includes(weekdayOf(day) as never)) day += 1
  notes.push(`\`${week === null ? '' : `${week} `}${token.text}\` is ${dayText(day)}`)
  return day
}

function instantOf(parts: readonly Said[], clock: Clock, scope: Scope, notes: string[]): When | null {
  const day = parts.find(part => part.day !== null)?.day ?? null
  const minutes = parts.find(part => part.minutes !== null)?.minutes ?? null
  const token = (parts[0] as Said).token
  const schedule = parts.find(part => part.schedule !== null)
  if (schedule?.schedule) return duringOf(schedule.schedule, schedule.token, day, clock, scope, notes)
  const local = localTime(clock.now, clock.zone)
  if (minutes === null) notes.push(`no time is named: asked at ${printMinutes(local.minutes)}, as it is now`)
  const at = instantAt(day ?? dayNumber(local.date) ?? 0, minutes ?? local.minutes, clock.zone)
  if (isInstant(at)) return { at }
  return fail(scope, 'wrong_value', token, `\`${token.text}\` is out of every calendar`, {
    expected: ['a day within the next centuries'],
  })
}

/** The first minute of the hours from now on, or on the day that is named. */
function duringOf(
  schedule: Schedule,
  token: Token,
  day: number | null,
  clock: Clock,
  scope: Scope,
  notes: string[],
): When | null {
  const zone = schedule.zone ?? clock.zone
  const today = dayNumber(localTime(clock.now, zone).date) ?? 0
  const from = day ?? today - 1
  for (let at = from; at <= (day ?? today + 8); at++) {
    if (!schedule.days.includes(weekdayOf(at) as never)) continue
    const start = instantAt(at, schedule.from, zone)
    const end = instantAt(schedule.to <= schedule.from ? at + 1 : at, schedule.to, zone)
    if (day === null && end <= clock.now) continue
    const later = day === null ? Math.max(start, Math.floor(clock.now / MINUTE) * MINUTE) : start
    notes.push(`\`${token.text}\` is asked${printInstant(later, clock.zone)}`)
    return { at: later }
  }
  return fail(scope, 'wrong_value', token, `\`${token.text}\` has no hours on that day`, {
    expected: ['another day, or none'],
  })
}
