import { isZone } from '../lib/zone.ts'
import { fail, type Scope } from './scope.ts'
import type { Token } from './token.ts'

export interface Zoned {
  readonly zone: string | null
}

export function zoneOf(token: Token | null, scope: Scope): Zoned | null {
  if (token === null) return { zone: null }
  const zone = /^(?:utc|gmt)$/i.test(token.text) ? token.text.toUpperCase() : token.text
  if (isZone(zone)) return { zone }
  return fail(scope, 'wrong_value', token, `\`${token.text}\` is not a time zone`, {
    expected: ['an IANA name, such as `Europe/Berlin`'],
  })
}
