import { compactVerify, errors, importJWK } from 'jose'
import type { TrustConfig } from '../../agents/trust.ts'
import { FetchError } from '../../lib/fetch.ts'
import type { Discover } from '../../pdp/discovery.ts'
import { type Jwk, type JwksCache, keysIn } from '../../pdp/jwks.ts'
import { fault, type WorkloadFault } from './fault.ts'
import type { Jws } from './jws.ts'

type Key = Awaited<ReturnType<typeof importJWK>>

/** Which kind of key makes a signature of an algorithm. `none` and HMAC are not among them, whatever is configured. */
const KEY_OF: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** Keys tried for a token that names none. */
const MAX_TRIED = 5

/** Where the keys of a configuration are: equal for configurations that share them. */
export const sourceOf = ({ issuer, jwks, jwksUri }: TrustConfig): string =>
  jwks === null ? (jwksUri ?? `discovery ${issuer}`) : JSON.stringify(jwks)

export type Signed = (token: string, jws: Jws, config: TrustConfig, use: string) => Promise<WorkloadFault | null>

/** Checks signatures with the keys a configuration names, never with those a token does. */
export function createSigned(cache: JwksCache, discover: Discover): Signed {
  const imported = new WeakMap<Jwk, Map<string, Promise<Key>>>()

  const keyOf = (jwk: Jwk, alg: string): Promise<Key> => {
    const byAlg = imported.get(jwk) ?? new Map<string, Promise<Key>>()
    imported.set(jwk, byAlg)
    const known = byAlg.get(alg) ?? importJWK({ ...jwk, alg } as Parameters<typeof importJWK>[0], alg)
    byAlg.set(alg, known)
    return known
  }

  const isBy = async (token: string, jwk: Jwk, alg: string): Promise<boolean> => {
    try {
      await compactVerify(token, await keyOf(jwk, alg), { algorithms: [alg] })
      return true
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) return false
      throw error
    }
  }

  const candidates = async (jws: Jws, config: TrustConfig, use: string): Promise<readonly Jwk[]> => {
    const fitting = (keys: readonly Jwk[]) => keys.filter(key => fits(key, jws, use))
    if (config.jwks !== null) return fitting(keysIn(config.jwks))
    const uri = config.jwksUri ?? (await discover(config.issuer))
    const known = fitting((await cache.keys(uri)).keys)
    return known.length > 0 ? known : fitting((await cache.refreshed(uri)).keys)
  }

  return async (token, jws, config, use) => {
    try {
      const keys = await candidates(jws, config, use)
      if (keys.length === 0) return fault('unknown_key', 'the issuer has no key that fits `kid` and `alg`')
      for (const key of keys.slice(0, MAX_TRIED)) if (await isBy(token, key, jws.alg)) return null
      return fault('signature', 'the signature is not by a key of the issuer')
    } catch (error) {
      if (error instanceof FetchError) return fault('keys_unavailable', error.message)
      throw error
    }
  }
}

function fits(key: Jwk, { alg, kid }: Jws, use: string): boolean {
  const wanted = KEY_OF[alg]
  if (wanted === undefined || key.kty !== wanted.kty) return false
  if (wanted.crv !== undefined && key.crv !== wanted.crv) return false
  if (kid !== null && key.kid !== kid) return false
  if (key.use !== use && !(key.use === undefined && use === 'sig')) return false
  const isEd = wanted.kty === 'OKP' && (key.alg === 'EdDSA' || key.alg === 'Ed25519')
  return key.alg === undefined || key.alg === alg || isEd
}
