import type { Agent } from '../../agents/agent.ts'
import type { Provider, TrustConfig } from '../../agents/trust.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Fetch } from '../../lib/fetch.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Signed } from './signature.ts'

/** What a workload shows. */
export interface Shown {
  readonly org: string
  readonly token: string
  /** What the caller says it is of, or null. */
  readonly provider: Provider | null
  /** The org's issuer: the audience of tokens that are meant for it. */
  readonly issuer: string
  /** The only source of what is believed. */
  readonly trusting: (issuer: string) => readonly Candidate[]
}

/** An agent and one of its trust configurations. */
export interface Candidate {
  readonly agent: Agent
  readonly config: TrustConfig
}

export interface WorkloadPorts {
  readonly signed: Signed
  readonly fetch: Fetch
  readonly clock: Clock
  /** Opens the token a cluster is asked with; null where it cannot be. */
  openReviewToken(org: string, sealed: string): string | null
  /** Whether an id is new; it is not from then on, until the instant. */
  takeOnce(org: string, id: string, until: number): Promise<boolean>
}

/** What a token was found to say, and for whom. */
export interface Found {
  readonly kind: 'found'
  readonly matches: readonly Candidate[]
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly claims: JsonObject
  /** What makes the token one of its kind, beside its issuer. */
  readonly id: string
  readonly expiresAt: number
}
