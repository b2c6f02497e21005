import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Agent, Status } from './agent.ts'

/** A program that is no agent: a plain OAuth client, the subject `service:<slug>`. */
export interface Service {
  readonly kind: 'service'
  /** `cli_…`, its OAuth client id. */
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly status: Status
  /** Scopes it may be given. */
  readonly capabilities: readonly string[]
  readonly allowedAudiences: readonly string[] | null
  readonly tokenLifetime: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt?: number
  readonly version: number
}

/** A person, the subject `user:<id>`. */
export interface User {
  readonly kind: 'user'
  readonly id: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly name: string | null
  readonly givenName: string | null
  readonly familyName: string | null
  readonly groups: readonly string[]
  readonly attributes: JsonObject
  readonly status: Status
  readonly createdAt: number
  readonly updatedAt: number
  /** Since when there is only the id left: a user who is gone must stay known as such. */
  readonly deletedAt?: number
  readonly version: number
}

/** Who can authenticate. */
export type Identity = Agent | Service | User

/** Whom rules, tuples and tokens call this identity. */
export function subjectOf(identity: Identity): Entity {
  switch (identity.kind) {
    case 'agent':
      return { type: 'agent', id: identity.slug }
    case 'service':
      return { type: 'service', id: identity.slug }
    case 'user':
      return { type: 'user', id: identity.id }
  }
}

/**
 * What an identity proves itself with. A secret or an API key is known by its SHA-256 alone. Two may be valid at once, so
 * that one can be replaced without a gap.
 */
export interface Credential {
  readonly kind: 'credential'
  /** `cred_…`; of an API key, the id in its text. */
  readonly id: string
  /** Kind and id of whose it is. */
  readonly of: { readonly kind: Identity['kind']; readonly id: string }
  readonly proof:
    | { readonly kind: 'secret' | 'api_key'; readonly hash: string }
    | { readonly kind: 'jwks'; readonly jwks: JsonObject }
    | { readonly kind: 'jwks_uri'; readonly uri: string }
  readonly createdAt: number
  /** When it ends by itself; null is never. */
  readonly expiresAt: number | null
  readonly retiredAt: number | null
}

/** A user's word that an agent may act for them within these scopes. */
export interface Consent {
  readonly kind: 'consent'
  /** `con_…` */
  readonly id: string
  /** Id of the user and slug of the agent. */
  readonly user: string
  readonly agent: string
  readonly scopes: readonly string[]
  readonly grantedAt: number
  /** Who recorded it, as an entity: the user, or an admin for them. */
  readonly grantedBy?: string
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly revokedBy?: string
}

/** A token, or every token older than an instant that names somebody, is dead. */
export interface Revocation {
  readonly kind: 'revocation'
  /** `rev_…` */
  readonly id: string
  readonly of:
    | { readonly kind: 'token'; readonly jti: string }
    /**
     * All that was issued to or for a subject, as subject or as actor, before `at`. `client`: the client id of a service, for
     * those who see nothing else of it.
     */
    | { readonly kind: 'subject'; readonly subject: string; readonly client?: string }
    | { readonly kind: 'task'; readonly task: string }
  readonly at: number
  /** When the last token it concerns has ended anyway. */
  readonly until: number
  readonly reason: string
}
