import { hash } from 'node:crypto'
import type { SigningKey } from '../../agents/signing-key.ts'
import { type AccessToken, tokenOf } from '../../agents/token.ts'
import { type DeadReason, deadBecause } from '../../facts/live.ts'
import type { Clock } from '../../lib/clock.ts'
import { Generations } from '../../lib/generations.ts'
import type { OrgState } from '../org.ts'
import type { Issuers } from './issuer.ts'
import { isSignedBy, parseJws } from './jws.ts'
import { isPublished, type SigningKeys } from './signing-keys.ts'

/** A text that was shown as an access token: one of this org's that lives, one that lives no more, or nothing of ours. */
export type Verified =
  | { readonly kind: 'live'; readonly token: AccessToken }
  | { readonly kind: 'dead'; readonly token: AccessToken; readonly why: DeadReason }
  | { readonly kind: 'not_ours' }

export interface TokenVerifier {
  /** For whatever audience; see `isFor`. */
  verify(state: OrgState, text: string): Verified
  /** The org a text says it is a token of; nothing about it is proved. */
  orgIn(text: string): string | null
}

interface Known {
  readonly token: AccessToken
  readonly key: SigningKey
}

/** Tokens remembered, twice this at the most. */
const KEPT = 20_000
const TYPES: readonly unknown[] = ['at+jwt', 'application/at+jwt']
const NOT_OURS: Verified = { kind: 'not_ours' }

export function createTokenVerifier(keys: SigningKeys, issuers: Issuers, clock: Clock): TokenVerifier {
  // By digest: what is remembered is no token that could be used. Whether it lives is asked each time.
  const known = new Generations<string, Known>(KEPT)

  const read = (state: OrgState, text: string): Known | null => {
    const jws = parseJws(text)
    if (jws === null || !TYPES.includes(jws.header.typ) || jws.header.crit !== undefined) return null
    const { kid } = jws.header
    if (typeof kid !== 'string') return null
    const found = keys.verifier(state, kid)
    const key = state.registry.signingKeys.get(kid)
    if (found === null || key === undefined || jws.header.alg !== found.alg) return null
    if (!isSignedBy(jws, found.key)) return null
    const token = tokenOf(jws.payload)
    if (token === null || token.issuer !== issuers.of(state.org.slug) || token.org !== state.org.slug) return null
    return { token, key }
  }

  return {
    orgIn(text) {
      const remembered = known.get(digestOf(text))
      if (remembered !== undefined) return remembered.token.org
      const issuer = parseJws(text)?.payload.iss
      return typeof issuer === 'string' ? issuers.orgOf(issuer) : null
    },
    verify(state, text) {
      const place = digestOf(text)
      const remembered = known.get(place)
      const found = remembered ?? read(state, text)
      if (found === null || found.token.org !== state.org.slug) return NOT_OURS
      const now = clock()
      const { token, key } = found
      // A key that was withdrawn takes with it what it signed.
      const held = state.registry.signingKeys.get(key.id)
      if (held === undefined || !isPublished(held, now)) return NOT_OURS
      if (remembered === undefined) known.set(place, found)
      const why = deadBecause(token, state.registry, now)
      return why === null ? { kind: 'live', token } : { kind: 'dead', token, why }
    },
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'base64')

/** Whether a token was given for this audience, to the letter. */
export const isFor = (token: AccessToken, audience: string): boolean => token.audience.includes(audience)
