import { type Entity, sameEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Aim } from './detail.ts'

/** What an approver said yes to, or what policy lets pass without one: one action, for one chain. */
export interface Grant {
  readonly kind: 'grant'
  /** `grt_…` */
  readonly id: string
  /** The request that was approved. */
  readonly approval: string
  /** Only for what is done for this task. */
  readonly task: string | null
  readonly subject: Entity
  /** Who acts for the subject, nearest to it first. */
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: Aim
  /** What else must be so of the resource: what is stored, or where nothing is, what the call says. */
  readonly given: JsonObject
  /** The rules that asked for the approval. None: it permits by itself. */
  readonly rules: readonly string[]
  /** How often it may be used in all. */
  readonly uses: number
  readonly grantedAt: number
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly revokedAt: number | null
  /** Who said yes to what, in a sentence. */
  readonly says: string
  readonly version: number
}

export const isOpen = ({ revokedAt, until }: Grant, now: number): boolean => revokedAt === null && now < until

export const revoked = (grant: Grant, now: number): Grant => ({
  ...grant,
  revokedAt: now,
  version: grant.version + 1,
})

/** Whether it is for this resource. */
export const covers = ({ resource }: Pick<Grant, 'resource'>, { type, id }: Entity): boolean =>
  resource.type === type && (resource.many ? id.startsWith(resource.id) : id === resource.id)

/** Whether it is to exactly this chain. */
export const isFor = ({ subject, actors }: Grant, chain: readonly Entity[]): boolean =>
  chain.length === actors.length + 1 && [subject, ...actors].every((one, i) => sameEntity(one, chain[i] ?? one))
