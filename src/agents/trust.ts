import type { Json, JsonObject } from '../policy/json.ts'

export const PROVIDERS = ['kubernetes', 'aws', 'gcp', 'azure', 'spiffe', 'github', 'oidc'] as const
export type Provider = (typeof PROVIDERS)[number]

/**
 * Which token of a platform stands for an agent. Keys come from here alone: uploaded, or fetched from where the pinned
 * issuer says they are.
 */
export interface TrustConfig {
  /** `tc_…` */
  readonly id: string
  readonly provider: Provider
  /** Compared exactly with `iss`; for SPIFFE the trust domain. */
  readonly issuer: string
  readonly jwksUri: string | null
  readonly jwks: JsonObject | null
  /** Null is the org's issuer. */
  readonly audience: string | null
  readonly algorithms: readonly string[]
  /** Longest accepted life and age of a token, and clock skew, in seconds. */
  readonly maxAge: number
  readonly skew: number
  /** Whether each token counts once. */
  readonly singleUse: boolean
  /** What the token must say, by the provider's names for it; each compared exactly. */
  readonly bind: JsonObject
  /** Further conditions on claims, all of which must hold. */
  readonly rules: readonly ClaimRule[]
  /** Kubernetes: where to ask whether the token still stands (its pod may be gone), with which token of ours. */
  readonly tokenReview: { readonly url: string; readonly token: string } | null
  readonly active: boolean
}

export interface ClaimRule {
  /** A path of names into the claims. */
  readonly claim: readonly string[]
  readonly operator: 'equals' | 'not_equals' | 'in' | 'not_in' | 'exists' | 'not_exists' | 'starts_with'
  readonly value: Json
}
