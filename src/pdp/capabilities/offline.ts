import type { KeyObject } from 'node:crypto'
import { type Attempt, refusalOf } from '../../policy/evidence.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { readProof } from '../tokens/dpop.ts'
import { jwksIn, verifyingKey } from '../tokens/jws.ts'
import { type Chain, evidenceOf, readChain } from './chain.ts'

/** What a resource server knows. */
export interface OfflineSetting {
  /** The org's issuer, and its published keys (`jwks_uri`). */
  readonly issuer: string
  readonly jwks: Json
  /** Who the resource server is: a capability must be for it. */
  readonly audience: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The request it came with and its DPoP proof: needed of one that is bound to a key. */
  readonly proof?: { readonly jwt: string; readonly method: string; readonly url: string }
}

export type Offline =
  | {
      readonly ok: true
      readonly chain: Chain
      /** Why it is not good for this; null where it is, as far as can be told offline. */
      readonly refusal: (
        attempt: Omit<Attempt, 'subject' | 'actors' | 'context'> & { readonly context?: JsonObject },
      ) => string | null
      /** It limits uses or what is spent: only the org can count, so show it there with a check that spends. */
      readonly counted: boolean
      /** Of the proof, to be taken once within its time. */
      readonly proof: { readonly id: string; readonly until: number } | null
    }
  | { readonly ok: false; readonly why: string }

const refused = (why: string): Offline => ({ ok: false, why })

/**
 * Verifies a capability without the org. What it cannot tell: whether it, or what it came from, was revoked meanwhile, what
 * is left of its uses, and whether the org's rules still allow what it says.
 */
export function verifyCapability(text: string, { issuer, jwks, audience, now, proof }: OfflineSetting): Offline {
  const chain = readChain(text, kid => keyIn(jwks, kid))
  if (chain.kind === 'bad') return refused(chain.why)
  const { root, leaf } = chain
  if (root.issuer !== issuer) return refused('it is of another issuer')
  if (!leaf.audience.includes(audience)) return refused('it is for another audience')
  if (now < leaf.from) return refused('it is not valid yet')
  if (now >= leaf.until) return refused('it has ended')
  let proved: { readonly id: string; readonly until: number } | null = null
  if (leaf.jkt !== null) {
    if (proof === undefined) return refused('it is bound to a key: a proof of it is needed')
    const read = readProof(proof.jwt, { method: proof.method, uris: [proof.url], token: text, now })
    if (read.kind === 'bad') return refused(read.why)
    if (read.jkt !== leaf.jkt) return refused('the proof is of another key')
    proved = { id: read.id, until: read.until }
  }
  const evidence = evidenceOf(chain)
  const { subject, actors } = root
  const refusal = ({
    context = {},
    ...rest
  }: Parameters<Extract<Offline, { ok: true }>['refusal']>[0]): string | null =>
    refusalOf(evidence, { subject, actors, context, ...rest })
  const counted = chain.links.some(({ uses, spend }) => uses !== null || spend !== null)
  return { ok: true, chain, refusal, counted, proof: proved }
}

function keyIn(jwks: Json, kid: string): { readonly alg: string; readonly key: KeyObject } | null {
  const found = jwksIn(jwks)?.filter(key => key.kid === kid) ?? []
  const [only] = found
  if (only === undefined || found.length > 1) return null
  const key = verifyingKey(only)
  return key === null ? null : { alg: typeof only.alg === 'string' ? only.alg : 'EdDSA', key }
}
