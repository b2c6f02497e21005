import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../agents/agent.ts'
import type { Narrowed } from '../../agents/delegation.ts'
import type { Detail } from '../../agents/detail.ts'
import { type Service as Client, subjectOf } from '../../agents/identity.ts'
import { type AccessToken, claimsOf, holderOf } from '../../agents/token.ts'
import { NO_WORKLOAD } from '../../agents/workload.ts'
import type { AuditEvent, AuditLog } from '../../facts/audit.ts'
import { tasksAbove, taskUntil } from '../../facts/tasks.ts'
import type { Clock } from '../../lib/clock.ts'
import { timedId } from '../../lib/ids.ts'
import { andThen } from '../../lib/later.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { mayCallFrom } from '../addresses.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { scopesOf, type Target, targetsOf } from './audience.ts'
import type { Issuers } from './issuer.ts'
import { signJws } from './jws.ts'
import { type Decide, type Obtained, type Obtaining, obtain, type ScopeRefusal } from './obtain.ts'
import type { Signer, SigningAlgorithm, SigningKeys } from './signing-keys.ts'

/** What a token may hold at the most that comes from others. */
export type Narrowing = Omit<Narrowed, 'ok' | 'subject' | 'actors'>

/** What an authenticated client wants. */
export interface Wanted {
  /** Who gets the token: the current actor, or the subject where nobody acts for it. */
  readonly client: Agent | Client
  readonly subject: Entity
  readonly actors: readonly Entity[]
  /** Name of the grant, for rules (`grant_type` of the context) and the audit. */
  readonly grant: string
  readonly ip: string
  /** Null where none were asked for: then all of `narrowed`, or of the client's capabilities, that may be had. */
  readonly scopes: readonly string[] | null
  /** As named in `resource` and `audience`. */
  readonly resources: readonly string[]
  /** What it may hold at the most, where it comes from other tokens; `resources` are then in `audience` already. */
  readonly narrowed?: Narrowing | null
  /** It ends by then, in milliseconds since the epoch. */
  readonly until?: number | null
  readonly jkt?: string | null
  readonly alg?: SigningAlgorithm
  /** The task it is for, and ends with; left out: that of what it comes from. */
  readonly task?: string | null
  /** What it is good for beside its scopes (RFC 9396), and the request that was approved, with which it ends. */
  readonly details?: readonly Detail[] | null
  readonly jit?: string | null
  /** More claims: never those a token has by itself. */
  readonly claims?: JsonObject
  /** More for rules to look at. */
  readonly context?: JsonObject
}

export type Issued =
  | {
      readonly kind: 'issued'
      readonly text: string
      readonly token: AccessToken
      /** Scopes that were asked for and are not in it. */
      readonly refused: readonly ScopeRefusal[]
    }
  | Refused

export interface Refused {
  readonly kind: 'refused'
  readonly code:
    | 'invalid_scope'
    | 'invalid_target'
    | 'access_denied'
    | 'approval_required'
    | 'budget_exceeded'
    | 'invalid_grant'
    | 'no_proof'
  readonly why: string
  /** Id of the decision that refused, and what it named. */
  readonly detail: JsonObject
}

export interface TokenIssuer {
  /** At once where the org has a signing key. Fails with `signing_off`, `overloaded`. */
  issue(state: OrgState, wanted: Wanted): Issued | Promise<Issued>
}

export interface Issuing {
  readonly keys: SigningKeys
  readonly issuers: Issuers
  readonly decide: Decide
  readonly audit: AuditLog
  readonly clock: Clock
}

export function createTokenIssuer({ keys, issuers, decide, audit, clock }: Issuing): TokenIssuer {
  const issueAt = (state: OrgState, wanted: Wanted): Issued | Promise<Issued> => {
    if (audit.full())
      throw new PdpError('overloaded', 'tokens are issued faster than they can be audited; try again shortly')
    const now = clock()
    const { client, narrowed } = wanted
    const holder = subjectOf(client)
    if (!mayCallFrom(state.registry, holder, wanted.ip)) {
      return refused('access_denied', `${printEntity(holder)} may not call from this address`)
    }
    const issuer = issuers.of(state.org.slug)
    const found = targetsOf(state, client, issuer, narrowed?.audience ?? wanted.resources)
    if (found.kind === 'refused') return refused('invalid_target', found.why)
    const { targets } = found
    if (wanted.jkt == null && targets.some(({ server }) => server?.requireDpop === true)) {
      return refused('no_proof', 'this resource takes tokens that are bound to a key alone: send a DPoP proof')
    }
    const lifetime = lifetimeOf(state, wanted, targets, now)
    if (lifetime.end <= now) return refused('invalid_grant', 'what the token is to come from has ended')
    const finish = (got: Extract<Obtained, { readonly kind: 'obtained' }>, ready: Signer): Issued => {
      const stopped = notActive(state, wanted)
      if (stopped !== null) return refused('access_denied', stopped)
      const token = tokenOfWanted(state, wanted, targets, got.scopes, lifetime, issuer)
      const claims = {
        ...wanted.claims,
        ...ownClaims(client),
        ...claimsOf(token, state.registry.settings.actorChainOrder),
        ...taskClaims(state, token),
      }
      const text = signJws(ready.alg, ready.header, claims, ready.key)
      audit.append(state.org.slug, () => eventOf(token, wanted, got.decisions, now))
      return { kind: 'issued', text, token, refused: got.refused }
    }
    return andThen(obtain(state, askedOf(wanted, targets, now), decide), got =>
      got.kind === 'refused' ? got : andThen(keys.signer(state, wanted.alg ?? 'EdDSA'), ready => finish(got, ready)),
    )
  }

  const issue: TokenIssuer['issue'] = (state, wanted) => {
    const wait = pastRevocation(state, wanted, clock())
    // A timer may end a moment before the second does.
    return wait === 0 ? issueAt(state, wanted) : sleep(wait).then(() => issue(state, wanted))
  }
  return { issue }
}

/** Whatever rules say: nobody in a token is somebody whose tokens would be dead. Of agents the shipped rules say it first. */
function notActive({ registry }: OrgState, { subject, actors }: Wanted): string | null {
  for (const one of [subject, ...actors]) {
    const identity = registry.identityOf(one)
    if (identity === undefined ? one.type !== 'user' : identity.status !== 'active') {
      return `${printEntity(one)} is ${identity?.status ?? 'not registered'}`
    }
  }
  return null
}

/**
 * Tokens say when they were made in whole seconds, and a revocation of all tokens of a subject takes those of its own
 * second with it: a new one is made in the next.
 */
function pastRevocation({ registry }: OrgState, { client, subject, actors }: Wanted, now: number): number {
  const second = Math.floor(now / 1000) * 1000
  for (const one of [subject, ...actors, subjectOf(client)]) {
    const at = registry.subjectRevokedAt(printEntity(one))
    if (at !== null && at >= second && at <= now) return second + 1000 - now
  }
  return 0
}

interface Lifetime {
  readonly start: number
  readonly end: number
}

/** The client's, within the org's limit and the resource's, and within all it comes from. Whole seconds. */
function lifetimeOf(state: OrgState, wanted: Wanted, targets: readonly Target[], now: number): Lifetime {
  const start = Math.floor(now / 1000) * 1000
  const { settings } = state.registry
  const seconds = Math.min(
    wanted.client.tokenLifetime,
    settings.maxLifetime,
    ...targets.map(({ server }) => server?.tokenLifetime ?? Number.POSITIVE_INFINITY),
  )
  const end = Math.min(
    start + Math.floor(seconds) * 1000,
    wanted.until ?? Number.POSITIVE_INFINITY,
    wanted.narrowed?.notAfter ?? Number.POSITIVE_INFINITY,
    // A task that ends by itself is told to nobody: no token outlives it.
    endOfTask(state, wanted.narrowed?.task ?? null),
  )
  return { start, end: Math.floor(end / 1000) * 1000 }
}

const endOfTask = ({ registry }: OrgState, task: string | null): number =>
  task === null ? Number.POSITIVE_INFINITY : (taskUntil(registry, task) ?? 0)

function askedOf(wanted: Wanted, targets: readonly Target[], now: number): Obtaining {
  const { client, subject, actors, ip, grant, scopes, narrowed } = wanted
  const server = targets[0]?.server ?? null
  const ofServer = server === null ? null : scopesOf(server)
  const most = narrowed?.scopes ?? client.capabilities
  return {
    subject,
    actors,
    audiences: targets.map(({ audience }) => audience),
    asked: scopes,
    most: ofServer === null ? most : most.filter(scope => ofServer.has(scope)),
    within: narrowed?.scopes ?? null,
    ofServer,
    context: { ...NO_WORKLOAD, ...wanted.context, ip, client: client.id, grant_type: grant },
    at: now,
    task: taskOf(wanted),
  }
}

function tokenOfWanted(
  state: OrgState,
  wanted: Wanted,
  targets: readonly Target[],
  scopes: readonly string[],
  { start, end }: Lifetime,
  issuer: string,
): AccessToken {
  const { narrowed } = wanted
  return {
    jti: timedId('tok', start),
    issuer,
    org: state.org.slug,
    subject: wanted.subject,
    actors: wanted.actors,
    clientId: wanted.client.id,
    audience: targets.map(({ audience }) => audience),
    scopes,
    issuedAt: start,
    expiresAt: end,
    lineage: narrowed?.lineage ?? [],
    consents: narrowed?.consents ?? [],
    jkt: wanted.jkt ?? null,
    task: taskOf(wanted),
    mayAct: narrowed?.mayAct ?? null,
    ...(wanted.details != null && { details: wanted.details }),
    ...(wanted.jit != null && { jit: wanted.jit }),
  }
}

const taskOf = ({ task, narrowed }: Wanted): string | null => task ?? narrowed?.task ?? null

const ownClaims = (client: Agent | Client): JsonObject =>
  client.kind === 'agent' ? { agent_id: client.id, agent_name: client.name } : {}

/** Its task and those that one is part of: with any of them the token dies, also for who sees nothing but the token. */
function taskClaims({ registry }: OrgState, { task }: AccessToken): JsonObject {
  const chain = task === null ? [] : tasksAbove(registry, task)
  return chain.length < 2 ? {} : { task_chain: [...chain] }
}

function eventOf(token: AccessToken, { grant, ip }: Wanted, decisions: readonly string[], now: number): AuditEvent {
  const { jti, subject, actors, clientId, audience, scopes, expiresAt, lineage, consents, jkt, task } = token
  return {
    id: timedId('log', now),
    at: now,
    kind: 'token.issued',
    actor: printEntity(holderOf(token)),
    target: `token:${jti}`,
    subject: printEntity(subject),
    chain: actors.map(printEntity),
    task,
    ip,
    // In the order of its names, which the audit's text needs.
    data: {
      audience,
      client_id: clientId,
      ...(consents.length > 0 && { consents }),
      decisions,
      expires_at: expiresAt,
      grant_type: grant,
      ...(token.jit != null && { jit_request_id: token.jit }),
      ...(jkt !== null && { jkt }),
      ...(lineage.length > 0 && { lineage }),
      scope: scopes.join(' '),
    },
  }
}

const refused = (code: Refused['code'], why: string, detail: JsonObject = {}): Refused => ({
  kind: 'refused',
  code,
  why,
  detail,
})
