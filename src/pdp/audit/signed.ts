import type { JsonObject } from '../../policy/json.ts'
import { isSignedBy, parseJws, verifyingKey } from '../tokens/jws.ts'

/** Public keys by their ids, as the org publishes or published them. */
export type Keys = ReadonlyMap<string, JsonObject>

/** What a checkpoint says. */
export interface SignedCheckpoint {
  readonly org: string
  readonly seq: number
  readonly hash: string
  readonly at: number
}

export const CHECKPOINT_TYPE = 'audit-checkpoint+jwt'

/**
 * What a checkpoint says, or why it counts for nothing. `told`: the key its event in the chain names, for one that is not
 * published any more; a key that is known otherwise wins.
 */
export function signedBy(text: string, keys: Keys, told: JsonObject | null): SignedCheckpoint | string {
  const jws = parseJws(text)
  if (jws === null || jws.header.typ !== CHECKPOINT_TYPE) return 'it is no checkpoint'
  const { kid } = jws.header
  const jwk = keys.get(String(kid)) ?? (told?.kid === kid ? told : undefined)
  const key = jwk === undefined || jwk === null ? null : verifyingKey(jwk)
  if (key === null) return `the key \`${String(kid)}\` it was signed with is not known`
  if (!isSignedBy(jws, key)) return 'its signature is wrong'
  const { org, seq, hash, at } = jws.payload
  if (typeof org !== 'string' || typeof seq !== 'number' || typeof hash !== 'string' || typeof at !== 'number') {
    return 'it is no checkpoint'
  }
  return { org, seq, hash, at }
}

/** Where a checkpoint says it stands, before anything about it is proved; 0 for what is none. */
export function placeOf(text: string): number {
  const seq = parseJws(text)?.payload.seq
  return typeof seq === 'number' ? seq : 0
}
