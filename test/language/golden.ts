import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Decimal, printDecimal } from '../../src/lib/decimal.ts'

const FOLDER = resolve(import.meta.dirname, '../cases/language')

/** Cases kept as data. With `UPDATE_CASES=1` the file is written anew from what the code says, to be read in the diff. */
export function golden<T extends object>(name: string, actual: (given: T) => T): readonly (readonly [T, T])[] {
  const path = join(FOLDER, `${name}.json`)
  const cases = JSON.parse(readFileSync(path, 'utf8')) as readonly T[]
  const pairs = cases.map(given => [given, plain(actual(given))] as const)
  if (process.env.UPDATE_CASES === '1') {
    const rows = pairs.map(([, now]) => ` ${JSON.stringify(now)}`)
    writeFileSync(path, `[\n${rows.join(',\n')}\n]\n`)
  }
  return pairs
}

/** As JSON has it: exact numbers as text. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, inner: unknown) => exact(inner))) as T
}

function exact(value: unknown): unknown {
  const number = typeof value === 'object' && value !== null && 'units' in value && 'scale' in value
  return number ? printDecimal(value as Decimal) : value
}
