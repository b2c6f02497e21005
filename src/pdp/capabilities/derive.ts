import { type KeyObject, sign } from 'node:crypto'
import { CAPABILITY_TYPE, type Caveats, caveatClaims, LINK_MARK } from '../../agents/capability.ts'
import type { JsonObject } from '../../policy/json.ts'
import { ed25519 } from '../tokens/ed25519.ts'
import { encoded, parseJws } from '../tokens/jws.ts'
import { markOf } from './chain.ts'

/** The key a capability is bound to, Ed25519 or P-256. */
export interface HolderKey {
  readonly privateKey: KeyObject
  readonly publicJwk: JsonObject
}

/**
 * Narrows a capability for a sub-agent or a tool, without the org: signed by the key the last link is bound to. Whether it is
 * narrower is judged where it is shown: a wider one is worth nothing. Fails with `TypeError` where the last link is none.
 */
export function deriveCapability(parent: string, { privateKey, publicJwk }: HolderKey, caveats: Caveats): string {
  const last = parseJws(parent.slice(parent.lastIndexOf(LINK_MARK) + 1))
  if (last === null) throw new TypeError('the capability to narrow is none')
  const alg = privateKey.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256'
  const header = encoded({ typ: CAPABILITY_TYPE, alg, jwk: publicJwk })
  const signed = `${header}.${encoded({ parent: markOf(last), ...caveatClaims(caveats) })}`
  const data = Buffer.from(signed)
  const signature =
    alg === 'EdDSA'
      ? ed25519.sign(data, privateKey)
      : sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${parent}${LINK_MARK}${signed}.${signature.toString('base64url')}`
}
