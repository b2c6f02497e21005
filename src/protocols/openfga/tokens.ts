import type { ChangePlace } from '../../pdp/tuple-changes.ts'
import { FgaError } from './error.ts'

const encode = (text: string): string => (text === '' ? '' : Buffer.from(text).toString('base64url'))

const notOurs = (): FgaError => new FgaError('invalid_continuation_token', 'Invalid continuation token')

function decode(token: string): string {
  if (!/^[A-Za-z0-9\-_]*={0,2}$/.test(token)) throw notOurs()
  return Buffer.from(token, 'base64url').toString()
}

export const placeToken = encode

/** The place a token of a page stands for; null for the first page. */
export const pageOf = (token: string): string | null => (token === '' ? null : decode(token))

export const changeToken = ({ revision, index }: ChangePlace, type: string): string =>
  encode(`${revision}.${index}|${type}`)

/** Where changes go on. Fails with `invalid_continuation_token`, and where the token came with another type. */
export function placeOf(token: string, type: string): ChangePlace {
  if (token === '') return { revision: 0, index: -1 }
  const [, revision, index, given] = /^(\d{1,15})\.(\d{1,9})\|(.*)$/s.exec(decode(token)) ?? []
  if (revision === undefined || index === undefined) throw notOurs()
  if (given !== type) {
    const why = "The type in the querystring and the continuation token don't match"
    throw new FgaError('query_string_type_continuation_token_mismatch', why)
  }
  return { revision: Number(revision), index: Number(index) }
}

/** A token that names the last thing of a page. */
export const afterToken = (id: string): string => encode(`after ${id}`)

export function afterOf(token: string | undefined): string | null {
  if (token === undefined || token === '') return null
  const [, id] = /^after ([0-9A-Z]{26})$/.exec(decode(token)) ?? []
  if (id === undefined) throw notOurs()
  return id
}
