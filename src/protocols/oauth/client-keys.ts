import type { Credential } from '../../agents/identity.ts'
import type { Clock } from '../../lib/clock.ts'
import { Generations } from '../../lib/generations.ts'
import { type Jws, jwksIn } from '../../pdp/tokens/jws.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { isSignedByAny, keysHeld } from './assertion.ts'

/** Reads a JSON document from an address that a client registered; guards against addresses that are not public. */
export type FetchJson = (uri: string) => Promise<unknown>

export interface ClientKeys {
  /** Whether keys of these credentials signed it; at once where none has to be fetched. */
  haveSigned(credentials: readonly Credential[], jws: Jws): boolean | Promise<boolean>
}

interface Fetched {
  readonly keys: readonly JsonObject[]
  readonly at: number
}

/** Keys are fetched anew once they are this old, and for a signature they do not explain no sooner than this. */
const FRESH = 600_000
const PAUSE = 30_000
const FEW = 2

export function createClientKeys(fetchJson: FetchJson | null, clock: Clock): ClientKeys {
  const kept = new Generations<string, Fetched>(2_000)
  const running = new Map<string, Promise<Fetched>>()

  const fetched = (uri: string, fetchIt: FetchJson): Promise<Fetched> => {
    const known = running.get(uri)
    if (known !== undefined) return known
    const started = fetchIt(uri)
      .then(
        value => jwksIn(value as Json) ?? [],
        () => kept.get(uri)?.keys ?? [],
      )
      .then(keys => {
        const made = { keys, at: clock() }
        kept.set(uri, made)
        return made
      })
      .finally(() => running.delete(uri))
    running.set(uri, started)
    return started
  }

  const byUris = async (uris: readonly string[], jws: Jws, fetchIt: FetchJson): Promise<boolean> => {
    for (const uri of uris) {
      const known = kept.get(uri)
      const current = known !== undefined && clock() - known.at < FRESH ? known : await fetched(uri, fetchIt)
      if (isSignedByAny(jws, current.keys)) return true
      if (clock() - current.at < PAUSE) continue
      if (isSignedByAny(jws, (await fetched(uri, fetchIt)).keys)) return true
    }
    return false
  }

  return {
    haveSigned(credentials, jws) {
      if (isSignedByAny(jws, keysHeld(credentials))) return true
      const uris = credentials.flatMap(({ proof }) => (proof.kind === 'jwks_uri' ? [proof.uri] : []))
      return fetchJson === null || uris.length === 0 ? false : byUris(uris.slice(0, FEW), jws, fetchJson)
    },
  }
}
