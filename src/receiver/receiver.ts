import { createDeadSet } from './dead-set.ts'
import { createProofs, type Shown } from './dpop.ts'
import { follow } from './follow.ts'
import { courseOf, type Freshness, freshnessAt, isPrivileged } from './freshness.ts'
import { createIntrospect, type IntrospectionClient } from './introspect.ts'
import { createPulse } from './pulse.ts'
import type { Claims } from './rows.ts'
import { createSignatures } from './signature.ts'

export interface ReceiverOptions {
  /** The org's issuer: `https://auth.example.com/orgs/acme/api/v1`. */
  readonly issuer: string
  /** What tokens must be for: this resource. */
  readonly audience: string | readonly string[]
  /** An API key that may read `org_revocation`, or what gives an access token with the scope `revocations.read`. */
  readonly credentials: { readonly apiKey: string } | { readonly token: () => string | Promise<string> }
  /** Where the issuer is reached, where that is another address than its name. */
  readonly reachedAt?: string
  /** Asks the server about tokens while the feed is silent. */
  readonly introspection?: IntrospectionClient
  /** Tokens that pass on fresh news only. Left out: those of approvals, and with scopes to pay or to manage. */
  readonly privileged?: (claims: Claims) => boolean
  /** Ordinary tokens pass even where nothing was heard for longer than `blindMs`. */
  readonly failOpen?: boolean
  readonly freshMs?: number
  readonly blindMs?: number
  readonly clock?: () => number
  /** A clock that only goes on, in milliseconds. */
  readonly mono?: () => number
  readonly fetch?: typeof fetch
  readonly failed?: (error: unknown) => void
  /** Called after each piece of news: what was good may be dead now. */
  readonly changed?: () => void
}

export type Verdict =
  /** `degraded`: news are late, so it may have died in the last seconds. */
  | { readonly kind: 'good'; readonly claims: Claims; readonly degraded: boolean }
  /** 401: it is dead, or never was one. */
  | { readonly kind: 'dead'; readonly why: string }
  /** 503: nobody can say. The token may well be good, and is not to be thrown away. */
  | { readonly kind: 'blind'; readonly why: string }

export interface Receiver {
  /** `shown`: what came with a token that is bound to a key. */
  verify(token: string, shown?: Shown): Promise<Verdict>
  /** Resolves when it first knows all there is. */
  ready(): Promise<void>
  readonly freshness: Freshness
  /** Milliseconds since all was known. */
  readonly silentMs: number
  /** Things known to be dead. */
  readonly size: number
  close(): void
}

const FRESH_MS = 3_000
const BLIND_MS = 30_000

/**
 * Checks access tokens of an org without asking it for each: by their signature and by what the feed of revocations tells. What
 * cannot be known is refused, the sooner the more a token may do.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { issuer, audience, credentials, reachedAt = issuer, privileged = isPrivileged } = options
  const { clock = Date.now, mono = () => performance.now(), failed = () => undefined } = options
  const limits = {
    freshMs: options.freshMs ?? FRESH_MS,
    blindMs: options.blindMs ?? BLIND_MS,
    failOpen: options.failOpen ?? false,
  }
  const ask: typeof fetch = options.fetch ?? fetch
  const dead = createDeadSet()
  const pulse = createPulse()
  const jwksUri = `${reachedAt}/.well-known/jwks.json`
  const signatures = createSignatures({ issuer, jwksUri, audience, fetch: ask, clock })
  const checkProof = createProofs(clock)
  const introspect =
    options.introspection === undefined
      ? null
      : createIntrospect(`${reachedAt}/oauth/introspect`, options.introspection, ask)
  const waiting = new Set<() => void>()
  const freshness = (): Freshness => freshnessAt(pulse.silentFor(mono()), limits)

  const stop = follow({
    url: `${reachedAt}/revocations`,
    headers: async () =>
      'apiKey' in credentials
        ? { 'x-api-key': credentials.apiKey }
        : { authorization: `Bearer ${await credentials.token()}` },
    dead,
    pulse,
    fetch: ask,
    mono,
    clock,
    silentMs: limits.freshMs,
    keyDied: signatures.renew,
    stirred() {
      options.changed?.()
      if (freshness() !== 'fresh') return
      for (const ready of waiting) ready()
      waiting.clear()
    },
    failed,
  })

  /** The later of the two clocks: what either takes for expired is. */
  const now = (): number => Math.max(clock(), pulse.serverNow ?? 0) / 1000

  const unsure = async (token: string, claims: Claims): Promise<Verdict> => {
    const course = courseOf(freshness(), privileged(claims), limits)
    const blind: Verdict = { kind: 'blind', why: 'nothing was heard of revocations for too long to be sure' }
    switch (course.kind) {
      case 'accept':
        return { kind: 'good', claims, degraded: course.degraded }
      case 'refuse':
        return blind
      case 'ask': {
        const active = introspect === null ? null : await introspect(token)
        if (active === false) return { kind: 'dead', why: 'the server says that the token is not active' }
        if (active === true || course.otherwise === 'accept') return { kind: 'good', claims, degraded: true }
        return blind
      }
    }
  }

  return {
    async verify(token, shown) {
      const signed = await signatures.check(token)
      if (signed.kind === 'bad') return { kind: 'dead', why: signed.why }
      if (signed.kind === 'no_keys') return { kind: 'blind', why: 'the keys of the issuer cannot be had' }
      const { claims, kid } = signed
      if (now() >= claims.exp) return { kind: 'dead', why: 'the token has expired' }
      const jkt = (claims.cnf as { readonly jkt?: unknown } | undefined)?.jkt
      if (claims.cnf !== undefined) {
        const proved = typeof jkt === 'string' && shown !== undefined && (await checkProof(token, jkt, shown))
        if (!proved) return { kind: 'dead', why: 'the token is bound to a key, and no good proof of it came along' }
      }
      // What is known to be dead is dead however late the news: only that something lives takes news.
      const name = dead.deadBy(claims, kid)
      if (name !== null) return { kind: 'dead', why: `revoked by ${name}` }
      return unsure(token, claims)
    },
    ready: () => (freshness() === 'fresh' ? Promise.resolve() : new Promise<void>(resolve => waiting.add(resolve))),
    get freshness() {
      return freshness()
    },
    get silentMs() {
      return pulse.silentFor(mono())
    },
    get size() {
      return dead.size
    },
    close: stop,
  }
}
