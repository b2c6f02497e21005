import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Credential } from '../../agents/identity.ts'
import { fits, isSignedBy, JWS_ALGORITHMS, type Jws, jwksIn, parseJws, verifyingKey } from '../../pdp/tokens/jws.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

/** What a client's own assertion must say beside who it is (RFC 7523 section 3). */
export interface Expected {
  /** Any one of these as `aud`. */
  readonly audiences: readonly string[]
  readonly now: number
}

/** An assertion that is well formed and of this minute. Who signed it is not proved. */
export interface Assertion {
  readonly jws: Jws
  /** `sub` and `iss`. */
  readonly client: string
  readonly jti: string
  /** From then on it would be refused anyway, in milliseconds since the epoch. */
  readonly until: number
  /** Null where it does not say. */
  readonly issuedAt: number | null
}

export type AssertionRead = Assertion | { readonly why: string }

const SKEW = 30_000
const LONGEST_LIFE = 300_000
const TYPES: readonly Json[] = ['JWT', 'jwt', 'client-authentication+jwt']

/** Reads an assertion as far as it can be judged without knowing the client, so that it may be said what is wrong. */
export function readAssertion(text: string, { audiences, now }: Expected): AssertionRead {
  const jws = parseJws(text)
  if (jws === null) return wrong('is no signed token')
  const { header, payload } = jws
  const { iss, sub, aud, exp, iat, nbf, jti } = payload
  if (header.typ !== undefined && !TYPES.includes(header.typ)) return wrong('has a `typ` that is none of a client')
  if (header.crit !== undefined) return wrong('has a `crit` header')
  if (!JWS_ALGORITHMS.some(alg => alg === header.alg)) return wrong('is signed with an algorithm that is not taken')
  if (header.kid !== undefined && typeof header.kid !== 'string') return wrong('has a `kid` that is no text')
  if (typeof sub !== 'string' || sub === '' || iss !== sub) return wrong('has not the client id as `iss` and `sub`')
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (typeof audience !== 'string' || !audiences.includes(audience)) {
    return wrong(`has not \`${audiences[0] ?? ''}\` alone as \`aud\``)
  }
  if (typeof exp !== 'number') return wrong('has no `exp`')
  if (exp * 1000 + SKEW <= now) return wrong('has expired')
  if (exp * 1000 > now + LONGEST_LIFE + SKEW) return wrong('lives longer than five minutes')
  for (const from of [iat, nbf]) {
    if (from !== undefined && (typeof from !== 'number' || from * 1000 > now + SKEW)) return wrong('is not valid yet')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) return wrong('has no `jti`')
  return { jws, client: sub, jti, until: exp * 1000 + SKEW, issuedAt: typeof iat === 'number' ? iat * 1000 : null }
}

const wrong = (what: string): AssertionRead => ({ why: `the assertion ${what}` })

/** Keys tried for one assertion at the most. */
const MOST = 5

/** Whether one of a client's keys signed it. Takes about as long where there is no key to try. */
export function isSignedByAny(jws: Jws, keys: readonly JsonObject[]): boolean {
  const { kid, alg } = jws.header
  const named = keys.filter(jwk => kid === undefined || jwk.kid === undefined || jwk.kid === kid)
  const fitting = named
    .filter(jwk => jwk.alg === undefined || isSame(jwk.alg, alg))
    .map(keyOf)
    .filter(key => key !== null && fits(alg, key))
    .slice(0, MOST)
  if (fitting.length === 0) {
    isSignedBy({ ...jws, header: { alg: 'EdDSA' } }, NOBODYS)
    return false
  }
  return fitting.some(key => key !== null && isSignedBy(jws, key))
}

const isSame = (a: Json | undefined, b: Json | undefined): boolean =>
  a === b || ((a === 'EdDSA' || a === 'Ed25519') && (b === 'EdDSA' || b === 'Ed25519'))

const NOBODYS = generateKeyPairSync('ed25519').publicKey
const keyObjects = new WeakMap<JsonObject, { readonly key: KeyObject | null }>()

function keyOf(jwk: JsonObject): KeyObject | null {
  const known = keyObjects.get(jwk)
  if (known !== undefined) return known.key
  const key = verifyingKey(jwk)
  keyObjects.set(jwk, { key })
  return key
}

const sets = new WeakMap<JsonObject, readonly JsonObject[]>()

/** The keys that credentials hold themselves. */
export function keysHeld(credentials: readonly Credential[]): readonly JsonObject[] {
  const found = credentials.map(({ proof }) => {
    if (proof.kind !== 'jwks') return []
    const known = sets.get(proof.jwks) ?? jwksIn(proof.jwks) ?? []
    sets.set(proof.jwks, known)
    return known
  })
  return found.length === 1 ? (found[0] ?? []) : found.flat()
}
