import { approvalState } from '../agents/approval-steps.ts'
import { subjectOf } from '../agents/identity.ts'
import type { AccessToken } from '../agents/token.ts'
import { printEntity } from '../policy/entity.ts'
import type { Registry } from './registry.ts'
import { isTaskLive, tasksAbove } from './tasks.ts'

/** Why a token that was good when it was issued no longer is. */
export type DeadReason =
  | 'expired'
  | 'not_yet'
  | 'revoked'
  | 'ancestor_revoked'
  | 'identity_not_active'
  | 'consent_ended'
  | 'task_ended'
  | 'approval_ended'

/**
 * Whether a token is dead by what the org knows at an instant; null while it lives. Identities the registry does not know
 * (users of another system) are taken as they are; agents and services it must know.
 */
export function deadBecause(token: AccessToken, registry: Registry, now: number): DeadReason | null {
  if (now >= token.expiresAt) return 'expired'
  if (registry.tokenRevokedAt(token.jti) !== null) return 'revoked'
  if (token.lineage.some(jti => registry.tokenRevokedAt(jti) !== null)) return 'ancestor_revoked'
  if (token.task !== null && tasksAbove(registry, token.task).some(id => registry.isTaskRevoked(id))) return 'revoked'
  // An agent is in its tokens; a service may hold one of a user, which says nothing else of it.
  const client = registry.client(token.clientId)
  const holder = client?.kind === 'service' ? [subjectOf(client)] : []
  for (const one of [token.subject, ...token.actors, ...holder]) {
    const since = registry.subjectRevokedAt(printEntity(one))
    if (since !== null && token.issuedAt <= since) return 'revoked'
    const identity = registry.identityOf(one)
    if (identity === undefined ? one.type !== 'user' : identity.status !== 'active') return 'identity_not_active'
  }
  for (const id of token.consents) {
    const consent = registry.consents.get(id)
    if (consent === undefined || consent.revokedAt !== null) return 'consent_ended'
    if (consent.expiresAt !== null && now >= consent.expiresAt) return 'consent_ended'
  }
  if (token.task !== null) {
    if (!isTaskLive(registry, token.task, now)) return 'task_ended'
  }
  if (token.jit != null) {
    const approval = registry.approvals.get(token.jit)
    if (approval === undefined || approvalState(approval, now) !== 'approved') return 'approval_ended'
  }
  return null
}
