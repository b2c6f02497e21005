import type { Transmitter } from '../../agents/transmitter.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { JWS_ALGORITHMS, type Jws, parseJws } from '../tokens/jws.ts'

/** Why a security event token is not taken, in the words of RFC 8935 section 2.4. */
export type SetFault =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed'
  | 'access_denied'

export interface RefusedSet {
  readonly kind: 'refused'
  readonly err: SetFault
  readonly description: string
}

export interface SetEvent {
  readonly type: string
  readonly claims: JsonObject
  /** Whom it is about, as RFC 9493 has it; null where it does not say. */
  readonly subject: JsonObject | null
}

/** A security event token that says all it must. Who signed it is not proved. */
export interface ReadSet {
  readonly kind: 'read'
  readonly jws: Jws
  readonly transmitter: Transmitter
  readonly jti: string
  /** In milliseconds since the epoch. */
  readonly issuedAt: number
  readonly events: readonly SetEvent[]
}

export interface Expected {
  readonly transmitters: Iterable<Transmitter>
  /** The org's own issuer, which is meant where a transmitter names no audience. */
  readonly issuer: string
  readonly now: number
}

const SKEW = 60_000
/** How long after it was made one is still taken: as long as it is remembered that it was. */
export const LONGEST = 7 * 24 * 3_600_000
const MOST_EVENTS = 10
const TYPES: readonly Json[] = ['secevent+jwt', 'application/secevent+jwt']

export const refused = (err: SetFault, description: string): RefusedSet => ({ kind: 'refused', err, description })

/** Reads a security event token (RFC 8417) as far as it can be judged without keys. */
export function readSet(text: string, { transmitters, issuer, now }: Expected): ReadSet | RefusedSet {
  const jws = parseJws(text)
  if (jws === null) return refused('invalid_request', 'expected a signed security event token')
  const { header, payload } = jws
  const { iss, aud, jti, iat, exp, nbf, events } = payload
  if (!TYPES.includes(typeof header.typ === 'string' ? header.typ.toLowerCase() : (header.typ ?? null))) {
    return refused('invalid_request', 'expected the `typ` secevent+jwt')
  }
  if (header.crit !== undefined) return refused('invalid_request', 'it has a `crit` header')
  if (header.kid !== undefined && typeof header.kid !== 'string') return refused('invalid_request', '`kid` is no text')
  const transmitter = [...transmitters].find(one => one.isActive && one.issuer === iss)
  if (transmitter === undefined) return refused('invalid_issuer', 'no active transmitter of the org has this `iss`')
  if (!JWS_ALGORITHMS.some(alg => alg === header.alg) || !transmitter.algorithms.includes(String(header.alg))) {
    return refused('invalid_key', 'it is signed with an algorithm that is not taken of this transmitter')
  }
  const audiences = transmitter.audiences ?? [issuer]
  const meant: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : [aud ?? null]
  if (!meant.some(one => typeof one === 'string' && audiences.includes(one))) {
    return refused('invalid_audience', 'it is meant for somebody else')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) return refused('invalid_request', 'it has no `jti`')
  if (typeof iat !== 'number' || iat * 1000 > now + SKEW) return refused('invalid_request', 'it has no `iat` that was')
  if (iat * 1000 < now - LONGEST) return refused('invalid_request', 'it is older than a week')
  if (exp !== undefined && (typeof exp !== 'number' || exp * 1000 + SKEW <= now))
    return refused('invalid_request', 'it has expired')
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf * 1000 > now + SKEW))
    return refused('invalid_request', 'it is not valid yet')
  const found = eventsIn(events, payload)
  if (found === null) return refused('invalid_request', `expected \`events\`, 1 to ${MOST_EVENTS} of them`)
  return { kind: 'read', jws, transmitter, jti, issuedAt: iat * 1000, events: found }
}

/** `sub_id` stands beside the events; older transmitters have `subject` in each. */
function eventsIn(events: Json | undefined, { sub_id: beside }: JsonObject): readonly SetEvent[] | null {
  if (!isObject(events)) return null
  const all = Object.entries(events)
  if (all.length === 0 || all.length > MOST_EVENTS) return null
  const found: SetEvent[] = []
  for (const [type, claims] of all) {
    if (!isObject(claims)) return null
    const subject = beside ?? claims.subject
    found.push({ type, claims, subject: isObject(subject) ? subject : null })
  }
  return found
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
