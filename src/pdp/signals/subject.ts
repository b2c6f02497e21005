import type { Transmitter } from '../../agents/transmitter.ts'
import { type Entity, parseEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import { isThere } from '../registering.ts'
import { isObject } from './set.ts'

/** Whom an event is about here: somebody, or one token of ours. */
export type Meant =
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'token'; readonly jti: string }

/** Deeper than any event nests its subjects. */
const DEEPEST = 3

/**
 * The subject of an event (RFC 9493) as the org knows it; null for nobody it knows. `issuer` is the org's own: what it issued
 * itself, it names as it does everywhere.
 */
export function meantBy(
  state: OrgState,
  transmitter: Transmitter,
  subject: JsonObject | null,
  issuer: string,
  depth = 0,
): Meant | null {
  if (subject === null || depth > DEEPEST) return null
  const of = (value: Json | undefined): Meant | null =>
    isObject(value) ? meantBy(state, transmitter, value, issuer, depth + 1) : null
  switch (subject.format ?? subject.subject_type) {
    case 'iss_sub':
    case 'iss-sub':
      if (subject.iss === issuer) return entity(state, ownName(subject.sub))
      return subject.iss === transmitter.issuer ? entity(state, theirs(transmitter, subject.sub)) : null
    case 'opaque':
    case 'account':
      return entity(state, theirs(transmitter, subject.id ?? subject.uri))
    case 'email':
      return transmitter.subjects.email ? byAddress(state, subject.email) : null
    case 'jwt_id':
      return subject.iss === issuer && typeof subject.jti === 'string' ? { kind: 'token', jti: subject.jti } : null
    case 'aliases':
      return Array.isArray(subject.identifiers)
        ? (subject.identifiers as readonly Json[])
            .slice(0, 10)
            .reduce<Meant | null>((found, one) => found ?? of(one), null)
        : null
    // All members describe one principal: the person, where one is named, else what acts for them.
    case 'complex':
      return of(subject.user) ?? of(subject.application) ?? of(subject.session)
    default:
      return null
  }
}

/** As `sub` of our own tokens has it: `agent:research-bot`, or the id of a user. */
const ownName = (sub: Json | undefined): Entity | null =>
  typeof sub !== 'string' ? null : (parseEntity(sub) ?? { type: 'user', id: sub })

function theirs({ subjects }: Transmitter, sub: Json | undefined): Entity | null {
  if (typeof sub !== 'string' || sub === '' || sub.length > 256) return null
  return subjects.sub === 'user_id' ? { type: 'user', id: sub } : parseEntity(sub)
}

function entity({ registry }: OrgState, named: Entity | null): Meant | null {
  if (named === null) return null
  const identity = registry.identityOf(named)
  return isThere(identity) ? { kind: 'entity', entity: named } : null
}

/** INVARIANT: an address nobody verified is nobody's. */
function byAddress({ registry }: OrgState, email: Json | undefined): Meant | null {
  if (typeof email !== 'string') return null
  const wanted = email.toLowerCase()
  const found = [...registry.users.values()].find(
    user => isThere(user) && user.emailVerified && user.email?.toLowerCase() === wanted,
  )
  return found === undefined ? null : { kind: 'entity', entity: { type: 'user', id: found.id } }
}
