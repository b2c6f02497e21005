import { type Decimal, parseDecimal } from '../lib/decimal.ts'
import { dayNumber, dayText } from '../lib/zone.ts'
import type { Weekday } from '../policy/ast.ts'
import { CURRENCY_SIGNS, DAY_NAMES } from '../policy/print-value.ts'
import { singulars } from '../policy/print-words.ts'
import { unitNamed } from '../policy/units.ts'
import type { Token } from './token.ts'

const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** 1 to 12 where the token names a month, in full or by three letters; else 0. */
export function monthOf(token: Token | undefined): number {
  if (token?.kind !== 'word' || token.word.length < 3) return 0
  const word = token.word === 'May' ? 'may' : token.word
  return MONTHS.findIndex(month => month === word || month.slice(0, 3) === word) + 1
}

/** Codes count in capitals, and the commonest in any case. */
export const isCurrency = (token: Token): boolean =>
  token.kind === 'word' &&
  (CURRENCIES.has(token.text) || (CURRENCY_SIGNS.has(token.text.toUpperCase()) && token.text.length === 3))

const CURRENCY_WORDS: ReadonlyMap<string, string> = new Map([
  ['dollar', 'USD'],
  ['dollars', 'USD'],
  ['euro', 'EUR'],
  ['euros', 'EUR'],
  ['pounds', 'GBP'],
  ['yen', 'JPY'],
  ['rupees', 'INR'],
])

/** The currency that a word after a number names. */
export const currencyOf = (token: Token): string | null =>
  isCurrency(token) ? token.text.toUpperCase() : token.kind === 'word' ? (CURRENCY_WORDS.get(token.word) ?? null) : null

const UNITS: ReadonlySet<string> = new Set(['kg', 'g', 'mg', 'km', 'm', 'cm', 'mm', 'l', 'ml', 'kWh', 'MW'])

/** The unit that a word after a number counts; `held` are those that attributes are defined to hold. */
export function unitOf(token: Token, held: ReadonlySet<string>): string | null {
  if (token.word === '%' || token.word === 'percent') return 'percent'
  if (token.kind !== 'word') return null
  const known = unitNamed(token.text)
  if (known !== null) return known
  if (UNITS.has(token.text) || held.has(token.text)) return token.text
  const one = singulars(token.word).find(word => held.has(word))
  return held.has(token.word) ? token.word : (one ?? null)
}

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

/** `5.000` before or after a currency: five, or five thousand. */
const UNCLEAR = /^\D*[1-9]\d{0,2}\.\d{3}$/

export function readMoney(token: Token): Amount | null {
  if (UNCLEAR.test(token.parts.find(part => part.kind === 'number')?.text ?? token.text)) return null
  const [first, second] = token.parts
  if (first !== undefined && second !== undefined) {
    const [number, code] = first.kind === 'number' ? [first, second] : [second, first]
    const amount = readNumber(number.text)
    return amount === null ? null : { amount, currency: currencyOf(code) ?? code.text.toUpperCase() }
  }
  const match = /^(-?)([$€£¥₹])\s*(.+)$/.exec(token.text)
  const amount = match === null ? null : readNumber(`${match[1]}${match[3]}`)
  return amount === null ? null : { amount, currency: SIGNS.get(match?.[2] ?? '') ?? 'USD' }
}

/** A day of the month: `1`, `1st`. */
export const dayOfMonth = (token: Token | undefined): number =>
  token?.kind === 'number' ? Number(/^(\d{1,2})(?:st|nd|rd|th)?$/i.exec(token.text)?.[1] ?? 0) : 0

/** The day if the calendar has it. */
export const realDay = (date: string): string | null => (dayNumber(date) === null ? null : date)

const two = (number: number): string => String(number).padStart(2, '0')

/** The day as `YYYY-MM-DD`, or null where the calendar has no such day. */
export function readDate(token: Token): string | null {
  if (token.parts.length === 0) return realDay(token.text)
  const numbers = token.parts.filter(part => part.kind === 'number')
  const month = token.parts.map(monthOf).find(m => m > 0) ?? 0
  return realDay(`${numbers[1]?.text}-${two(month)}-${two(dayOfMonth(numbers[0]))}`)
}

/** A day of every year, as `MM-DD`: `25 December`, `December 25th`, `the 25th of December`. */
export function readDay(tokens: readonly Token[], at: number): { readonly text: string; readonly end: number } | null {
  const from = tokens[at]?.word === 'the' ? at + 1 : at
  const of = tokens[from + 1]?.word === 'of' ? from + 2 : from + 1
  const day = dayOfMonth(tokens[from])
  const month = monthOf(tokens[of])
  if (day > 0 && month > 0) return { text: `${two(month)}-${two(day)}`, end: of + 1 }
  const first = monthOf(tokens[from])
  const second = dayOfMonth(tokens[from + 1])
  return first > 0 && second > 0 ? { text: `${two(first)}-${two(second)}`, end: from + 2 } : null
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

const COUNTS: ReadonlyMap<string, string> = new Map(
  'one two three four five six seven eight nine ten eleven twelve'.split(' ').map((word, i) => [word, String(i + 1)]),
)

/** A number written out. */
export const numberWord = (token: Token | undefined): string | null => COUNTS.get(token?.word ?? '') ?? null

/** A whole number above zero, else NaN. */
export function readCount(token: Token): number {
  const number = Number((numberWord(token) ?? token.text).replace(/,/g, ''))
  return Number.isSafeInteger(number) && number > 0 ? number : Number.NaN
}

let cities: ReadonlyMap<string, string> | null = null

/** The zone of a city as the zone database spells it: `New York` is in `America/New_York`. */
export function cityZone(city: readonly string[]): string | null {
  cities ??= new Map(
    Intl.supportedValuesOf('timeZone').map(zone => [zone.slice(zone.lastIndexOf('/') + 1).toLowerCase(), zone]),
  )
  return cities.get(city.join('_').toLowerCase()) ?? null
}
