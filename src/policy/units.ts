import { compareDecimal, type Decimal } from '../lib/decimal.ts'

/** A number that counts `unit`s. */
export interface Quantity {
  readonly number: Decimal
  readonly unit: string
}

/** Units of one family convert into each other exactly: by how many of the family's smallest each is. */
const FAMILIES: readonly Readonly<Record<string, bigint>>[] = [
  {
    byte: 1n,
    kB: 10n ** 3n,
    MB: 10n ** 6n,
    GB: 10n ** 9n,
    TB: 10n ** 12n,
    PB: 10n ** 15n,
    KiB: 1n << 10n,
    MiB: 1n << 20n,
    GiB: 1n << 30n,
    TiB: 1n << 40n,
    PiB: 1n << 50n,
  },
  {
    millisecond: 1n,
    second: 1000n,
    minute: 60_000n,
    hour: 3_600_000n,
    day: 86_400_000n,
    week: 604_800_000n,
  },
  { month: 1n, year: 12n },
]

/** Other spellings, in small letters, beside each unit's own and its plural. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  kB: ['kilobyte'],
  MB: ['megabyte'],
  GB: ['gigabyte'],
  TB: ['terabyte'],
  PB: ['petabyte'],
  KiB: ['kibibyte'],
  MiB: ['mebibyte'],
  GiB: ['gibibyte'],
  TiB: ['tebibyte'],
  PiB: ['pebibyte'],
  millisecond: ['ms', 'msec'],
  second: ['sec'],
  minute: ['min'],
  hour: ['hr'],
  week: ['wk'],
  year: ['yr'],
}

const byUnit = new Map<string, { readonly family: number; readonly factor: bigint }>()
const bySpelling = new Map<string, string>()

for (const [family, units] of FAMILIES.entries()) {
  for (const [unit, factor] of Object.entries(units)) {
    byUnit.set(unit, { family, factor })
    for (const word of [unit.toLowerCase(), ...(SPELLINGS[unit] ?? [])]) {
      bySpelling.set(word, unit)
      if (word.length > 2) bySpelling.set(`${word}s`, unit)
    }
  }
}

/** Written so, `b` are bits, which nothing here counts. */
const BITS = /^[KMGTP]i?b$/

/** The unit a word names, of any case; null for one whose size is not known here. */
export const unitNamed = (text: string): string | null =>
  BITS.test(text) ? null : (bySpelling.get(text.toLowerCase()) ?? null)

/** Whether numbers of both units can be compared. A unit of unknown size compares with itself alone. */
export function convertible(a: string, b: string): boolean {
  if (a === b) return true
  const family = byUnit.get(a)?.family
  return family !== undefined && family === byUnit.get(b)?.family
}

const scaled = (value: Decimal, factor: bigint): Decimal => ({ units: value.units * factor, scale: value.scale })

/** Negative, zero or positive, as `a` is below, equal to or above `b`; null unless their units are convertible. */
export function compareQuantity(a: Quantity, b: Quantity): number | null {
  if (a.unit === b.unit) return compareDecimal(a.number, b.number)
  const left = byUnit.get(a.unit)
  const right = byUnit.get(b.unit)
  if (left === undefined || right === undefined || left.family !== right.family) return null
  return compareDecimal(scaled(a.number, left.factor), scaled(b.number, right.factor))
}

/** The same quantity counted in another unit; null unless the units are convertible and the number comes out finite. */
export function inUnit({ number, unit }: Quantity, wanted: string): Decimal | null {
  if (unit === wanted) return number
  const from = byUnit.get(unit)
  const to = byUnit.get(wanted)
  if (from === undefined || to === undefined || from.family !== to.family) return null
  const digits = number.units * from.factor * 10n ** 12n
  return digits % to.factor === 0n ? { units: digits / to.factor, scale: number.scale + 12 } : null
}
