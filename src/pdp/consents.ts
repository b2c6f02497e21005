import type { Consent } from '../agents/identity.ts'
import type { Change } from '../facts/store.ts'
import { timedId } from '../lib/ids.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { agentNamed, put } from './registering.ts'
import type { Service } from './service.ts'

export interface ConsentSaid {
  readonly user: string
  /** Id or slug. */
  readonly agent: string
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch, or null for no end. */
  readonly expiresAt: number | null
}

const isLive = ({ revokedAt, expiresAt }: Consent, now: number): boolean =>
  revokedAt === null && (expiresAt === null || now < expiresAt)

/** Records a user's word. One that was given to the same agent before ends with it, and so does what rests on that. */
export async function grantConsent(pdp: Service, state: OrgState, said: ConsentSaid, by: string): Promise<Consent> {
  const now = pdp.clock()
  const user = state.registry.users.get(said.user)
  if (user !== undefined && user.status !== 'active') {
    throw new PdpError('status_conflict', `user:${said.user} is ${user.status} and agrees to nothing`)
  }
  if (said.expiresAt !== null && said.expiresAt <= now) {
    throw new PdpError('invalid_request', '`expires_at` must be in the future')
  }
  const { slug } = agentNamed(state, said.agent)
  const consent: Consent = {
    kind: 'consent',
    id: timedId('con', now),
    user: said.user,
    agent: slug,
    scopes: said.scopes,
    grantedAt: now,
    grantedBy: by,
    expiresAt: said.expiresAt,
    revokedAt: null,
  }
  const before: readonly Change[] = state.registry
    .consentsOf(said.user)
    .filter(c => c.agent === slug && isLive(c, now))
    .map(c => put({ ...c, revokedAt: now, revokedBy: by }, by))
  await pdp.write(state, [...before, put(consent, by)])
  return consent
}

/** Takes a user's word back: every token that rests on it ends. `user` names whose it must be, where that matters. */
export async function revokeConsent(
  pdp: Service,
  state: OrgState,
  id: string,
  user: string | null,
  by: string,
): Promise<void> {
  const consent = state.registry.consents.get(id)
  if (consent === undefined || (user !== null && consent.user !== user)) {
    throw new PdpError('identity_not_found', `there is no consent \`${id}\``)
  }
  if (consent.revokedAt !== null) return
  await pdp.write(state, [put({ ...consent, revokedAt: pdp.clock(), revokedBy: by }, by)])
}

export interface ConsentFilter {
  readonly user?: string | undefined
  readonly agent?: string | undefined
}

export function consentsWhere({ registry }: OrgState, { user, agent }: ConsentFilter): readonly Consent[] {
  const all = user === undefined ? [...registry.consents.values()] : [...registry.consentsOf(user)]
  const slug = agent === undefined ? undefined : (registry.agents.get(agent)?.slug ?? agent)
  return all
    .filter(c => slug === undefined || c.agent === slug)
    .sort((a, b) => a.grantedAt - b.grantedAt || (a.id < b.id ? -1 : 1))
}

export const consentStatus = (consent: Consent, now: number): 'active' | 'expired' | 'revoked' =>
  consent.revokedAt !== null ? 'revoked' : isLive(consent, now) ? 'active' : 'expired'
