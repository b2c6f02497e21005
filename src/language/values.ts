import { type Decimal, parseDecimal } from '../lib/decimal.ts'
import { dayNumber, dayText } from '../lib/zone.ts'
import type { Weekday } from '../policy/ast.ts'
import { CURRENCY_SIGNS, DAY_NAMES } from '../policy/print-value.ts'
import type { Token } from './token.ts'

const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** 1 to 12 where the token names a month, in full or by three letters; else 0. */
export function monthOf(token: Token | undefined): number {
  if (token?.kind !== 'word' || token.word.length < 3) return 0
  return MONTHS.findIndex(month => month === token.word || month.slice(0, 3) === token.word) + 1
}

/** Codes count in capitals, and the commonest in any case. */
export const isCurrency = (token: Token): boolean =>
  token.kind === 'word' &&
  (CURRENCIES.has(token.text) || (CURRENCY_SIGNS.has(token.text.toUpperCase()) && token.text.length === 3))

const SCALES: ReadonlyMap<string, number> = new Map([
  ['k', 3],
  ['thousand', 3],
  ['m', 6],
  ['million', 6],
  ['bn', 9],
  ['billion', 9],
])

/** `10,000`, `1.5m`; null where there are too many digits to hold. */
export function readNumber(text: string): Decimal | null {
  const match = /^(-?)([\d,.]+)\s*([a-z]*)$/i.exec(text.trim())
  if (match === null) return null
  const [, sign = '', digits = '', scale = ''] = match
  const zeros = SCALES.get(scale.toLowerCase()) ?? 0
  return parseDecimal(`${sign}${digits.replace(/,/g, '')}e${zeros}`)
}

export interface Amount {
  readonly amount: Decimal
  readonly currency: string
}

const SIGNS: ReadonlyMap<string, string> = new Map([...CURRENCY_SIGNS].map(([code, sign]) => [sign, code]))

export function readMoney(token: Token): Amount | null {
  const [first, second] = token.parts
  if (first !== undefined && second !== undefined) {
    const [number, code] = first.kind === 'number' ? [first, second] : [second, first]
    const amount = readNumber(number.text)
    return amount === null ? null : { amount, currency: code.text.toUpperCase() }
  }
  const match = /^(-?)([$€£¥₹])\s*(.+)$/.exec(token.text)
  const amount = match === null ? null : readNumber(`${match[1]}${match[3]}`)
  return amount === null ? null : { amount, currency: SIGNS.get(match?.[2] ?? '') ?? 'USD' }
}

/** The day as `YYYY-MM-DD`, or null where the calendar has no such day. */
export function readDate(token: Token): string | null {
  if (token.parts.length === 0) return dayNumber(token.text) === null ? null : token.text
  const numbers = token.parts.filter(part => part.kind === 'number').map(part => part.text)
  const month = token.parts.map(monthOf).find(m => m > 0) ?? 0
  const date = `${numbers[1]}-${String(month).padStart(2, '0')}-${(numbers[0] ?? '').padStart(2, '0')}`
  return dayNumber(date) === null ? null : date
}

/** The day after; dates that rules name are far from the calendar's end. */
export const nextDay = (date: string): string => dayText((dayNumber(date) ?? 0) + 1)

/** Minutes from midnight, or null for no time of day; `midnight` is 0 where hours begin and 1440 where they end. */
export function readTime(token: Token, end: boolean): number | null {
  if (token.word === 'noon') return 720
  if (token.word === 'midnight') return end ? 1440 : 0
  const match = /^(\d{1,2})(?::(\d{2}))?\s?(?:([ap])\.?m)?$/i.exec(token.text)
  if (match === null) return null
  const hour = Number(match[1])
  const minute = Number(match[2] ?? 0)
  const half = match[3]?.toLowerCase()
  if (minute > 59) return null
  if (half === undefined) return hour < 24 ? hour * 60 + minute : end && hour === 24 && minute === 0 ? 1440 : null
  if (hour < 1 || hour > 12) return null
  return ((hour % 12) + (half === 'p' ? 12 : 0)) * 60 + minute
}

const DAYS: ReadonlyMap<string, readonly number[]> = new Map([
  ...DAY_NAMES.flatMap((name, i): [string, number[]][] => [
    [name.toLowerCase(), [i + 1]],
    [name.toLowerCase().slice(0, -1), [i + 1]],
  ]),
  ['weekday', [1, 2, 3, 4, 5]],
  ['weekdays', [1, 2, 3, 4, 5]],
  ['weekend', [6, 7]],
  ['weekends', [6, 7]],
  ['day', [1, 2, 3, 4, 5, 6, 7]],
  ['daily', [1, 2, 3, 4, 5, 6, 7]],
])

/** The days of a `days` chunk, sorted, each once. */
export function readDays(token: Token): readonly Weekday[] {
  const found = new Set<number>()
  const parts = token.parts
  for (const [i, part] of parts.entries()) {
    const days = DAYS.get(part.word) ?? []
    for (const day of days) found.add(day)
    const next = parts[i + 1]?.word
    if (next !== 'to' && next !== 'through') continue
    const last = DAYS.get(parts[i + 2]?.word ?? '')?.[0] ?? 0
    for (let day = days[0] ?? 1, n = 0; n < 7 && day !== last; n++, day = (day % 7) + 1) found.add(day)
  }
  return [...found].sort((a, b) => a - b) as unknown as readonly Weekday[]
}

/** What stands between the quotes, escapes resolved; null where an escape is none. */
export function readQuoted(text: string): string | null {
  if (text.startsWith('“')) return text.slice(1, -1)
  try {
    return JSON.parse(text) as string
  } catch {
    return null
  }
}
