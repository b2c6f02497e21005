import { type Decimal, printDecimal } from '../lib/decimal.ts'
import type { Calendar, Duration, Network, Region, Schedule, Weekday } from './ast.ts'
import { countryName } from './countries.ts'
import type { Entity } from './entity.ts'
import { listed, plain, plural, quoted, regular } from './print-words.ts'
import type { AttributeType, Literal } from './value.ts'

/** Signs that stand before an amount; other currencies follow it by code. */
export const CURRENCY_SIGNS: ReadonlyMap<string, string> = new Map([
  ['USD', '$'],
  ['EUR', '€'],
  ['GBP', '£'],
  ['JPY', '¥'],
  ['INR', '₹'],
])

const PLAIN_ID = /^[A-Za-z0-9_](?:[A-Za-z0-9_\-./@:+|=]*[A-Za-z0-9_])?$/
const PLAIN_TYPE = /^[A-Za-z_][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*$/
/** Reads as an IPv6 address rather than as an entity. */
const HEX_PAIRS = /^[0-9A-Fa-f]{1,4}:.*:/

/** `user:alice`, the id in quotes where it holds anything but letters, digits and common signs. */
export function printName(entity: Entity): string {
  const bare = `${entity.type}:${entity.id}`
  const safe = PLAIN_TYPE.test(entity.type) && PLAIN_ID.test(entity.id) && !HEX_PAIRS.test(bare)
  return safe ? bare : `${entity.type}:${quoted(entity.id)}`
}

function thousands(value: Decimal): string {
  const [whole = '', fraction] = printDecimal(value).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `$10,000`, `-€2.50`, `1,000 CHF`; never three digits behind the dot, which could be thousands. */
export function printMoney(amount: Decimal, currency: string): string {
  const text = thousands(amount).replace(/\.(\d|\d{3})$/, '.$10')
  const sign = CURRENCY_SIGNS.get(currency)
  if (sign === undefined) return `${text} ${currency}`
  return text.startsWith('-') ? `-${sign}${text.slice(1)}` : `${sign}${text}`
}

/** `type` is the attribute's: the values of a choice stand without quotes. */
export function printLiteral(literal: Literal, type: AttributeType | null): string {
  switch (literal.kind) {
    case 'text':
      return type?.kind === 'choice' && plain(literal.text) ? literal.text : quoted(literal.text)
    case 'flag':
      return literal.flag ? 'true' : 'false'
    case 'number':
      return printDecimal(literal.number)
    case 'money':
      return printMoney(literal.amount, literal.currency)
    case 'date':
      return literal.date
    case 'quantity':
      return printQuantity(literal.number, literal.unit)
  }
}

/** `5 MB`, `2 hours`, `20%`. */
export function printQuantity(number: Decimal, unit: string): string {
  if (unit === 'percent') return `${printDecimal(number)}%`
  const many = /^[a-z]{3,}$/.test(unit) && printDecimal(number) !== '1' && regular(unit)
  return `${printDecimal(number)} ${many ? plural(unit) : unit}`
}

/** `90 days`. */
export const printDuration = ({ count, unit }: Duration): string => `${count} ${unit}${count === 1 ? '' : 's'}`

/** Minutes from midnight as `9am`, `5:30pm`; 1440, the end of the day, is `midnight`. */
export function printMinutes(minutes: number): string {
  if (minutes === 1440) return 'midnight'
  const hour = Math.floor(minutes / 60)
  const past = minutes % 60
  const clock = hour % 12 === 0 ? 12 : hour % 12
  return `${clock}${past === 0 ? '' : `:${String(past).padStart(2, '0')}`}${hour < 12 ? 'am' : 'pm'}`
}

export const DAY_NAMES = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'] as const

export function printDays(days: readonly Weekday[]): string {
  const key = days.join('')
  if (key === '12345') return 'weekdays'
  if (key === '67') return 'weekends'
  if (key === '1234567') return 'weekdays and weekends'
  return listed(
    days.map(day => DAY_NAMES[day - 1] ?? ''),
    'and',
  )
}

export const printZone = (zone: string | null): string => (zone === null ? '' : ` in ${zone}`)

/** After `from` or `outside`. */
export const printNetwork = (network: Network): string =>
  network.name === null ? listed(network.ranges, 'or') : `the ${network.name}`

const WITH_THE =
  /^United|Islands$|Republic|Territor|^(?:Netherlands|Philippines|Bahamas|Gambia|Maldives|Seychelles|Comoros|Isle of Man)$/

/** `Germany`, `the Netherlands`. */
export const printCountry = (code: string): string => {
  const name = countryName(code)
  return WITH_THE.test(name) ? `the ${name}` : name
}

/** After `from`, `outside` or `is in`. */
export const printRegion = (region: Region): string =>
  region.name === null ? listed(region.countries.map(printCountry), 'or') : `the ${region.name}`

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** `2026-12-31`, or `25 December` for a day of every year. */
export const printDay = (day: string): string =>
  day.length > 5 ? day : `${Number(day.slice(3))} ${MONTHS[Number(day.slice(0, 2)) - 1] ?? ''}`

/** After `on`. */
export const printCalendar = (calendar: Calendar): string =>
  /s$/.test(calendar.name) ? calendar.name : `the ${calendar.name}`

/** What a definition of hours says after `are`. */
export function printHours(schedule: Schedule): string {
  const hours = `${printMinutes(schedule.from)} to ${printMinutes(schedule.to)}`
  const days = schedule.days.length === 7 ? '' : ` on ${printDays(schedule.days)}`
  return `${hours}${days}${printZone(schedule.zone)}`
}
