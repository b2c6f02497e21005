import type { JsonObject } from '../policy/json.ts'
import type { Agent } from './agent.ts'
import { isPlain } from './claims.ts'
import type { Provider, TrustConfig } from './trust.ts'

/** A workload that proved itself with its platform's own token, and the agent that is configured to be it. */
export interface Workload {
  readonly kind: 'workload'
  readonly agent: Agent
  readonly config: TrustConfig
  readonly provider: Provider
  readonly issuer: string
  readonly subject: string
  /** As the agent's own view of itself shows it, such as `kubernetes:prod:research-bot`. */
  readonly name: string
  readonly claims: JsonObject
  /** SHA-256, hex: all that may be kept of the token. */
  readonly tokenHash: string
  /** When the platform's token ends, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** The audience is a common one rather than this org's, so that others may hold such tokens as well. */
  readonly genericAudience: boolean
}

/** What a request to obtain something says of a caller that is no workload: rules about workloads then simply do not match. */
export const NO_WORKLOAD: JsonObject = { workload_provider: 'none', workload_issuer: 'none', workload_subject: 'none' }

const MAX_CLAIMS = 64
const MAX_DEPTH = 5
const MAX_TEXT = 1_024
const MAX_LIST = 64

/**
 * What a request to obtain something says of the workload that asks: `workload_provider`, `workload_issuer`,
 * `workload_subject`, and each claim as `claim_<path>`, its names joined by `_`. Of two claims that would have one name
 * neither is told, so that none can pass for the other; a rule that asks for it is then unknown.
 */
export function workloadContext({ provider, issuer, subject, claims }: Workload): JsonObject {
  const told = new Map<string, JsonObject[string] | null>()
  flatten(claims, 'claim', told, 0)
  const kept = [...told].filter(([, value]) => value !== null).slice(0, MAX_CLAIMS)
  return {
    ...Object.fromEntries(kept),
    workload_provider: provider,
    workload_issuer: issuer,
    workload_subject: subject,
  } as JsonObject
}

function flatten(
  claims: JsonObject,
  prefix: string,
  told: Map<string, JsonObject[string] | null>,
  depth: number,
): void {
  if (depth === MAX_DEPTH) return
  for (const [key, value] of Object.entries(claims)) {
    const name = `${prefix}_${key
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')}`
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      flatten(value as JsonObject, name, told, depth + 1)
    } else told.set(name, told.has(name) || !isTold(value) ? null : value)
  }
}

function isTold(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT
  if (Array.isArray(value)) return value.length <= MAX_LIST && value.every(item => isPlain(item) && isTold(item))
  return isPlain(value)
}
