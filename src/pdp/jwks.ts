import type { Clock } from '../lib/clock.ts'
import { type Fetch, FetchError, jsonOf } from '../lib/fetch.ts'
import { Generations } from '../lib/generations.ts'

/** A public key as an issuer publishes it. Whoever uses it checks that it fits. */
export type Jwk = Readonly<Record<string, unknown>>

/** The keys of one URL, at the time they were fetched. */
export interface KeySet {
  readonly keys: readonly Jwk[]
  readonly fetchedAt: number
}

export interface JwksCache {
  /** Keys of a URL, fetched if there are none that are fresh. Fails with `FetchError`. */
  keys(url: string): Promise<KeySet>
  /**
   * Keys of a URL, fetched anew because a `kid` was not among them: at most once a minute, whoever asks. In between, what
   * there is.
   */
  refreshed(url: string): Promise<KeySet>
}

interface Entry {
  set: KeySet | null
  /** Until when `set` is fresh. */
  freshUntil: number
  /** The last failure, remembered for a while so that a server that is down is not asked for each token. */
  failure: { readonly error: FetchError; readonly until: number } | null
  /** When a fetch last began. */
  triedAt: number
  fetching: Promise<KeySet> | null
}

const LEAST_MS = 5 * 60_000
const MOST_MS = 24 * 3_600_000
/** Of failures, and between two refreshes that an unknown `kid` asks for. */
const PAUSE_MS = 60_000
/** How long beyond its freshness a set stands in for a server that does not answer. */
const STALE_MS = 3_600_000
const MAX_KEYS = 100
const KEPT = 500

export function createJwksCache(fetch: Fetch, clock: Clock): JwksCache {
  const entries = new Generations<string, Entry>(KEPT)

  const entryOf = (url: string): Entry => {
    const known = entries.get(url)
    if (known !== undefined) return known
    const made: Entry = { set: null, freshUntil: 0, failure: null, triedAt: Number.NEGATIVE_INFINITY, fetching: null }
    entries.set(url, made)
    return made
  }

  const load = async (url: string, entry: Entry): Promise<KeySet> => {
    entry.triedAt = clock()
    try {
      const fetched = await fetch({ url, headers: { accept: 'application/jwk-set+json, application/json' } })
      const now = clock()
      entry.set = { keys: keysIn(jsonOf(fetched, new URL(url).host)), fetchedAt: now }
      entry.freshUntil = now + freshFor(fetched.headers)
      entry.failure = null
      return entry.set
    } catch (error) {
      const known = error instanceof FetchError ? error : new FetchError('unreachable', 'keys cannot be fetched', error)
      entry.failure = { error: known, until: clock() + PAUSE_MS }
      throw known
    }
  }

  const fetchOnce = (url: string, entry: Entry): Promise<KeySet> => {
    entry.fetching ??= load(url, entry).finally(() => {
      entry.fetching = null
    })
    return entry.fetching
  }

  const staleOr = (entry: Entry, error: FetchError): KeySet => {
    if (entry.set !== null && clock() < entry.freshUntil + STALE_MS) return entry.set
    throw error
  }

  return {
    async keys(url) {
      const entry = entryOf(url)
      const now = clock()
      if (entry.set !== null && now < entry.freshUntil) return entry.set
      if (entry.failure !== null && now < entry.failure.until) return staleOr(entry, entry.failure.error)
      return fetchOnce(url, entry).catch((error: FetchError) => staleOr(entry, error))
    },
    async refreshed(url) {
      const entry = entryOf(url)
      if (entry.fetching === null && clock() - entry.triedAt < PAUSE_MS) {
        if (entry.set !== null) return entry.set
        throw entry.failure?.error ?? new FetchError('unreachable', 'keys were not fetched yet')
      }
      return fetchOnce(url, entry).catch((error: FetchError) => staleOr(entry, error))
    },
  }
}

/** The keys of a JWK set; those of an unknown shape are left out, as RFC 7517 section 5 asks. */
export function keysIn(value: unknown): readonly Jwk[] {
  const keys = isObject(value) ? value.keys : undefined
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) {
    throw new FetchError('bad_answer', `expected a JWK set: an object with \`keys\`, at most ${MAX_KEYS}`)
  }
  return keys.filter(key => isObject(key) && typeof key.kty === 'string')
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the headers say (`max-age` less `age`), between five minutes and a day. */
function freshFor(headers: Readonly<Record<string, string>>): number {
  const control = headers['cache-control'] ?? ''
  const seconds = /\bno-(?:store|cache)\b/.test(control) ? 0 : Number(/\bmax-age=(\d{1,9})\b/.exec(control)?.[1] ?? 0)
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.min(MOST_MS, Math.max(LEAST_MS, (seconds - age) * 1_000))
}
