import type { Charge, Meter } from '../../policy/charge.ts'
import { rowKey } from './row-key.ts'

/** A meter as the database's functions take it. */
export interface MeterRow {
  readonly key: string
  readonly counter: string
  /** The instant after which nothing is counted any more, as far as it is known. */
  readonly closes: number | null
  /** Of a sliding window. */
  readonly length?: number
}

/** A meter and what is taken of it at once. */
export interface TakenRow extends MeterRow {
  readonly amount: number
  readonly cap: number
  /** How many charges there are on it. */
  readonly times: number
}

const HOUR = 3_600_000

/** Refuses what could not be counted exactly. */
export function meterRow({ counter, window }: Meter, now: number): MeterRow {
  switch (window.kind) {
    case 'fixed':
      mustBeWhole(window.from, window.until)
      return { key: rowKey(counter, 'fixed', `${window.from} ${window.until}`), counter, closes: window.until }
    case 'sliding':
      mustBeCounted(window.length)
      // Rounded, so that it seldom changes.
      return {
        key: rowKey(counter, 'sliding', `${window.length}`),
        counter,
        length: window.length,
        closes: Math.ceil((now + window.length) / HOUR + 1) * HOUR,
      }
    case 'ever':
      if (window.until !== undefined) mustBeWhole(window.until)
      return { key: rowKey(counter, 'ever'), counter, closes: window.until ?? null }
  }
}

/** Charges by meter, in the order in which all spenders lock. Charges on one meter add up, under the least of their caps. */
export function takenRows(charges: readonly Charge[], now: number): readonly TakenRow[] {
  const rows = new Map<string, TakenRow>()
  for (const charge of charges) {
    mustBeCounted(charge.amount, charge.cap)
    const row = meterRow(charge, now)
    const { amount, cap, times } = rows.get(row.key) ?? { amount: 0, cap: charge.cap, times: 0 }
    mustBeCounted(amount + charge.amount)
    rows.set(row.key, { ...row, amount: amount + charge.amount, cap: Math.min(cap, charge.cap), times: times + 1 })
  }
  return inOrder([...rows.values()])
}

export const inOrder = <Row extends MeterRow>(rows: readonly Row[]): readonly Row[] =>
  [...rows].sort((a, b) => (a.key < b.key ? -1 : 1))

export function mustBeCounted(...amounts: readonly number[]): void {
  for (const amount of amounts) {
    if (Number.isSafeInteger(amount) && amount >= 0) continue
    throw new TypeError(`\`${amount}\` cannot be counted: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`)
  }
}

export function mustBeWhole(...instants: readonly number[]): void {
  for (const instant of instants) {
    if (Number.isSafeInteger(instant)) continue
    throw new TypeError(`\`${instant}\` is no instant: expected whole milliseconds since the epoch`)
  }
}

/** Each meter once, in the order of locking: refunds of one meter add up. */
export function refundRows(
  meters: readonly (Meter & { readonly amount: number | null })[],
  now: number,
): readonly (MeterRow & { readonly amount: number | null })[] {
  const rows = new Map<string, MeterRow & { readonly amount: number | null }>()
  for (const meter of meters) {
    const row = meterRow(meter, now)
    const amount = rows.has(row.key) ? sum(rows.get(row.key)?.amount ?? null, meter.amount) : meter.amount
    rows.set(row.key, { ...row, amount })
  }
  return inOrder([...rows.values()])
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.min(a + b, Number.MAX_SAFE_INTEGER)
