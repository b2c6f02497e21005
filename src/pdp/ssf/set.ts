import { hash } from 'node:crypto'
import { deliveredTo, type SsfStream, STREAM_UPDATED, sameSubject, VERIFICATION } from '../../agents/ssf-stream.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Delivery, Parcel } from '../delivery/port.ts'
import type { OrgState } from '../org.ts'
import { encoded, signJws } from '../tokens/jws.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { SecurityEvent } from './events.ts'

/** An event at its place: the same each time it is read. */
export interface PlacedEvent {
  readonly place: string
  readonly event: SecurityEvent
}

const isControl = (type: string): boolean => type === VERIFICATION || type === STREAM_UPDATED

/** What is kept for a stream until it is sent; null for what it does not want. */
export function parcelFor(stream: SsfStream, { place, event }: PlacedEvent): Parcel | null {
  const { type, subject, claims, txn, only } = event
  if (only !== null && only !== stream.id) return null
  if (!isControl(type)) {
    if (stream.status === 'disabled' || !deliveredTo(stream).includes(type)) return null
    if (stream.excluded.some(one => sameSubject(one, subject))) return null
  }
  const body: JsonObject = { sub_id: subject, txn, events: { [type]: claims } }
  // Whoever gets it twice knows by this that it is the same.
  const jti = hash('sha256', `${stream.id} ${place}`, 'base64url').slice(0, 27)
  return { event: jti, type, body: JSON.stringify(body) }
}

/** A security event token (RFC 8417), signed with the key the org has now: neither `sub` nor `exp` are in it. */
export async function signedSet(
  tokens: Pick<Tokens, 'keys' | 'issuers'>,
  state: OrgState,
  stream: SsfStream,
  { event, body }: Pick<Delivery, 'event' | 'body'>,
  now: number,
): Promise<string> {
  const signer = await tokens.keys.signer(state, 'RS256')
  const [first = ''] = stream.audience
  const claims: JsonObject = {
    iss: tokens.issuers.of(state.org.slug),
    aud: stream.audience.length === 1 ? first : [...stream.audience],
    iat: Math.floor(now / 1000),
    jti: event,
    ...(JSON.parse(body) as JsonObject),
  }
  const header = encoded({ alg: signer.alg, typ: 'secevent+jwt', kid: signer.kid })
  return signJws('RS256', header, claims, signer.key)
}
