import type { Agent } from '../agents/agent.ts'
import type { Approval } from '../agents/approval.ts'
import type { Revocation, Service, User } from '../agents/identity.ts'
import type { Task } from '../agents/task.ts'
import { parseEntity } from '../policy/entity.ts'
import type { Registered, Registry } from './registry.ts'
import type { LoggedChange } from './store.ts'

/** The longest any token of any org lives, in milliseconds: what is revoked need not be remembered longer. */
export const LONGEST_LIFE = 24 * 3_600_000

export const DEAD_KINDS = ['jti', 'agent', 'user', 'service', 'task', 'approval', 'consent', 'key'] as const
/** By what a token is dead: itself or an ancestor, somebody in it, its task, what was approved, a consent, the key that signed it. */
export type DeadKind = (typeof DEAD_KINDS)[number]

/** Tokens that died, as whoever checks them offline is told. Times are seconds, as in tokens. */
export interface Dead {
  readonly kind: DeadKind
  /** The token's id, the slug of an agent or service, the id of anything else. */
  readonly key: string
  /** Those issued until then; null is all, whenever they were issued. */
  readonly before: number | null
  /** By then each of them has ended anyway. */
  readonly exp: number
  readonly reason: string
  /** Of a service: its client id, which is all that a token of a user says of it. */
  readonly client?: string
}

/** Somebody may have tokens again, or a task goes on: `before: null` of it is taken back, and nothing else. */
export interface Lifted {
  readonly kind: 'agent' | 'user' | 'service' | 'task'
  readonly key: string
  readonly client?: string
}

export type Told = { readonly told: 'dead'; readonly dead: Dead } | { readonly told: 'lifted'; readonly lifted: Lifted }

const seconds = (at: number): number => Math.floor(at / 1000)
const secondsUp = (at: number): number => Math.ceil(at / 1000)

/** What a committed change says of tokens; null where it says nothing. The same rules as `deadBecause`, for others to apply. */
export function revokedBy({ change, at }: LoggedChange): Told | null {
  if (change.kind === 'registered') return toldOf(change.entry, at)
  if (change.kind === 'unregistered' && change.of === 'consent') {
    return dead({ kind: 'consent', key: change.id, before: null, exp: secondsUp(at + LONGEST_LIFE), reason: 'removed' })
  }
  return null
}

const dead = (one: Dead): Told => ({ told: 'dead', dead: one })

function toldOf(entry: Registered, at: number): Told | null {
  const exp = secondsUp(at + LONGEST_LIFE)
  switch (entry.kind) {
    case 'revocation': {
      const found = deadBy(entry)
      return found === null ? null : dead(found)
    }
    case 'agent':
    case 'service':
    case 'user':
      if (entry.status !== 'active') return dead(deadStatus(entry, at))
      // Who is new was never off.
      return entry.version === 1 ? null : { told: 'lifted', lifted: nameOf(entry) }
    case 'task':
      if (entry.state !== 'active') return dead(deadTask(entry, at))
      return entry.version === 1 ? null : { told: 'lifted', lifted: { kind: 'task', key: entry.id } }
    case 'approval':
      return isOver(entry) ? dead(deadApproval(entry, at)) : null
    case 'consent':
      if (entry.revokedAt === null) return null
      return dead({ kind: 'consent', key: entry.id, before: null, exp, reason: 'consent withdrawn' })
    case 'signing_key':
      if (!isWithdrawn(entry)) return null
      return dead({ kind: 'key', key: entry.id, before: null, exp, reason: 'signing key withdrawn' })
    default:
      return null
  }
}

const deadTask = ({ id, state }: Task, at: number): Dead => ({
  kind: 'task',
  key: id,
  before: null,
  exp: secondsUp(at + LONGEST_LIFE),
  reason: `task ${state}`,
})

/** Before it was approved there was no token of it. */
const isOver = ({ state }: Approval): boolean => state !== 'pending' && state !== 'approved'

const deadApproval = ({ id, state }: Approval, at: number): Dead => ({
  kind: 'approval',
  key: id,
  before: null,
  exp: secondsUp(at + LONGEST_LIFE),
  reason: `approval ${state}`,
})

/** A key that was published no longer the moment it signed no longer takes what it signed with it. */
const isWithdrawn = ({ retiredAt, removedAt }: Extract<Registered, { kind: 'signing_key' }>): boolean =>
  removedAt !== null && retiredAt !== null && removedAt <= retiredAt

function nameOf(entry: Agent | Service | User): Lifted {
  switch (entry.kind) {
    case 'agent':
      return { kind: 'agent', key: entry.slug }
    case 'service':
      return { kind: 'service', key: entry.slug, client: entry.id }
    case 'user':
      return { kind: 'user', key: entry.id }
  }
}

const deadStatus = (entry: Agent | Service | User, at: number): Dead => ({
  ...nameOf(entry),
  before: null,
  exp: secondsUp(at + LONGEST_LIFE),
  reason: entry.deletedAt === undefined ? entry.status : 'deleted',
})

/** Null for a subject that no token can have. */
export function deadBy({ of, at, until, reason }: Revocation): Dead | null {
  const exp = secondsUp(until)
  switch (of.kind) {
    case 'token':
      return { kind: 'jti', key: of.jti, before: null, exp, reason }
    case 'task':
      // Whenever they are issued; and no `lift` takes that back.
      return { kind: 'task', key: of.task, before: exp, exp, reason }
    case 'subject': {
      const { type = '', id = '' } = parseEntity(of.subject) ?? {}
      if (type !== 'agent' && type !== 'user' && type !== 'service') return null
      const client = of.client === undefined ? {} : { client: of.client }
      return { kind: type, key: id, before: seconds(at), exp, reason, ...client }
    }
  }
}

/**
 * Everything by which a token may be dead at an instant that has not ended by itself. Bounded by what happened within the life
 * of the longest token.
 */
export function allDead(registry: Registry, now: number): readonly Dead[] {
  const since = now - LONGEST_LIFE
  const found: Dead[] = []
  for (const revocation of registry.revocations.values()) {
    const one = revocation.until < now ? null : deadBy(revocation)
    if (one !== null) found.push(one)
  }
  const identities = [registry.agents, registry.services, registry.users]
  for (const some of identities) {
    for (const one of some.values()) {
      if (one.status !== 'active' && one.updatedAt > since) found.push(deadStatus(one, one.updatedAt))
    }
  }
  for (const task of registry.tasks.values()) {
    const at = task.endedAt ?? (task.state === 'suspended' ? now : null)
    if (task.state !== 'active' && at !== null && at > since) found.push(deadTask(task, at))
  }
  for (const approval of registry.approvals.values()) {
    if (isOver(approval) && (approval.endedAt ?? now) > since)
      found.push(deadApproval(approval, approval.endedAt ?? now))
  }
  for (const { id, revokedAt } of registry.consents.values()) {
    if (revokedAt === null || revokedAt < since) continue
    const exp = secondsUp(revokedAt + LONGEST_LIFE)
    found.push({ kind: 'consent', key: id, before: null, exp, reason: 'consent withdrawn' })
  }
  for (const key of registry.signingKeys.values()) {
    if (!isWithdrawn(key) || (key.removedAt ?? 0) < since) continue
    const exp = secondsUp((key.removedAt ?? now) + LONGEST_LIFE)
    found.push({ kind: 'key', key: key.id, before: null, exp, reason: 'signing key withdrawn' })
  }
  return found
}
