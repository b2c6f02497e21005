import { StoreError } from '../../facts/store.ts'

/** A statement the database refused; `code` is the SQLSTATE. */
export class SqlError extends Error {
  readonly code: string
  readonly constraint: string | null
  constructor(code: string, message: string, constraint: string | null = null) {
    super(message)
    this.name = 'SqlError'
    this.code = code
    this.constraint = constraint
  }
}

/** SQLSTATE classes and codes that say the database cannot serve now, rather than that the statement is wrong. */
const AWAY = /^(08|28|53|57P|58|XX|3D000|57014|55P03|40001|40P01|25006|25P0[34])/
/** Text PostgreSQL cannot hold: a NUL, a lone surrogate, or an indexed name of thousands of characters. */
const UNSTORABLE = /^(22021|22P05|54000)/

/** `reason` is a code only: driver messages can hold hosts and user names. */
export const unavailable = (reason: string): StoreError =>
  new StoreError('unavailable', 'the database cannot be reached or does not answer', { reason })

/** What a driver threw, as an error the rooms above may see. */
export function failure(error: unknown): Error {
  if (error instanceof StoreError || error instanceof SqlError) return error
  const { code, severity, message, constraint } = error as Readonly<Record<string, unknown>>
  if (typeof severity !== 'string' || typeof code !== 'string') {
    return unavailable(typeof code === 'string' ? code : 'connection')
  }
  if (AWAY.test(code)) return unavailable(code)
  if (UNSTORABLE.test(code)) return new TypeError('a text cannot be stored: it is too long to index or is not valid')
  return new SqlError(code, String(message), typeof constraint === 'string' ? constraint : null)
}
