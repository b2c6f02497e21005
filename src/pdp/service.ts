import { detailsOf } from '../agents/detail.ts'
import type { AuditLog } from '../facts/audit.ts'
import { orgCreated } from '../facts/change-events.ts'
import type { Ledger } from '../facts/ledger.ts'
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
import { nextIn, runAt } from '../lib/ids.ts'
import { andThen, type Later } from '../lib/later.ts'
import type { MasterKey } from '../lib/master-key.ts'
import { origin } from '../lib/origin.ts'
import { isZone } from '../lib/zone.ts'
import type { Decision, Effect } from '../policy/decision.ts'
import type { Fact } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { type Act as Acting, createAct } from './act.ts'
import { type Answered, createAnswered } from './answered.ts'
import { type Authorizer, createAuthorizer } from './authorize.ts'
import { type Checked, check } from './check.ts'
import { createFreshen, type Freshen } from './consistency.ts'
import { type Act, createEnter, refusal } from './entering.ts'
import { PdpError } from './errors.ts'
import { createPull, type Pull } from './follow.ts'
import { afterActing } from './jit/consumed.ts'
import { type Authenticator, createAuthenticator, type Principal } from './keys.ts'
import type { OrgLimits } from './loads.ts'
import { loggedOf } from './logged.ts'
import type { OrgState } from './org.ts'
import { createOrgs, type Orgs } from './orgs.ts'
import { factsRead, provedBy } from './record.ts'
import type { Shipped } from './shipped.ts'
import { type Tracing, tellingSpans } from './spans.ts'
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
  /** Without it, whatever is limited is unknown: nothing that needs a limit to hold is allowed. */
  readonly ledger?: Ledger
  /** Which decisions are logged; without it, all. */
  readonly logs?: Logs
  /** Decisions have spans in the traces of their requests; without it, none has. */
  readonly tracing?: Tracing | null
}

/** Denials are whatever is no allow. */
export type Logs = 'all' | 'denials' | 'off'

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
  decide(state: OrgState, request: Request, now?: number): Later<Decision>
  /** Decides, logs, and takes what the decision takes. */
  readonly act: Acting
  readonly ledger: Ledger | null
  createOrg(org: Org): Promise<Org>
  isZone(zone: string): boolean
  readonly counts: Readonly<Record<Effect, number>>
}

export type { Act, DecisionQuery, DecisionRow, Org, PolicyDraft, PolicyVersion, TranslationRow }

/** As `check`, for a record that is made in a later turn: what was read then may be otherwise by now. */
function checkToRecord(world: OrgState, request: Request): Checked {
  const made = check(world, request)
  return { ...made, facts: factsRead(made.residuals, provedBy(world)) }
}

const itself = (decision: Decision): Decision => decision

const isUnknown = ({ answer }: Fact): boolean => answer.kind === 'unavailable'

const NO_SERVERS: Servers = new Map()
const SERVER_STALE_MS = 5_000

export function createService(ports: Ports): Service {
  const { store, notifier, log, audit, clock, shipped, bootstrapHash, staleAfter, servers = NO_SERVERS } = ports
  const { logs = 'all', tracing = null } = ports
  const ledger = ports.ledger ?? null
  const orgs = createOrgs(store, notifier, shipped, clock, ports.limits, ledger)
  const answered = createAnswered(servers, clock, ports.serverStaleAfter ?? SERVER_STALE_MS, ledger)
  const pull = createPull(servers, store, orgs, notifier, clock)
  const authorizer: Authorizer = createAuthorizer(shipped)
  const counts: Record<Effect, number> = { allow: 0, deny: 0, escalate: 0 }

  const fresh = (): void => {
    if (staleAfter !== null && clock() - orgs.confirmedAt > staleAfter) {
      throw new PdpError('unavailable', 'the database has not answered for too long to be sure of anything')
    }
  }

  const enterState = createEnter(authorizer, answered, fresh, clock)

  const finish = (
    state: OrgState,
    request: Request,
    now: number,
    checked: Checked,
    given: string | null = null,
  ): Decision => {
    const run = given === null ? runAt('dec', now) : null
    const place = run?.made ?? 0
    const { revision, policy, org } = state
    const { effect, reasons, obligations, missing, validUntil, charges, over } = checked.verdict
    const plain = {
      id: run === null ? (given as string) : nextIn(run),
      effect,
      reasons,
      obligations,
      missing,
      validUntil,
      policyVersion: policy.version,
      revision,
    }
    const isPlain = charges === undefined && over === undefined && effect !== 'escalate'
    const decision: Decision = isPlain
      ? plain
      : {
          ...plain,
          ...(charges !== undefined && { charges }),
          ...(over !== undefined && { over }),
          ...(effect === 'escalate' && { ask: detailsOf(request) }),
        }
    counts[effect] += 1
    if (logs === 'all' || (logs === 'denials' && effect !== 'allow')) {
      try {
        log.append(org.slug, loggedOf(decision, request, checked, state, now, run, place))
      } catch (error) {
        log.lost(org.slug, error)
      }
    }
    return decision
  }

  /** A decision on what is done at once, whatever it takes being taken. */
  const doing = (state: OrgState, request: Request): Later<Decision> => {
    const acted = act(state, request, { id: null, until: null })
    return acted instanceof Promise ? acted.then(({ decision }) => decision) : acted.decision
  }

  const write = createWriter(servers, store, orgs, notifier, pull)

  const mustLog = (): void => {
    if (log.full()) throw new PdpError('overloaded', 'decisions come faster than they can be logged; try again shortly')
  }

  const decideNow = (state: OrgState, request: Request, now = clock()): Later<Decision> => {
    mustLog()
    if (state.away === null) {
      const made = check(state, request)
      if (!made.meters.some(isUnknown)) return finish(state, request, now, made)
    }
    return andThen(
      answered(state, world => ({ world, made: checkToRecord(world, request) })),
      ({ world, made }) => finish(world, request, now, made),
    )
  }

  const decide: Service['decide'] = tellingSpans(tracing, decideNow, itself)

  const actWaiting = createAct({
    ledger,
    clock,
    judge(state, request) {
      mustLog()
      return answered(state, world => ({ world, made: checkToRecord(world, request) }))
    },
    finish,
  })
  const actOnce: Acting = (state, request, acting) => {
    if (state.away !== null) return actWaiting(state, request, acting)
    mustLog()
    const made = check(state, request)
    if (made.meters.length > 0 || made.verdict.charges !== undefined) return actWaiting(state, request, acting)
    return { decision: finish(state, request, clock(), made), spent: null }
  }
  const uses = { ledger, write, store, orgs, clock }
  const actNow: Acting = (state, request, acting) =>
    andThen(actOnce(state, request, acting), acted => afterActing(uses, state, acted))
  const act: Acting = tellingSpans(tracing, actNow, ({ decision }) => decision)

  const tokens = createTokens({ ...ports, write, orgs, decide: doing })

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
        if (verdict.effect !== 'allow') throw refusal(principal, act, slug)
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
      if (verdict.effect !== 'allow') throw refusal(principal, act, 'instance')
    },
    decide,
    act,
    ledger,
    async createOrg(org) {
      if (!isZone(org.zone)) throw new PdpError('invalid_zone', `\`${org.zone}\` is not an IANA time zone`)
      const made = await store.createOrg(org).catch((error: unknown) => {
        throw error instanceof StoreError ? fromStore(error) : error
      })
      audit.append(made.slug, () => orgCreated(made, clock(), origin()))
      return made
    },
  }
}
