import { dayNumber, isZone } from '../lib/zone.ts'
import type { Weekday } from '../policy/ast.ts'
import type { Who } from './clause.ts'

export type CompileErrorCode = 'unknown_zone' | 'bad_range' | 'bad_date' | 'bad_hours' | 'bad_duration' | 'no_approver'

/** A rule that cannot be compiled. `rule` is its id, or null where the fault is in the options. */
export class CompileError extends Error {
  readonly code: CompileErrorCode
  readonly rule: string | null
  constructor(code: CompileErrorCode, message: string, rule: string | null) {
    super(message)
    this.name = 'CompileError'
    this.code = code
    this.rule = rule
  }
}

/** Numbers questions by what they ask, on top of numbers that were given before and are not given anew. */
export class Slots {
  readonly #own = new Map<string, number>()
  readonly #under: Slots | null

  constructor(under: Slots | null = null) {
    this.#under = under
  }

  get size(): number {
    return this.#own.size + (this.#under?.size ?? 0)
  }

  find(key: string): number | undefined {
    return this.#own.get(key) ?? this.#under?.find(key)
  }

  /** The number of a question, given one if it has none. */
  of(key: string): number {
    const known = this.find(key)
    if (known !== undefined) return known
    const number = this.size
    this.#own.set(key, number)
    return number
  }
}

/** What translating one rule needs to know of the set it goes into. */
export interface Frame {
  readonly zone: string
  readonly slots: Slots
  readonly rule: string
  /** What the rule's sentence calls its resource. */
  readonly noun: string
  /** Whom the phrase that is translated calls its subject. */
  readonly who: Who
}

/** Terms are plain data without optional members, so equal questions print alike. */
export function slotOf(question: readonly unknown[], frame: Frame): number {
  return frame.slots.of(JSON.stringify(question))
}

export const mask = (days: readonly Weekday[]): number => days.reduce((bits, day) => bits | (1 << day), 0)

export function zoneOf(zone: string | null, frame: Frame): string {
  if (zone === null) return frame.zone
  if (isZone(zone)) return zone
  const message = `\`${zone}\` is not a time zone; expected an IANA name such as \`Europe/Berlin\``
  throw new CompileError('unknown_zone', message, frame.rule)
}

export function dayOf(date: string, frame: Frame): number {
  const day = dayNumber(date)
  if (day === null) throw new CompileError('bad_date', `\`${date}\` is not a day; expected \`YYYY-MM-DD\``, frame.rule)
  return day
}

/** A day of every year, checked in one that has them all. */
export function yearlyDay(date: string, frame: Frame): string {
  if (dayNumber(`2024-${date}`) !== null) return date
  const message = `\`${date}\` is not a day; expected \`YYYY-MM-DD\`, or \`MM-DD\` for one of every year`
  throw new CompileError('bad_date', message, frame.rule)
}

export function checkHours(from: number, to: number, frame: Frame): void {
  const isMinute = (m: number): boolean => Number.isInteger(m) && m >= 0 && m <= 1440
  if (isMinute(from) && isMinute(to)) return
  throw new CompileError(
    'bad_hours',
    `\`${from}\` to \`${to}\` are not minutes of a day; expected 0 to 1440`,
    frame.rule,
  )
}

export function checkDuration(count: number, frame: Frame): void {
  if (Number.isSafeInteger(count) && count > 0) return
  throw new CompileError(
    'bad_duration',
    `\`${count}\` is not a number of units; expected a whole number from 1`,
    frame.rule,
  )
}
