import type { Agent } from '../../agents/agent.ts'
import {
  allowanceOf,
  CAPABILITY_TYPE,
  type Capability,
  type Caveats,
  claimsOfCapability,
  widened,
} from '../../agents/capability.ts'
import type { Service as Client } from '../../agents/identity.ts'
import { timedId } from '../../lib/ids.ts'
import { printEntity } from '../../policy/entity.ts'
import { type Amount, type Pattern, printPattern } from '../../policy/evidence.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import { chainOf, nameOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { targetsOf } from '../tokens/audience.ts'
import { encoded, signJws } from '../tokens/jws.ts'
import type { Chain } from './chain.ts'
import { decided } from './obtain.ts'
import type { Shown } from './reader.ts'

/** What a holder wants in a capability. What is null is as its parent has it, or as the org has it by default. */
export interface CapabilityWish {
  readonly actions: readonly string[]
  readonly resources: readonly Pattern[]
  /** Seconds, and the instant it begins, in milliseconds. */
  readonly ttl: number | null
  readonly from: number | null
  readonly uses: number | null
  readonly spend: Amount | null
  readonly audience: readonly string[] | null
  readonly depth: number | null
  readonly jkt: string | null
  /** Narrowed from this one rather than traded for the caller's token. */
  readonly parent: Shown | null
  /** What the first use would be like, for rules to look at. */
  readonly context: JsonObject
}

export interface IssuedCapability {
  readonly text: string
  readonly capability: Capability
  readonly decisions: readonly string[]
}

const DEFAULT_SECONDS = 300
const DEFAULT_DEPTH = 3
/** Decisions that one capability may take to give out. */
const MOST_PAIRS = 64

/**
 * Gives out a capability: what the caller itself may do, or less of one it holds. Decided by the engine, as `obtain` of the
 * capability, and as the very action on each resource that is named. Fails with `capability_denied`, `approval_required`,
 * `invalid_request`, `signing_off`, `overloaded`.
 */
export async function issueCapability(
  service: Service,
  state: OrgState,
  principal: Principal,
  ip: string,
  wish: CapabilityWish,
): Promise<IssuedCapability> {
  if (service.audit.full()) {
    throw new PdpError('overloaded', 'capabilities are given out faster than they can be audited; try again shortly')
  }
  if (wish.actions.length * wish.resources.length > MOST_PAIRS) {
    throw new PdpError(
      'invalid_request',
      `actions times resources may be ${MOST_PAIRS} at the most; ask for several capabilities`,
    )
  }
  const parent = wish.parent === null ? null : await parentOf(service, state, wish.parent)
  const capability = parent === null ? traded(service, state, principal, wish) : narrowed(service, parent, wish)
  const decisions = await decided(service, state, principal, capability, {
    ip,
    context: wish.context,
    isChild: parent !== null,
  })
  const ready = await service.tokens.keys.signer(state, 'EdDSA')
  const header = encoded({ alg: ready.alg, typ: CAPABILITY_TYPE, kid: ready.kid })
  const text = signJws(ready.alg, header, claimsOfCapability(capability), ready.key)
  audited(service, state, principal, capability, decisions, ip)
  return { text, capability, decisions }
}

async function parentOf(service: Service, state: OrgState, shown: Shown): Promise<Chain> {
  const { capabilities } = service.tokens
  const evidence = await capabilities.evidence(state, shown)
  const found = capabilities.read(state, shown.text)
  if (evidence.kind === 'refused' || found.kind !== 'live') {
    const why = evidence.kind === 'refused' ? evidence.why : 'it ended meanwhile'
    throw new PdpError('capability_denied', `the capability to narrow is not to be taken: ${why}`, { parent: why })
  }
  return found.chain
}

/** For a caller's own token or key: as long as that lives, and dead with it. */
function traded(service: Service, state: OrgState, principal: Principal, wish: CapabilityWish): Capability {
  if (principal.kind === 'key') {
    throw new PdpError('permission_denied', 'capabilities are for agents, services and users, not for keys of the org')
  }
  const token = principal.kind === 'token' ? principal.token : null
  if (token?.jit != null) {
    throw new PdpError('permission_denied', 'a token for what was approved is good for that alone; trade another one')
  }
  const { subject, actors } = chainOf(principal)
  const now = startOf(service)
  const { settings } = state.registry
  const client = clientOf(state, principal)
  const longest = Math.min(token?.expiresAt ?? Number.POSITIVE_INFINITY, now + settings.maxLifetime * 1000)
  const until = Math.min(now + (wish.ttl ?? DEFAULT_SECONDS) * 1000, longest)
  const jkt = wish.jkt ?? token?.jkt ?? null
  const caveats: Caveats = {
    actions: wish.actions,
    resources: wish.resources,
    from: wish.from ?? now,
    until: Math.floor(until / 1000) * 1000,
    uses: wish.uses,
    spend: wish.spend,
    audience: audienceOf(service, state, client, wish.audience),
    depth: wish.depth ?? Math.min(DEFAULT_DEPTH, settings.maxDepth),
    jkt,
  }
  return {
    ...caveats,
    jti: timedId('cap', now),
    issuer: service.tokens.issuers.of(state.org.slug),
    org: state.org.slug,
    subject: { type: subject.type, id: subject.id },
    actors,
    clientId: token?.clientId ?? client?.id ?? '',
    lineage: token === null ? [] : [...token.lineage, token.jti],
    within: [],
    consents: token?.consents ?? [],
    task: token?.task ?? null,
    issuedAt: now,
  }
}

/** Less of a capability, signed by the org: what it came from still counts, and it dies with that. */
function narrowed(service: Service, parent: Chain, wish: CapabilityWish): Capability {
  const { root, leaf, links, derived } = parent
  const now = startOf(service)
  const caveats: Caveats = {
    actions: wish.actions,
    resources: wish.resources,
    from: wish.from ?? Math.max(now, leaf.from),
    until: wish.ttl === null ? leaf.until : Math.min(now + wish.ttl * 1000, leaf.until),
    uses: wish.uses ?? leaf.uses,
    spend: wish.spend ?? leaf.spend,
    audience: wish.audience ?? leaf.audience,
    depth: wish.depth ?? Math.max(0, leaf.depth - 1),
    jkt: wish.jkt ?? leaf.jkt,
  }
  const wider = widened(caveats, leaf)
  if (wider !== null) {
    throw new PdpError('capability_denied', `a capability never gets wider: ${wider}`, { parent: parent.id })
  }
  return {
    ...caveats,
    jti: timedId('cap', now),
    issuer: root.issuer,
    org: root.org,
    subject: root.subject,
    actors: root.actors,
    clientId: root.clientId,
    lineage: [...root.lineage, root.jti, ...derived],
    within: links,
    consents: root.consents,
    task: root.task,
    issuedAt: now,
  }
}

const startOf = ({ clock }: Service): number => Math.floor(clock() / 1000) * 1000

function clientOf({ registry }: OrgState, principal: Principal): Agent | Client | null {
  const chain = chainOf(principal)
  const identity = registry.identityOf(chain.actors.at(-1) ?? chain.subject)
  return identity === undefined || identity.kind === 'user' ? null : identity
}

function audienceOf(
  service: Service,
  state: OrgState,
  client: Agent | Client | null,
  named: readonly string[] | null,
): readonly string[] {
  const issuer = service.tokens.issuers.of(state.org.slug)
  if (named === null) return [issuer]
  if (client === null) {
    if (named.every(one => one === issuer)) return [issuer]
    throw new PdpError('capability_denied', 'capabilities of users are for this service alone')
  }
  const found = targetsOf(state, client, issuer, named)
  if (found.kind === 'refused') throw new PdpError('capability_denied', found.why)
  return found.targets.map(({ audience }) => audience)
}

function audited(
  service: Service,
  state: OrgState,
  principal: Principal,
  capability: Capability,
  decisions: readonly string[],
  ip: string,
): void {
  const at = service.clock()
  const { jti, subject, actors, lineage, task } = capability
  const { id: _, ...limits } = allowanceOf(jti, capability)
  service.audit.append(state.org.slug, () => ({
    id: timedId('log', at),
    at,
    kind: 'capability.issued',
    actor: nameOf(principal),
    target: `capability:${jti}`,
    subject: printEntity(subject),
    chain: actors.map(printEntity),
    task,
    ip,
    data: {
      actions: [...limits.actions],
      resources: limits.resources.map(printPattern),
      audience: [...capability.audience],
      expires_at: limits.until,
      depth: capability.depth,
      decisions: [...decisions],
      ...(limits.uses !== null && { uses: limits.uses }),
      ...(limits.spend !== null && { spend: { ...limits.spend } }),
      ...(capability.jkt !== null && { jkt: capability.jkt }),
      ...(lineage.length > 0 && { lineage: [...lineage] }),
    },
  }))
}
