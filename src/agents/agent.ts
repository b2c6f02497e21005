import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { TrustConfig } from './trust.ts'

export const AGENT_TYPES = ['ai_assistant', 'service', 'bot', 'integration'] as const
export type AgentType = (typeof AGENT_TYPES)[number]

/** How an agent proves who it is. */
export const IDENTITY_TYPES = ['client_credentials', 'private_key_jwt', 'workload', 'api_key', 'aauth'] as const
export type IdentityType = (typeof IDENTITY_TYPES)[number]

/** On whose behalf an agent may act, and how. */
export interface DelegationRules {
  /** Whether it may act for users at all. */
  readonly actsForUsers: boolean
  /** For whom, as ids of users; null is anyone who consents. */
  readonly users: readonly string[] | null
  /** Agents in a chain it is part of, at the most; null is the org's limit. */
  readonly maxDepth: number | null
  readonly requireConsent: boolean
}

/**
 * An agent as registered. `id` (`agt_…`) is its OAuth client id; `slug` never changes and is never given again, and
 * `agent:<slug>` is the subject rules and tuples speak of.
 */
export interface Agent {
  readonly kind: 'agent'
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly type: AgentType
  readonly status: Status
  /** Why it has this status, where somebody said so. */
  readonly statusReason?: string | null
  /** A user or a team. */
  readonly owner: Entity | null
  readonly identityType: IdentityType
  /** What it may be given, as scopes. More than these is never issued, and nothing beyond them allowed. */
  readonly capabilities: readonly string[]
  /** What it asked for itself and nobody has granted. */
  readonly requestedCapabilities?: readonly string[]
  /** Names of tools and of models, and resource URIs; null is no limit beside the capabilities. */
  readonly allowedTools: readonly string[] | null
  readonly allowedModels: readonly string[] | null
  readonly allowedAudiences: readonly string[] | null
  readonly budgetPolicy: JsonObject
  readonly delegation: DelegationRules
  /** Seconds. */
  readonly tokenLifetime: number
  /** Addresses and blocks it may call from; null is any. */
  readonly allowedIps: readonly string[] | null
  readonly workloads: readonly TrustConfig[]
  /** Id of the blueprint it was made from. */
  readonly blueprint: string | null
  readonly metadata: JsonObject
  readonly createdAt: number
  readonly updatedAt: number
  /** Since when there is only its name left, which nobody else gets. */
  readonly deletedAt?: number
  /** Counts changes from 1. */
  readonly version: number
}

/** What agents are made from: members an instance takes over unless it says otherwise. Fewer capabilities, never more. */
export interface Blueprint {
  readonly kind: 'blueprint'
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly template: Pick<
    Agent,
    | 'type'
    | 'capabilities'
    | 'allowedTools'
    | 'allowedModels'
    | 'allowedAudiences'
    | 'budgetPolicy'
    | 'delegation'
    | 'tokenLifetime'
    | 'allowedIps'
    | 'metadata'
  >
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

export const STATUSES = ['active', 'inactive', 'suspended', 'under_review', 'revoked'] as const
/** Only the active get tokens and keep those they have. `revoked` is final. */
export type Status = (typeof STATUSES)[number]

export type StatusEvent = 'activate' | 'deactivate' | 'suspend' | 'review' | 'resume' | 'revoke'

const MOVES: Readonly<Record<StatusEvent, { readonly from: readonly Status[]; readonly to: Status }>> = {
  activate: { from: ['inactive', 'active'], to: 'active' },
  deactivate: { from: ['active', 'inactive', 'suspended', 'under_review'], to: 'inactive' },
  suspend: { from: ['active', 'inactive', 'under_review', 'suspended'], to: 'suspended' },
  review: { from: ['active', 'inactive', 'suspended', 'under_review'], to: 'under_review' },
  resume: { from: ['suspended', 'under_review', 'active'], to: 'active' },
  revoke: { from: ['active', 'inactive', 'suspended', 'under_review', 'revoked'], to: 'revoked' },
}

/** The status after an event, or null where it leads nowhere: what is revoked stays so. */
export function statusAfter(status: Status, event: StatusEvent): Status | null {
  const { from, to } = MOVES[event]
  return from.includes(status) ? to : null
}
