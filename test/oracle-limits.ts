import type { Decimal } from '../src/lib/decimal.ts'
import type { Duration, Limit } from '../src/policy/ast.ts'
import type { Charge, Meter } from '../src/policy/charge.ts'
import type { Entity } from '../src/policy/entity.ts'
import type { Json } from '../src/policy/json.ts'
import { clock } from './oracle-time.ts'
import { number } from './oracle-values.ts'

/** What one call takes from a meter, found slowly. */
export type Taken = Charge

const SMALLER: Readonly<Record<string, bigint>> = {
  byte: 1n,
  kB: 1000n,
  KiB: 1024n,
  MB: 1_000_000n,
  second: 1n,
  minute: 60n,
  hour: 3600n,
}
const FAMILY: Readonly<Record<string, string>> = {
  second: 't',
  minute: 't',
  hour: 't',
  byte: 'b',
  kB: 'b',
  KiB: 'b',
  MB: 'b',
}

/** No month and no year is longer. */
const LENGTH: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_678_400_000,
  year: 31_622_400_000,
}

/** Null: it cannot be said, and the limit is unknown. */
export function taken(
  limit: Limit,
  rule: string,
  entity: Entity,
  value: Json | undefined,
  at: number,
  zone: string,
): Taken | null {
  const { of, per, window } = limit
  const most = capOf(limit)
  if (most === null) return null
  let scale = of === null ? 0 : 6
  while (scale > 0 && whole(most, scale) === null) scale -= 1
  const cap = whole(most, scale)
  const amount = of === null ? 1 : amountOf(limit, value, scale)
  if (cap === null || amount === null) return null
  const span =
    window === 'calendar'
      ? period(at, per, zone)
      : { kind: 'sliding' as const, length: per.count * (LENGTH[per.unit] ?? 0) }
  const what = of === null ? 'uses' : `${of.of}.${of.name}${scale === 6 ? '' : `e${scale}`}`
  return { counter: `limit ${rule} ${what} ${entity.type}:${entity.id}`, window: span, amount, cap, says: '', of: rule }
}

function whole({ units, scale }: Decimal, to: number): number | null {
  const text = (units * 10n ** 40n) / 10n ** BigInt(scale)
  const parts = text / 10n ** BigInt(40 - to)
  if (units < 0n || parts * 10n ** BigInt(40 - to) !== text || parts > BigInt(Number.MAX_SAFE_INTEGER)) return null
  return Number(parts)
}

function capOf({ amount, of }: Limit): Decimal | null {
  if (amount.kind === 'number') return amount.number
  if (of === null) return null
  if (amount.kind === 'money') return amount.amount
  if (amount.kind !== 'quantity' || of.type?.kind !== 'quantity') return null
  if (amount.unit === of.type.unit) return amount.number
  const [from, to] = [SMALLER[amount.unit], SMALLER[of.type.unit]]
  if (from === undefined || to === undefined || FAMILY[amount.unit] !== FAMILY[of.type.unit]) return null
  const units = amount.number.units * from * 10n ** 12n
  return units % to === 0n ? { units: units / to, scale: amount.number.scale + 12 } : null
}

function amountOf({ amount, of }: Limit, value: Json | undefined, scale: number): number | null {
  if (value === undefined) return null
  if (amount.kind !== 'money') {
    const size = number(value)
    return size === null ? null : whole(size, scale)
  }
  const pair = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  const size = number(pair === null ? value : (pair as Record<string, Json>).amount)
  const currency =
    pair === null ? (of?.type?.kind === 'money' ? of.type.currency : null) : (pair as Record<string, Json>).currency
  return size === null || currency !== amount.currency ? null : whole(size, scale)
}

/** What the wall clock shows of a period: it changes exactly where one ends. */
function label(at: number, { count, unit }: Duration, zone: string): string {
  const { date, minutes } = clock(at, zone)
  const [year = 0, month = 0] = date.split('-').map(Number)
  const day = Date.parse(`${date}T00:00:00Z`) / 86_400_000
  const shown = Math.round((day * 1440 + minutes - Math.floor(at / 60_000)) / 15)
  switch (unit) {
    case 'second':
      return `${Math.floor((at / 1000 + shown * 900) / count)} ${shown}`
    case 'minute':
      return `${Math.floor((day * 1440 + minutes) / count)} ${shown}`
    case 'hour':
      return `${Math.floor((day * 24 + Math.floor(minutes / 60)) / count)} ${shown}`
    case 'day':
      return `${Math.floor(day / count)}`
    case 'week':
      return `${Math.floor((day + 3 - 7) / 7 / count)}`
    case 'month':
      return `${Math.floor((year * 12 + month - 1) / count)}`
    case 'year':
      return `${Math.floor(year / count)}`
  }
}

const periods = new Map<string, Extract<Meter['window'], { kind: 'fixed' }>>()

/** Looks for where the label changes, before and after. */
export function period(at: number, per: Duration, zone: string) {
  const mine = label(at, per, zone)
  const key = `${mine} ${per.count} ${per.unit} ${zone}`
  const known = periods.get(key)
  if (known !== undefined) return known
  const made = { kind: 'fixed' as const, from: edge(at, -1) + 1, until: edge(at, 1) }
  periods.set(key, made)
  return made

  function edge(from: number, sign: 1 | -1): number {
    const same = (t: number): boolean => label(t, per, zone) === mine
    let step = 60_000
    let inside = from
    while (same(inside + sign * step)) {
      inside += sign * step
      step *= 2
    }
    let outside = inside + sign * step
    while (Math.abs(outside - inside) > 1) {
      const middle = Math.floor((inside + outside) / 2)
      if (same(middle)) inside = middle
      else outside = middle
    }
    return outside
  }
}
