import { isZone, offsetAt } from '../../lib/zone.ts'
import { fault, type Result } from './value.ts'

const SECOND = 1_000_000_000n
const MOST = 9_223_372_036_854_775_807n
const DAY = 86_400_000

/** From the year 1 to the year 9999. */
const EARLIEST = -62_135_596_800n * SECOND
const LATEST = 253_402_300_800n * SECOND

export const timestamp = (nanos: bigint): Result =>
  nanos >= EARLIEST && nanos < LATEST ? { kind: 'timestamp', nanos } : fault('timestamp overflow')

export const duration = (nanos: bigint): Result =>
  nanos >= -MOST - 1n && nanos <= MOST ? { kind: 'duration', nanos } : fault('duration overflow')

const STAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/

/** RFC 3339 in nanoseconds since the epoch, or null. */
export function parseTimestamp(text: string): bigint | null {
  const [, y = '', mo = '', d = '', h = '', mi = '', s = '', fraction = '', sign, oh = '0', om = '0'] =
    STAMP.exec(text) ?? []
  if (y === '') return null
  const [year, month, day] = [Number(y), Number(mo), Number(d)]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (month < 1 || month > 12 || day < 1 || date.getUTCDate() !== day) return null
  if (Number(h) > 23 || Number(mi) > 59 || Number(s) > 59 || Number(oh) > 24 || Number(om) > 59) return null
  const offset = (Number(oh) * 3600 + Number(om) * 60) * (sign === '-' ? -1 : 1)
  const seconds = Math.floor(date.getTime() / 1000) + Number(h) * 3600 + Number(mi) * 60 + Number(s) - offset
  return BigInt(seconds) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
}

/** `1h30m`, `-1.5s`, `0`: in nanoseconds, or null. */
export function parseDuration(text: string): bigint | null {
  const unsigned = text.replace(/^[-+]/, '')
  if (unsigned === '0') return 0n
  if (unsigned === '' || unsigned.length > 200) return null
  let nanos = 0n
  let read = 0
  for (const [all, whole = '', fraction = '', unit = ''] of unsigned.matchAll(
    /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/gy,
  )) {
    if (whole === '' && fraction === '') return null
    const scale = UNITS[unit] ?? 0n
    nanos += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
    read += all.length
  }
  if (read !== unsigned.length) return null
  const signed = text.startsWith('-') ? -nanos : nanos
  return signed > MOST || signed < -MOST - 1n ? null : signed
}

/** As RFC 3339 in UTC, with as many digits of a second as it needs. */
export function printTimestamp(nanos: bigint): string {
  const seconds = floor(nanos, SECOND)
  const rest = nanos - seconds * SECOND
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${text}${rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`}Z`
}

export function printDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  const rest = size % SECOND
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`
  return `${nanos < 0n ? '-' : ''}${size / SECOND}${fraction}s`
}

const floor = (a: bigint, by: bigint): bigint => a / by - (a % by < 0n ? 1n : 0n)

const OF_DURATION: Readonly<Record<string, bigint>> = {
  getHours: 3600n * SECOND,
  getMinutes: 60n * SECOND,
  getSeconds: SECOND,
  getMilliseconds: 1_000_000n,
}

export const partOfDuration = (nanos: bigint, part: string): Result => nanos / (OF_DURATION[part] ?? 1n)

/** A part of the wall clock in a zone: an IANA name, or an offset such as `+02:00`. */
export function partOfTimestamp(nanos: bigint, part: string, zone: string): Result {
  const at = Number(floor(nanos, 1_000_000n))
  const offset = offsetOf(zone, at)
  if (offset === null) return fault(`\`${zone}\` is not a time zone`)
  const local = new Date(at + offset)
  switch (part) {
    case 'getFullYear':
      return BigInt(local.getUTCFullYear())
    case 'getMonth':
      return BigInt(local.getUTCMonth())
    case 'getDate':
      return BigInt(local.getUTCDate())
    case 'getDayOfMonth':
      return BigInt(local.getUTCDate() - 1)
    case 'getDayOfWeek':
      return BigInt(local.getUTCDay())
    case 'getDayOfYear': {
      const first = new Date(0)
      first.setUTCFullYear(local.getUTCFullYear(), 0, 1)
      return BigInt(Math.floor((local.getTime() - first.getTime()) / DAY))
    }
    case 'getHours':
      return BigInt(local.getUTCHours())
    case 'getMinutes':
      return BigInt(local.getUTCMinutes())
    case 'getSeconds':
      return BigInt(local.getUTCSeconds())
    default:
      return BigInt(local.getUTCMilliseconds())
  }
}

function offsetOf(zone: string, at: number): number | null {
  if (zone === '' || zone === 'UTC') return 0
  const [, sign, hours, minutes] = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone) ?? []
  if (hours !== undefined) {
    if (Number(hours) > 23 || Number(minutes) > 59) return null
    return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  }
  if (zone.includes(':') || !isZone(zone)) return null
  return offsetAt(at, zone)
}
