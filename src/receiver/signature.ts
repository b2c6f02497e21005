import { hash } from 'node:crypto'
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { Generations } from '../lib/generations.ts'
import { type Claims, claimsOf } from './rows.ts'

/** A token whose signature, issuer, audience and type are good; whether it lives is another question. */
export type Signed =
  | { readonly kind: 'signed'; readonly claims: Claims; readonly kid: string }
  | { readonly kind: 'bad'; readonly why: string }
  /** The keys cannot be had. */
  | { readonly kind: 'no_keys' }

export interface SignaturePorts {
  readonly issuer: string
  readonly jwksUri: string
  readonly audience: string | readonly string[]
  readonly fetch: typeof fetch
  readonly clock: () => number
}

export interface Signatures {
  check(token: string): Promise<Signed>
  /** Fetches the keys anew for the next token. */
  renew(): void
}

const ALGORITHMS = ['EdDSA', 'Ed25519', 'RS256']
/** Tokens remembered, twice this at the most. */
const KEPT = 10_000
const LONGEST = 16_384
/** Between two fetches of the keys for a `kid` that is not among them: whoever invents them asks the server no more often. */
const COOL_MS = 2_000
const KEYS_KEPT_MS = 600_000
/** For clocks that differ, of `nbf` alone: the end of a token is the end. */
const EARLY_S = 60

export function createSignatures({ issuer, jwksUri, audience, fetch, clock }: SignaturePorts): Signatures {
  const remote = (): JWTVerifyGetKey => {
    const set = createRemoteJWKSet(new URL(jwksUri), {
      [customFetch]: fetch,
      cooldownDuration: COOL_MS,
      cacheMaxAge: KEYS_KEPT_MS,
      timeoutDuration: 3_000,
    })
    // Ahead of the first token; where it fails, that one asks again.
    set.reload().catch(() => undefined)
    return set
  }
  let keys = remote()
  // By digest: what is remembered is no token that could be used.
  const known = new Generations<string, Extract<Signed, { kind: 'signed' }>>(KEPT)

  return {
    renew() {
      keys = remote()
      known.clear()
    },
    async check(token) {
      if (token.length > LONGEST) return { kind: 'bad', why: 'the token is too long' }
      const place = hash('sha256', token, 'base64')
      const remembered = known.get(place)
      if (remembered !== undefined) return remembered
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          issuer,
          audience: typeof audience === 'string' ? audience : [...audience],
          typ: 'at+jwt',
          algorithms: ALGORITHMS,
          // The end is looked at each time the token comes.
          clockTolerance: EARLY_S,
          currentDate: new Date(clock()),
        })
        const claims = claimsOf(payload)
        const { kid } = protectedHeader
        if (claims === null || kid === undefined) return { kind: 'bad', why: 'the token is not one of this service' }
        const signed = { kind: 'signed', claims, kid } as const
        known.set(place, signed)
        return signed
      } catch (error) {
        return isOfToken(error) ? { kind: 'bad', why: 'the token is not good' } : { kind: 'no_keys' }
      }
    },
  }
}

/** Everything else is a set of keys that cannot be had. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported
