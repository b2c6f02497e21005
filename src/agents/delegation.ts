import { type Entity, printEntity, sameEntity } from '../policy/entity.ts'
import type { Agent } from './agent.ts'
import type { Consent } from './identity.ts'
import type { TokenSettings } from './signing-key.ts'
import type { AccessToken } from './token.ts'

/** Either lets an agent act for others; older texts say the second. */
export const DELEGATE: readonly string[] = ['delegate:on_behalf', 'delegate:user']

export type DelegationCode =
  | 'delegation_not_allowed'
  | 'delegation_depth_exceeded'
  | 'consent_required'
  | 'invalid_scope'
  | 'invalid_target'

export interface DelegationProblem {
  readonly ok: false
  readonly code: DelegationCode
  readonly message: string
  /** Most actors a chain may have, where that was the problem. */
  readonly maxDepth?: number
}

/** What a token may hold at the most that comes from others. The engine may still refuse a part of it. */
export interface Narrowed {
  readonly ok: true
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  readonly lineage: readonly string[]
  readonly consents: readonly string[]
  readonly task: string | null
  readonly mayAct: Entity | null
}

export interface Wanted {
  /** Null: all there is. */
  readonly scopes: readonly string[] | null
  /** Null: as it was. */
  readonly audience: readonly string[] | null
}

export interface Setting {
  readonly settings: TokenSettings
  /** The org's issuer: a token for it may be narrowed to any resource, one for a resource to no other. */
  readonly issuer: string
  readonly now: number
  /** Whether a list of scopes or capabilities holds a scope, in whatever spelling. */
  readonly holds: (list: readonly string[], scope: string) => boolean
}

const refused = (code: DelegationCode, message: string): DelegationProblem => ({ ok: false, code, message })

/**
 * A token for `agent` to act for the subject of `parent`, which a user gave it or which another agent hands on
 * (RFC 8693, delegation). `own` is the token the agent proves itself with. Each hop only narrows.
 */
export function delegate(
  parent: AccessToken,
  own: AccessToken,
  agent: Agent,
  chain: readonly Agent[],
  consents: readonly Consent[],
  wanted: Wanted,
  setting: Setting,
): Narrowed | DelegationProblem {
  const { settings, now, holds } = setting
  const actor: Entity = { type: 'agent', id: agent.slug }
  const who = printEntity(actor)
  const problem = mayAct(parent, agent, actor, who)
  if (problem !== null) return problem
  const depths = [settings.maxDepth, ...[...chain, agent].map(a => a.delegation.maxDepth ?? settings.maxDepth)]
  const maxDepth = Math.min(...depths)
  if (parent.actors.length + 1 > maxDepth) {
    const message = `a chain may have ${maxDepth} actors at the most; ask with the token of an earlier one`
    return { ...refused('delegation_depth_exceeded', message), maxDepth }
  }
  const agreed = consentFor(parent, agent, consents, now)
  if (agreed === null) return notAgreed(parent.subject, who)
  const held = parent.scopes.filter(scope => holds(agent.capabilities, scope))
  const { consent } = agreed
  const most = consent === null ? held : held.filter(scope => holds(consent.scopes, scope))
  const narrowed = narrow({ ...parent, scopes: most }, wanted, setting)
  if (!narrowed.ok) return narrowed
  return {
    ...narrowed,
    actors: [...parent.actors, actor],
    // A consent that ends by itself is told to nobody: no token outlives it.
    notAfter: Math.min(
      parent.expiresAt,
      own.expiresAt,
      now + agent.tokenLifetime * 1000,
      consent?.expiresAt ?? Number.POSITIVE_INFINITY,
    ),
    lineage: [...new Set([...parent.lineage, parent.jti, own.jti])],
    consents: consent === null ? parent.consents : [...new Set([...parent.consents, consent.id])],
    mayAct: null,
  }
}

/** A token for the same holder with less in it: fewer scopes, or for one resource. */
export function narrow(
  parent: AccessToken,
  wanted: Wanted,
  { issuer, holds }: Pick<Setting, 'issuer' | 'holds'>,
): Narrowed | DelegationProblem {
  const beyond = wanted.scopes?.filter(scope => !holds(parent.scopes, scope)) ?? []
  if (beyond.length > 0) {
    const message = `\`${beyond.join(' ')}\` is more than this token and whoever acts may hold; ask for less`
    return refused('invalid_scope', message)
  }
  const scopes = wanted.scopes ?? parent.scopes
  if (scopes.length === 0) {
    return refused('invalid_scope', 'nothing is left that both the token and whoever acts may hold')
  }
  const elsewhere = wanted.audience?.filter(uri => !parent.audience.includes(uri)) ?? []
  if (elsewhere.length > 0 && !parent.audience.includes(issuer)) {
    const message = `the token is for \`${parent.audience.join(' ')}\` and can be exchanged for no other resource`
    return refused('invalid_target', message)
  }
  return {
    ok: true,
    subject: parent.subject,
    actors: parent.actors,
    scopes,
    audience: wanted.audience ?? parent.audience,
    notAfter: parent.expiresAt,
    lineage: [...parent.lineage, parent.jti],
    consents: parent.consents,
    task: parent.task,
    mayAct: parent.mayAct,
  }
}

/** Why an agent may not act for the subject of a token it does not have yet; null where it may. */
export function mayStandFor(
  parent: Pick<AccessToken, 'subject' | 'actors' | 'mayAct'>,
  agent: Agent,
  consents: readonly Consent[],
  now: number,
): DelegationProblem | null {
  const actor: Entity = { type: 'agent', id: agent.slug }
  const problem = mayAct(parent, agent, actor, printEntity(actor))
  if (problem !== null || consentFor(parent, agent, consents, now) !== null) return problem
  return notAgreed(parent.subject, printEntity(actor))
}

const notAgreed = (subject: Entity, who: string): DelegationProblem =>
  refused('consent_required', `${printEntity(subject)} has not agreed that ${who} acts for them; ask for their consent`)

function mayAct(
  parent: Pick<AccessToken, 'subject' | 'actors' | 'mayAct'>,
  agent: Agent,
  actor: Entity,
  who: string,
): DelegationProblem | null {
  const { actsForUsers, users } = agent.delegation
  if (!actsForUsers || !agent.capabilities.some(c => DELEGATE.includes(c))) {
    const message = `${who} may not act for others: that takes the capability \`${DELEGATE[0]}\` and its delegation rules`
    return refused('delegation_not_allowed', message)
  }
  if (users !== null && !(parent.subject.type === 'user' && users.includes(parent.subject.id))) {
    return refused('delegation_not_allowed', `${who} may not act for ${printEntity(parent.subject)}`)
  }
  if (sameEntity(parent.subject, actor) || parent.actors.some(one => sameEntity(one, actor))) {
    return refused('delegation_not_allowed', `${who} is in the chain already`)
  }
  if (parent.mayAct !== null && !sameEntity(parent.mayAct, actor)) {
    return refused('delegation_not_allowed', `the token says that only ${printEntity(parent.mayAct)} may act`)
  }
  return null
}

/**
 * The consent a hop rests on: the user's, for the agent they hand their own token to. Those further on rest on what the
 * chain rests on already. `consent` is null where none is needed; null where one lacks.
 */
function consentFor(
  parent: Pick<AccessToken, 'subject' | 'actors'>,
  agent: Agent,
  consents: readonly Consent[],
  now: number,
): { readonly consent: Consent | null } | null {
  if (parent.subject.type !== 'user' || parent.actors.length > 0) return { consent: null }
  const given = consents.find(
    c =>
      c.user === parent.subject.id &&
      c.agent === agent.slug &&
      c.revokedAt === null &&
      (c.expiresAt === null || c.expiresAt > now),
  )
  if (given !== undefined) return { consent: given }
  return agent.delegation.requireConsent ? null : { consent: null }
}
