import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Holder } from '../policy/question.ts'
import type { Detail, Operation } from './detail.ts'

export const RISKS = ['low', 'medium', 'high', 'critical'] as const
export type Risk = (typeof RISKS)[number]

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled' | 'consumed'

/** Whose yes a rule asks for: who holds `relation` on `on`, or where that is null `on` themselves. */
export interface Demand {
  readonly rule: string
  readonly sentence: string
  readonly relation: string | null
  readonly on: string
  /** The same to be looked up; null where it cannot be, and then nobody meets it. */
  readonly holder: Holder | null
  /** Whose link of the chain needs it. */
  readonly for: string
}

/** What somebody answered, and which demands are met by it. */
export interface Given {
  readonly by: Entity
  readonly yes: boolean
  readonly at: number
  readonly notes: string | null
  readonly meets: readonly number[]
}

/** What is granted: all that was asked, or less where an approver narrowed it. */
export interface Terms {
  readonly details: readonly Detail[]
  /** How long, in milliseconds. */
  readonly ttl: number
  readonly uses: number
}

/** An operation that was asked for, and the rules that want a yes to it. */
export interface Ruled {
  readonly operation: Operation
  readonly rules: readonly string[]
}

/** A request of an agent's for what it may not do without a yes. */
export interface Approval {
  readonly kind: 'approval'
  /** `jit_…` */
  readonly id: string
  readonly task: string
  /** Slug of the agent that asked. */
  readonly agent: string
  /** For whom, and through whom, it is to be done. */
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly asked: Terms
  readonly justification: string | null
  readonly risk: Risk
  /** Whether rules permit it all but for the approvals they demand. */
  readonly permitted: boolean
  readonly demands: readonly Demand[]
  readonly operations: readonly Ruled[]
  /** How often this agent was refused within the hour before. */
  readonly denials: number
  /** A yes of this user is among those it takes. */
  readonly addressee: string | null
  /** How many different people must say yes. */
  readonly needs: number
  readonly state: ApprovalState
  readonly answers: readonly Given[]
  /** What it comes to after the yeses so far; what is granted once approved. */
  readonly terms: Terms
  /** Which rule let it pass without a person; null where people answer. */
  readonly byPolicy: string | null
  readonly askedAt: number
  /** When nobody's answer counts any more. */
  readonly expiresAt: number
  /** When others are asked as well, if nobody answered; null: never. */
  readonly escalatesAt: number | null
  readonly escalated: boolean
  readonly endedAt: number | null
  /** Until when it may be used; null until it is approved. */
  readonly until: number | null
  /** How often it was asked again while it was pending. */
  readonly repeats: number
  /** By which door it came. */
  readonly via: 'jit' | 'ciba' | 'push'
  readonly emergency: Emergency | null
  /** For the door it came by: where to call back, what to show. */
  readonly meta: JsonObject
  readonly version: number
}

/** Taken without waiting for anybody, to be looked at afterwards. */
export interface Emergency {
  readonly reviewed: {
    readonly by: Entity
    readonly ok: boolean
    readonly at: number
    readonly notes: string | null
  } | null
}
