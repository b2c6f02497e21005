import { type Decimal, printDecimal } from '../lib/decimal.ts'
import type { Statement } from './ast.ts'
import type { Json } from './json.ts'

const isDecimal = (value: object): value is Decimal => 'units' in value && typeof value.units === 'bigint'

/** A rule or definition as JSON: the AST member by member, exact numbers as text. */
export const astJson = (statement: Statement): Json => jsonOf(statement)

function jsonOf(value: unknown): Json {
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value as Json
  if (isDecimal(value)) return printDecimal(value)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, jsonOf(item)]))
}
