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
  /**
   * Compared exactly with `iss`. For SPIFFE the trust domain, `spiffe://…`; for signed AWS requests the STS endpoint they
   * are sent on to; for Azure either issuer of the tenant stands for both.
   */
  readonly issuer: string
  /** AWS: the workload shows a signed `GetCallerIdentity` request, not a JWT. */
  readonly signedRequest: boolean
  readonly jwksUri: string | null
  readonly jwks: JsonObject | null
  /** Null is the org's issuer. */
  readonly audience: string | null
  /** Whether a token that names further audiences is refused. */
  readonly soleAudience: boolean
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
  readonly tokenReview: TokenReview | null
  readonly active: boolean
}

/** Kubernetes: where to ask whether the token still stands (its pod may be gone), and as whom. */
export interface TokenReview {
  /** The API server. */
  readonly url: string
  /** The service account token to ask with, sealed under the master key of the instance. */
  readonly token: string
  /** PEM of the cluster's authority; null for a public one. */
  readonly ca: string | null
}

export interface ClaimRule {
  /** A path of names into the claims. */
  readonly claim: readonly string[]
  readonly operator: 'equals' | 'not_equals' | 'in' | 'not_in' | 'exists' | 'not_exists' | 'starts_with'
  readonly value: Json
}

const AZURE_V2 = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0$/
const AZURE_V1 = /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/$/

/**
 * Every name an issuer goes by: both forms that one Azure tenant signs with, else the one it names. STS endpoints that
 * signed requests are for are apart from issuers of JWTs.
 */
export function issuersOf({ provider, issuer, signedRequest }: Trusted): readonly string[] {
  if (signedRequest) return [signedFor(issuer)]
  const tenant = provider === 'azure' ? (AZURE_V2.exec(issuer) ?? AZURE_V1.exec(issuer))?.[1] : undefined
  if (tenant === undefined) return [issuer]
  return [`https://login.microsoftonline.com/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`]
}

type Trusted = Pick<TrustConfig, 'provider' | 'issuer' | 'signedRequest'>

/** What `issuersOf` calls an STS endpoint. */
export const signedFor = (endpoint: string): string => `signed request to ${endpoint}`
