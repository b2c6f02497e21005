import type { Clock } from '../lib/clock.ts'
import { type Fetch, FetchError, jsonOf } from '../lib/fetch.ts'
import { Generations } from '../lib/generations.ts'

/** Where an issuer says its keys are. Fails with `FetchError`. */
export type Discover = (issuer: string) => Promise<string>

interface Found {
  readonly uri: Promise<string>
  readonly until: number
}

const KEPT_MS = 3_600_000
const PAUSE_MS = 60_000
const KEPT = 500

/** Reads the OpenID discovery document of an issuer that was pinned by someone who may. Its own `issuer` must be exactly that. */
export function createDiscovery(fetch: Fetch, clock: Clock): Discover {
  const known = new Generations<string, Found>(KEPT)

  const read = async (issuer: string): Promise<string> => {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const document = jsonOf(await fetch({ url }), issuer)
    const { issuer: said, jwks_uri: uri } = (document ?? {}) as Readonly<Record<string, unknown>>
    if (said !== issuer)
      throw new FetchError('bad_answer', `the discovery document of \`${issuer}\` names another issuer`)
    if (typeof uri !== 'string' || !URL.canParse(uri)) {
      throw new FetchError('bad_answer', `the discovery document of \`${issuer}\` has no \`jwks_uri\``)
    }
    return uri
  }

  return issuer => {
    const now = clock()
    const found = known.get(issuer)
    if (found !== undefined && now < found.until) return found.uri
    const uri = read(issuer)
    known.set(issuer, { uri, until: now + KEPT_MS })
    uri.catch(() => known.set(issuer, { uri, until: now + PAUSE_MS }))
    return uri
  }
}
