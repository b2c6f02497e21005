import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Decimal, printDecimal } from '../../src/lib/decimal.ts'

const FOLDER = resolve(import.meta.dirname, '../cases/language')

/** Names of all case files of one kind: `sentences` are all that hold neither wrong sentences nor questions. */
export const caseFiles = (kind: 'wrong' | 'sentences'): readonly string[] =>
  readdirSync(FOLDER)
    .filter(file => file.endsWith('.json'))
    .map(file => file.slice(0, -'.json'.length))
    .filter(name => /^wrong/.test(name) === (kind === 'wrong') && !/^questions?/.test(name))
    .sort()

/** Cases kept as data. With `UPDATE_CASES=1` the file is written anew from what the code says, to be read in the diff. */
export function golden<T extends object>(name: string, actual: (given: T) => T): readonly (readonly [T, T])[] {
  const path = join(FOLDER, `${name}.json`)
  const cases = JSON.parse(readFileSync(path, 'utf8')) as readonly T[]
  const pairs = cases.map(given => [given, plain({ ...given, ...actual(given) })] as const)
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
