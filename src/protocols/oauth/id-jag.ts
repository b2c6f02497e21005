import type { TrustedIdp } from '../../agents/signing-key.ts'
import { FetchError } from '../../lib/fetch.ts'
import type { Jwk, JwksCache } from '../../pdp/jwks.ts'
import { type Jws, jwksIn, parseJws } from '../../pdp/tokens/jws.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { isSignedByAny } from './assertion.ts'

/** `typ` of an identity assertion that an enterprise's identity provider made for a client of ours (ID-JAG, SEP-990). */
export const ID_JAG = 'oauth-id-jag+jwt'
export const ID_JAG_PROFILE = 'urn:ietf:params:oauth:grant-profile:id-jag'

export interface ExpectedIdJag {
  readonly issuer: string
  /** The client that authenticated. */
  readonly client: string
  /** Thumbprint of the key that the request was proved with. */
  readonly jkt: string | null
  readonly trusted: readonly TrustedIdp[]
  readonly now: number
}

/** An assertion with all it must say, of a provider that is trusted. Who signed it is not proved. */
export interface IdJag {
  readonly jws: Jws
  readonly idp: TrustedIdp
  readonly subject: string
  /** As the provider knows it; null where it says the address is not verified. */
  readonly email: string | null
  readonly resource: string
  /** Null where it leaves that to us. */
  readonly scope: string | null
  readonly jti: string
  /** In milliseconds since the epoch. */
  readonly expiresAt: number
}

export type IdJagRead = IdJag | { readonly why: string }

const SKEW = 30_000
const LONGEST_LIFE = 3_600_000
const MOST = 256

/** Reads an assertion as far as it can be judged without keys. */
export function readIdJag(text: string, expected: ExpectedIdJag): IdJagRead {
  const jws = parseJws(text)
  if (jws === null) return wrong('is no signed token')
  const { header, payload } = jws
  const { iss, sub, aud, client_id, resource, scope, jti, exp } = payload
  if (header.typ !== ID_JAG) return wrong(`has not the \`typ\` \`${ID_JAG}\``)
  if (header.crit !== undefined) return wrong('has a `crit` header')
  const idp = expected.trusted.find(one => one.issuer === iss)
  if (idp === undefined) return wrong('is of an identity provider this org does not trust')
  if (!takes(idp, header.alg)) return wrong('is signed with an algorithm that is not taken of this provider')
  if (header.kid !== undefined && typeof header.kid !== 'string') return wrong('has a `kid` that is no text')
  if (onlyOne(aud) !== expected.issuer) return wrong(`has not \`${expected.issuer}\` alone as \`aud\``)
  if (client_id !== expected.client) return wrong('was made for another client')
  const times = timesProblem(payload, expected.now)
  if (times !== null) return wrong(times)
  if (!isText(jti)) return wrong('has no `jti`')
  if (!isText(sub)) return wrong('has no `sub`')
  const target = onlyOne(resource)
  if (typeof target !== 'string' || target === '') return wrong('has not one `resource`')
  if (scope !== undefined && typeof scope !== 'string') return wrong('has a `scope` that is no text')
  if (!isProved(payload, expected.jkt)) return wrong('is bound to a key; send a DPoP proof made with it')
  return {
    jws,
    idp,
    subject: sub,
    email: isText(payload.email) && payload.email_verified !== false ? payload.email : null,
    resource: target,
    scope: scope ?? null,
    jti,
    expiresAt: (exp as number) * 1000,
  }
}

const wrong = (what: string): IdJagRead => ({ why: `the assertion ${what}` })

const isText = (value: Json | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MOST

const onlyOne = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) && value.length === 1 ? (value[0] as Json) : value

/** `EdDSA` and `Ed25519` are two names of one algorithm. */
const takes = ({ algorithms }: TrustedIdp, alg: Json | undefined): boolean =>
  algorithms.some(
    one => one === alg || (one === 'EdDSA' && alg === 'Ed25519') || (one === 'Ed25519' && alg === 'EdDSA'),
  )

function timesProblem({ exp, iat, nbf }: JsonObject, now: number): string | null {
  if (typeof exp !== 'number') return 'has no `exp`'
  if (typeof iat !== 'number') return 'has no `iat`'
  if (exp * 1000 <= now) return 'has expired'
  if (exp * 1000 > now + LONGEST_LIFE + SKEW) return 'lives longer than an hour'
  if (iat * 1000 > now + SKEW) return 'is not valid yet'
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf * 1000 > now + SKEW)) return 'is not valid yet'
  return null
}

/** One that names a key (RFC 7800) is of no use without it. */
function isProved({ cnf }: JsonObject, jkt: string | null): boolean {
  if (cnf === undefined) return true
  return jkt !== null && cnf !== null && typeof cnf === 'object' && (cnf as JsonObject).jkt === jkt
}

/** Whether the provider signed it, by its keys as the org's settings have or find them. */
export type SignedByIdp = (idp: TrustedIdp, jws: Jws) => Promise<'signed' | 'not_signed' | 'no_keys'>

export const createSignedByIdp =
  (cache: JwksCache): SignedByIdp =>
  async ({ jwks, jwksUri }, jws) => {
    const isBy = (keys: readonly Jwk[]) => isSignedByAny(jws, keys as readonly JsonObject[])
    if (jwks !== null) return isBy(heldKeys(jwks)) ? 'signed' : 'not_signed'
    if (jwksUri === null) return 'no_keys'
    try {
      const { keys } = await cache.keys(jwksUri)
      return isBy(keys) || isBy((await cache.refreshed(jwksUri)).keys) ? 'signed' : 'not_signed'
    } catch (error) {
      if (error instanceof FetchError) return 'no_keys'
      throw error
    }
  }

const held = new WeakMap<JsonObject, readonly JsonObject[]>()

function heldKeys(jwks: JsonObject): readonly JsonObject[] {
  const known = held.get(jwks) ?? jwksIn(jwks) ?? []
  held.set(jwks, known)
  return known
}
