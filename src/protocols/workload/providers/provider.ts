import type { TrustConfig } from '../../../agents/trust.ts'
import type { JsonObject } from '../../../policy/json.ts'
import type { WorkloadFault } from '../fault.ts'

/** What is particular to one platform's JWTs. */
export interface JwtProvider {
  /** Header members that may be there; any other is refused. */
  readonly headers: readonly string[]
  /** Values of `typ`, beside none; compared without case where `anyCase`. */
  readonly types: readonly string[]
  readonly keyUse: 'sig' | 'jwt-svid'
  readonly needsIat: boolean
  /** What must be true of the claims, beside audience, times, bindings and rules. */
  check(claims: JsonObject, config: TrustConfig): WorkloadFault | null
  /** The workload as the agent's view of itself shows it. */
  name(claims: JsonObject): string
}

export const PLAIN_HEADERS: readonly string[] = ['alg', 'kid', 'typ']

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
