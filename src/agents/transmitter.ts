import type { JsonObject } from '../policy/json.ts'

/** Whose security events an org believes, and what of them (OpenID Shared Signals, as a receiver). */
export interface Transmitter {
  readonly kind: 'transmitter'
  /** `trm_…` */
  readonly id: string
  readonly name: string
  /** `iss` of its events. */
  readonly issuer: string
  /** One of both. */
  readonly jwksUri: string | null
  readonly jwks: JsonObject | null
  readonly algorithms: readonly string[]
  /** Any one of these as `aud`; null: the issuer of the org. */
  readonly audiences: readonly string[] | null
  /** Types of events that have an effect; null: all that are known. */
  readonly events: readonly string[] | null
  /** What its subjects are here. */
  readonly subjects: SubjectMapping
  readonly isActive: boolean
  /** SHA-256 of what it must send as `Authorization`, whole; null: its signature is enough. */
  readonly authorization: string | null
  /** Where its events are fetched from, if it does not send them (RFC 8936). */
  readonly poll: Polling | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

export interface SubjectMapping {
  /** What `sub` of `iss_sub`, and `id` of `opaque`, is here: the id of a user, or an entity such as `agent:research-bot`. */
  readonly sub: 'user_id' | 'entity'
  /** Whether `email` finds a user by an address that is verified. */
  readonly email: boolean
}

export interface Polling {
  readonly url: string
  /** What is sent as `Authorization`, sealed under the master key; null: nothing. */
  readonly sealed: string | null
  readonly everySeconds: number
}
