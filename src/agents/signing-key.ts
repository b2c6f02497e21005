import type { JsonObject } from '../policy/json.ts'

/** A key an org signs with. The private half is kept only as sealed under the master key of the instance. */
export interface SigningKey {
  readonly kind: 'signing_key'
  /** The `kid`. */
  readonly id: string
  readonly alg: 'EdDSA' | 'RS256'
  readonly publicJwk: JsonObject
  /** Sealed PKCS #8, base64url; which master key sealed it. */
  readonly sealed: string
  readonly sealedBy: string
  readonly createdAt: number
  /** Published from `createdAt`, signs from `notBefore` until `retiredAt`, and is published until `removedAt`. */
  readonly notBefore: number
  readonly retiredAt: number | null
  readonly removedAt: number | null
}

/** What an org has chosen for its tokens. */
export interface TokenSettings {
  readonly kind: 'token_settings'
  readonly id: 'token_settings'
  /** How `act` nests: the first agent outermost, or the current one (RFC 8693). */
  readonly actorChainOrder: 'outermost_first' | 'rfc8693'
  /** Actors in a chain at the most. */
  readonly maxDepth: number
  /** Seconds: of tokens whose agent says nothing, and the most any agent may say. */
  readonly defaultLifetime: number
  readonly maxLifetime: number
  /** Issuers whose identity assertions (ID-JAG) are accepted. */
  readonly trustedIdps: readonly TrustedIdp[]
}

export interface TrustedIdp {
  readonly issuer: string
  readonly jwksUri: string | null
  readonly jwks: JsonObject | null
  readonly algorithms: readonly string[]
  /**
   * Whether an agent that comes with its assertion needs the user's consent as well. Without it the provider's word is enough:
   * whoever runs it has said which client may act for whom. Missing in what was stored before there was a choice.
   */
  readonly requireConsent?: boolean
}

export const DEFAULT_TOKEN_SETTINGS: TokenSettings = {
  kind: 'token_settings',
  id: 'token_settings',
  actorChainOrder: 'outermost_first',
  maxDepth: 3,
  defaultLifetime: 300,
  maxLifetime: 3_600,
  trustedIdps: [],
}
