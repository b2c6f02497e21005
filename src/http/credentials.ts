import type { IncomingHttpHeaders } from 'node:http'
import { PdpError } from '../pdp/errors.ts'
import { HttpError } from './errors.ts'

/** What a request says of who calls. */
export type Credentials =
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'token'; readonly text: string; readonly scheme: 'bearer' | 'dpop' }

const SCHEME = /^(bearer|apikey|dpop) +(\S+) *$/i

/** Characters of a key, and of a token, at the most. */
const LONGEST_KEY = 512
const LONGEST_TOKEN = 16_384

/**
 * The API key or access token of a request, from `X-API-Key` or `Authorization` (`Bearer`, `ApiKey` or `DPoP`). Fails with
 * `no_credentials`, `unauthenticated`.
 */
export function credentialsIn(headers: IncomingHttpHeaders): Credentials {
  const plain = headers['x-api-key']
  const [, scheme = '', inScheme] = SCHEME.exec(headers.authorization ?? '') ?? []
  if (typeof plain === 'string' && inScheme !== undefined && plain !== inScheme) {
    throw new PdpError('unauthenticated', 'two different credentials were sent; send one')
  }
  const text = typeof plain === 'string' ? plain : inScheme
  if (text === undefined || text === '') {
    throw new HttpError('no_credentials', 'the API key is missing; send one, or an access token')
  }
  const isDpop = scheme.toLowerCase() === 'dpop'
  // No key holds a dot, every token two.
  if (isDpop || text.includes('.')) {
    if (text.length > LONGEST_TOKEN)
      throw new PdpError('unauthenticated', 'the access token is not one of this service')
    return { kind: 'token', text, scheme: isDpop ? 'dpop' : 'bearer' }
  }
  if (text.length > LONGEST_KEY) throw new PdpError('unauthenticated', 'the API key is missing, unknown or revoked')
  return { kind: 'key', text }
}
