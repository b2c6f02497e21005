import { hash, type KeyObject } from 'node:crypto'
import { Generations } from '../../lib/generations.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { isSignedBy, parseJws, verifyingKey } from './jws.ts'

/** A proof that its sender holds a key (RFC 9449), all of it checked but that it counts once: `id` must be taken. */
export type Proof =
  | {
      readonly kind: 'proof'
      readonly jkt: string
      readonly id: string
      readonly until: number
      readonly issuedAt: number
    }
  | { readonly kind: 'bad'; readonly why: string }

export interface Proving {
  readonly method: string
  /** The addresses the request may have been sent to, without query. */
  readonly uris: readonly string[]
  /** The access token it goes with; null at the token endpoint. */
  readonly token: string | null
  readonly now: number
}

/** How far a proof's time may be from ours. */
const WINDOW = 60_000
const LONGEST = 8_192

export function readProof(text: string, { method, uris, token, now }: Proving): Proof {
  const jws = text.length > LONGEST ? null : parseJws(text)
  if (jws === null) return bad('the DPoP proof is no signed token')
  const { header, payload } = jws
  if (header.typ !== 'dpop+jwt') return bad('the DPoP proof has not the type `dpop+jwt`')
  if (header.crit !== undefined) return bad('the DPoP proof has a `crit` header')
  const bound = keyIn(header.jwk)
  if (bound === null) return bad('the DPoP proof holds no public key that can be used')
  if (!isSignedBy(jws, bound.key)) return bad('the DPoP proof is not signed by the key it holds')
  const { jti, htm, htu, iat, ath } = payload
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) return bad('the DPoP proof has no `jti`')
  if (htm !== method) return bad('the DPoP proof is for another method')
  if (typeof htu !== 'string' || !uris.some(uri => isSameUri(uri, htu))) {
    return bad('the DPoP proof is for another address')
  }
  if (typeof iat !== 'number' || Math.abs(iat * 1000 - now) > WINDOW) {
    return bad('the DPoP proof is not of this minute')
  }
  if (token !== null && ath !== hash('sha256', token, 'base64url')) {
    return bad('the DPoP proof is for another access token')
  }
  const issuedAt = iat * 1000
  return { kind: 'proof', jkt: bound.jkt, id: `dpop ${bound.jkt} ${jti}`, until: issuedAt + WINDOW, issuedAt }
}

const bad = (why: string): Proof => ({ kind: 'bad', why })

/** As addresses, without query and fragment (RFC 9449 section 4.3). */
function isSameUri(a: string, b: string): boolean {
  return a === b || (URL.canParse(b) && URL.canParse(a) && plainUri(new URL(a)) === plainUri(new URL(b)))
}

const plainUri = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`

interface Bound {
  readonly key: KeyObject
  readonly jkt: string
}

const bounds = new Generations<string, Bound>(5_000)

function keyIn(jwk: Json | undefined): Bound | null {
  if (jwk === undefined || jwk === null || typeof jwk !== 'object' || Array.isArray(jwk)) return null
  const members = jwk as JsonObject
  const canonical = canonicalJwk(members)
  if (canonical === null) return null
  const key = verifyingKey(members)
  if (key === null) return null
  const known = bounds.get(canonical)
  if (known !== undefined) return known
  const made = { key, jkt: hash('sha256', canonical, 'base64url') }
  bounds.set(canonical, made)
  return made
}

/** The members a thumbprint is made of, in its order (RFC 7638 section 3.2). */
function canonicalJwk({ kty, crv, x, y, n, e }: JsonObject): string | null {
  if (kty === 'OKP') return JSON.stringify({ crv, kty, x })
  if (kty === 'EC') return JSON.stringify({ crv, kty, x, y })
  return kty === 'RSA' ? JSON.stringify({ e, kty, n }) : null
}

/** The thumbprint of a public JWK (RFC 7638), or null for what is none. */
export function thumbprintOf(jwk: JsonObject): string | null {
  const canonical = canonicalJwk(jwk)
  return canonical === null ? null : hash('sha256', canonical, 'base64url')
}
