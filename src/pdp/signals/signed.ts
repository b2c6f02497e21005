import type { Transmitter } from '../../agents/transmitter.ts'
import { FetchError } from '../../lib/fetch.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { JwksCache } from '../jwks.ts'
import { fits, isSignedBy, type Jws, jwksIn, verifyingKey } from '../tokens/jws.ts'

/** Keys tried for one token at the most. */
const MOST = 5

const isBy = (jws: Jws, keys: readonly JsonObject[]): boolean =>
  keys
    .filter(jwk => jws.header.kid === undefined || jwk.kid === undefined || jwk.kid === jws.header.kid)
    .map(verifyingKey)
    .filter(key => key !== null && fits(jws.header.alg, key))
    .slice(0, MOST)
    .some(key => key !== null && isSignedBy(jws, key))

/** Whether a transmitter signed something, by its keys as they are registered or published now. */
export async function isSigned(
  cache: JwksCache,
  { jwks, jwksUri }: Transmitter,
  jws: Jws,
): Promise<'signed' | 'not_signed' | 'no_keys'> {
  if (jwks !== null) return isBy(jws, jwksIn(jwks) ?? []) ? 'signed' : 'not_signed'
  if (jwksUri === null) return 'no_keys'
  try {
    const { keys } = await cache.keys(jwksUri)
    if (isBy(jws, keys as readonly JsonObject[])) return 'signed'
    return isBy(jws, (await cache.refreshed(jwksUri)).keys as readonly JsonObject[]) ? 'signed' : 'not_signed'
  } catch (error) {
    if (error instanceof FetchError) return 'no_keys'
    throw error
  }
}
