import type { AuditLog } from '../facts/audit.ts'
import type { Servers } from '../facts/server.ts'
import type {
  DecisionLog,
  DecisionQuery,
  DecisionRow,
  Notifier,
  Org,
  PolicyDraft,
  PolicyVersion,
  Store,
  TranslationRow,
} from '../facts/store.ts'
import { isSpace, StoreError } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { timedId } from '../lib/ids.ts'
import { andThen, type Later } from '../lib/later.ts'
import type { MasterKey } from '../lib/master-key.ts'
import { isZone } from '../lib/zone.ts'
import { capabilityNames } from '../policy/capability.ts'
import type { Decision, Effect } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'
import { type Answered, createAnswered } from './answered.ts'
import { type Authorizer, createAuthorizer, OUT_OF_SCOPE } from './authorize.ts'
import { type Checked, check } from './check.ts'
import { createFreshen, type Freshen } from './consistency.ts'
import { PdpError } from './errors.ts'
import { createPull, type Pull } from './follow.ts'
import { type Authenticator, createAuthenticator, nameOf, type Principal } from './keys.ts'
import type { OrgLimits } from './loads.ts'
import type { OrgState } from './org.ts'
import { createOrgs, type Orgs } from './orgs.ts'
import { rowOf } from './record.ts'
import type { Shipped } from './shipped.ts'
import { fromStore } from './store-errors.ts'
import { createTokens, type Tokens } from './tokens/tokens.ts'
import { createWriter, type Writer } from './write.ts'

/** What the use cases stand on; chosen by the composition root. */
export interface Ports {
  readonly store: Store
  readonly notifier: Notifier
  readonly log: DecisionLog
  readonly clock: Clock
  readonly shipped: Shipped
  readonly audit: AuditLog
  /** Where callers reach the service: issuers begin with it. */
  readonly publicUrl: string
  /** Null: no token is signed. */
  readonly masterKey: MasterKey | null
  /** No other node works on the store. */
  readonly alone?: boolean
  /** SHA-256 of the instance's bootstrap key, hex. */
  readonly bootstrapHash: string
  /** How old the last confirmed look at the database may be, in milliseconds, before nothing is decided; null: one node. */
  readonly staleAfter: number | null
  readonly limits?: OrgLimits
  /** OpenFGA servers by their names. */
  readonly servers?: Servers
  /** The same for a look at such a server's changes, before nothing kept of its answers is used. */
  readonly serverStaleAfter?: number
  /** How long a write to such a server may take, in milliseconds. */
  readonly serverGraceMs?: number
}

/** An action on one of the shipped resource types, as a route names it. */
export interface Act {
  readonly action: string
  readonly type: string
}

export interface Service {
  readonly shipped: Shipped
  readonly store: Store
  readonly orgs: Orgs
  readonly write: Writer
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly tokens: Tokens
  readonly audit: AuditLog
  readonly servers: Servers
  /** By then every write to a server that was begun has ended. */
  readonly serverGraceMs: number
  readonly answered: Answered
  /** Takes over what a server wrote. */
  readonly pull: Pull
  /**
   * Lets a caller into an org to do one thing. Fails with `permission_denied`, `org_not_found`, `unavailable`. `anyway`: also
   * into one that is too large for memory.
   */
  enter(principal: Principal, slug: string, act: Act, ip: string, anyway?: boolean): OrgState | Promise<OrgState>
  /** An org for what everybody may do with it. Fails with `org_not_found`, `unavailable`. */
  open(slug: string): OrgState | Promise<OrgState>
  /** Lets a caller do something that concerns the instance, not an org. */
  permit(principal: Principal, act: Act, ip: string): void
  readonly freshen: Freshen
  /** Decides and logs; at once where the relations are in memory. Fails with `overloaded` while the log is behind. */
  decide(state: OrgState, request: Request): Later<Decision>
  createOrg(org: Org): Promise<Org>
  isZone(zone: string): boolean
  readonly counts: Readonly<Record<Effect, number>>
}

export type { DecisionQuery, DecisionRow, Org, PolicyDraft, PolicyVersion, TranslationRow }

/** The last time the engine let a caller in: it would again, until a write of the org or the verdict's own end. */
interface Entered {
  readonly act: Act
  readonly ip: string
  /** Held weakly: who was let in once does not keep an org in memory. */
  readonly state: WeakRef<OrgState>
  readonly revision: number
  readonly from: number
  readonly until: number
}

const isGood = (last: Entered, state: OrgState, now: number): boolean =>
  last.state.deref() === state && last.revision === state.revision && now >= last.from && now < last.until

/** A token that may have been good for it, had it been asked with this scope. */
const outOfScope = ({ action, type }: Act): PdpError => {
  const scope = capabilityNames(action, { type, id: null })[0] ?? action
  return new PdpError('insufficient_scope', `the token does not hold the scope \`${scope}\``, { scope })
}

const NO_SERVERS: Servers = new Map()
const SERVER_STALE_MS = 5_000

export function createService(ports: Ports): Service {
  const { store, notifier, log, audit, clock, shipped, bootstrapHash, staleAfter, servers = NO_SERVERS } = ports
  const orgs = createOrgs(store, notifier, shipped, clock, ports.limits)
  const answered = createAnswered(servers, clock, ports.serverStaleAfter ?? SERVER_STALE_MS)
  const pull = createPull(servers, store, orgs, notifier, clock)
  const authorizer: Authorizer = createAuthorizer(shipped)
  const counts: Record<Effect, number> = { allow: 0, deny: 0, escalate: 0 }

  const fresh = (): void => {
    if (staleAfter !== null && clock() - orgs.confirmedAt > staleAfter) {
      throw new PdpError('unavailable', 'the database has not answered for too long to be sure of anything')
    }
  }

  const refuse = (principal: Principal, act: Act, slug: string): PdpError =>
    new PdpError(
      'permission_denied',
      `${principal.kind === 'key' ? 'this key' : nameOf(principal)} may not ${act.action} \`${act.type}\` of \`${slug}\``,
      {
        ...act,
        org: slug,
      },
    )

  const entered = new WeakMap<Principal, Entered>()

  const enterState = (state: OrgState, principal: Principal, act: Act, ip: string): Later<OrgState> => {
    fresh()
    const now = clock()
    const last = entered.get(principal)
    const kept = state.away === null && last !== undefined
    if (kept && last.act === act && last.ip === ip && isGood(last, state, now)) return state
    const { revision } = state
    const wish = { ...act, context: { ip }, at: now }
    return andThen(
      answered(state, world => authorizer.inOrg(world, principal, wish)),
      verdict => {
        if (verdict === OUT_OF_SCOPE) throw outOfScope(act)
        const { effect, validUntil } = verdict
        if (effect !== 'allow') throw refuse(principal, act, state.org.slug)
        const until = validUntil ?? Number.POSITIVE_INFINITY
        entered.set(principal, { act, ip, state: new WeakRef(state), revision, from: now, until })
        return state
      },
    )
  }

  const finish = ({ revision, model, policy, org }: OrgState, request: Request, now: number, made: Checked) => {
    const { verdict, residuals } = made
    const { effect, reasons, obligations, missing, validUntil } = verdict
    const id = timedId('dec', now)
    const decision = {
      id,
      effect,
      reasons,
      obligations,
      missing,
      validUntil,
      policyVersion: policy.version,
      revision,
    }
    counts[effect] += 1
    log.append(org.slug, () => rowOf(decision, request, residuals, model?.id ?? null, org.zone, now))
    return decision
  }

  const write = createWriter(servers, store, orgs, notifier, pull)

  const decide = (state: OrgState, request: Request): Later<Decision> => {
    if (log.full()) throw new PdpError('overloaded', 'decisions come faster than they can be logged; try again shortly')
    const now = clock()
    if (state.away === null) return finish(state, request, now, check(state, request))
    return andThen(
      answered(state, world => ({ world, made: check(world, request) })),
      ({ world, made }) => finish(world, request, now, made),
    )
  }

  const tokens = createTokens({ ...ports, write, orgs, decide })

  return {
    shipped,
    store,
    orgs,
    write,
    tokens,
    audit,
    servers,
    serverGraceMs: ports.serverGraceMs ?? 0,
    answered,
    pull,
    freshen: createFreshen(store, orgs, pull),
    clock,
    counts,
    isZone,
    authenticator: createAuthenticator({ store, orgs, bootstrapHash, tokens, clock }),
    enter(principal, slug, act, ip, anyway = false) {
      if (isSpace(slug)) throw new PdpError('org_not_found', `there is no org \`${slug}\``)
      if (principal.org !== slug) {
        const verdict = authorizer.byShipped(principal, slug, { ...act, context: { ip }, at: clock() })
        if (verdict.effect !== 'allow') throw refuse(principal, act, slug)
      }
      const state = orgs.peek(slug) === undefined && anyway ? orgs.getAnyway(slug) : orgs.get(slug)
      return state instanceof Promise
        ? state.then(loaded => enterState(loaded, principal, act, ip))
        : enterState(state, principal, act, ip)
    },
    open(slug) {
      if (isSpace(slug)) throw new PdpError('org_not_found', `there is no org \`${slug}\``)
      const found = orgs.get(slug)
      if (found instanceof Promise) return found
      fresh()
      return found
    },
    permit(principal, act, ip) {
      const verdict = authorizer.byShipped(principal, 'instance', { ...act, context: { ip }, at: clock() })
      if (verdict.effect !== 'allow') throw refuse(principal, act, 'instance')
    },
    decide,
    async createOrg(org) {
      if (!isZone(org.zone)) throw new PdpError('invalid_zone', `\`${org.zone}\` is not an IANA time zone`)
      return store.createOrg(org).catch((error: unknown) => {
        throw error instanceof StoreError ? fromStore(error) : error
      })
    },
  }
}
