import type { IncomingHttpHeaders } from 'node:http'
import { PdpError } from '../pdp/errors.ts'

const SCHEME = /^(?:bearer|apikey) +(\S+) *$/i

/** The API key of a request, from `X-API-Key` or `Authorization` (`Bearer` or `ApiKey`). Fails with `unauthenticated`. */
export function keyFrom(headers: IncomingHttpHeaders): string {
  const plain = headers['x-api-key']
  const inScheme = headers.authorization === undefined ? undefined : SCHEME.exec(headers.authorization)?.[1]
  if (typeof plain === 'string' && inScheme !== undefined && plain !== inScheme) {
    throw new PdpError('unauthenticated', 'two different API keys were sent; send one')
  }
  const key = typeof plain === 'string' ? plain : inScheme
  if (key === undefined || key === '' || key.length > 512) {
    throw new PdpError('unauthenticated', 'the API key is missing, unknown or revoked')
  }
  return key
}
