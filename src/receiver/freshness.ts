/** How sure one may be of what is not known to be dead. */
export type Freshness = 'fresh' | 'stale' | 'blind'

/** What to do with a token that is not known to be dead. */
export type Course =
  | { readonly kind: 'accept'; readonly degraded: boolean }
  | { readonly kind: 'refuse' }
  /** Ask the server; `otherwise`, where it cannot be asked. */
  | { readonly kind: 'ask'; readonly otherwise: 'accept' | 'refuse' }

export interface Limits {
  /** Milliseconds without a sign of life: until then all is well, and until then ordinary tokens pass. */
  readonly freshMs: number
  readonly blindMs: number
  /** Whether ordinary tokens pass where nothing is known any more. */
  readonly failOpen: boolean
}

export const freshnessAt = (silentMs: number, { freshMs, blindMs }: Limits): Freshness =>
  silentMs < freshMs ? 'fresh' : silentMs <= blindMs ? 'stale' : 'blind'

/** The table of what is accepted while the feed is silent. INVARIANT: a privileged token passes on nothing but fresh news. */
export function courseOf(freshness: Freshness, privileged: boolean, { failOpen }: Pick<Limits, 'failOpen'>): Course {
  switch (freshness) {
    case 'fresh':
      return { kind: 'accept', degraded: false }
    case 'stale':
      return { kind: 'ask', otherwise: privileged ? 'refuse' : 'accept' }
    case 'blind':
      if (privileged) return { kind: 'refuse' }
      return { kind: 'ask', otherwise: failOpen ? 'accept' : 'refuse' }
  }
}

const GRAVE = new Set(['admin', 'pay', 'payment', 'payments', 'transfer', 'transfers', 'refund', 'refunds', 'manage'])

/** Tokens for what was approved once, and for what moves money or manages. */
export const isPrivileged = (claims: { readonly [claim: string]: unknown }): boolean =>
  claims.jit === true ||
  (typeof claims.scope === 'string' &&
    claims.scope.split(' ').some(s => s.split(/[:._]/).some(part => GRAVE.has(part))))
