import { type AccessToken, holderOf } from '../agents/token.ts'
import type { PolicySet } from '../engine/compile.ts'
import { settle } from '../engine/settle.ts'
import { createAttributes } from '../facts/attributes.ts'
import { INTRINSIC } from '../facts/registered.ts'
import { createRegistry } from '../facts/registry.ts'
import { Generations } from '../lib/generations.ts'
import { capabilityNames } from '../policy/capability.ts'
import type { Verdict } from '../policy/decision.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Request } from '../policy/request.ts'
import { mayCallFrom } from './addresses.ts'
import { check, specializeNow } from './check.ts'
import { chainOf, type Principal, taskOf } from './keys.ts'
import { type OrgState, setOf } from './org.ts'
import { memoFor, type Shipped } from './shipped.ts'

/** What a caller wants of the service: an action on one of the shipped resource types of an org. */
export interface Wish {
  readonly action: string
  readonly type: string
  readonly context: JsonObject
  readonly at: number
}

export interface Authorizer {
  /** May this caller do this in this org? By the shipped rules and the org's own. */
  inOrg(state: OrgState, principal: Principal, wish: Wish): Verdict
  /**
   * By the shipped rules alone: for keys of the instance, so that no org's rule can lock its operators out, and for
   * orgs that are not known, so that a caller learns nothing of them.
   */
  byShipped(principal: Principal, org: string, wish: Wish): Verdict
}

export function wishRequest(principal: Principal, org: string, wish: Wish): Request {
  return {
    org,
    ...chainOf(principal),
    ...taskOf(principal),
    action: wish.action,
    resource: { type: wish.type, id: org },
    context: wish.context,
    at: wish.at,
  }
}

/** A token is good for what its scopes cover, whatever its subject may do besides. */
const covers = ({ scopes }: AccessToken, org: string, { action, type }: Wish): boolean =>
  capabilityNames(action, { type, id: org }).some(name => scopes.includes(name) || INTRINSIC.includes(name))

const NOT_LET_IN: Verdict = { effect: 'deny', reasons: [], obligations: [], missing: [], validUntil: null }
/** That a token is not good for it by its scopes. */
export const OUT_OF_SCOPE: Verdict = { ...NOT_LET_IN }

/** Orgs whose shipped rules are kept compiled beside those in memory, twice this at the most. */
const KEPT = 100
const NO_ATTRIBUTES = createAttributes()
const NOBODY = createRegistry()

export function createAuthorizer(shipped: Shipped): Authorizer {
  const sets = new Generations<string, PolicySet>(KEPT)
  const setFor = (slug: string): PolicySet => {
    const kept = sets.get(slug)
    if (kept !== undefined) return kept
    const made = setOf({ slug, name: slug, zone: 'UTC' }, shipped.rules, 0, memoFor(shipped, 'UTC'))
    sets.set(slug, made)
    return made
  }

  const byShipped: Authorizer['byShipped'] = (principal, org, wish) => {
    // No identity is known beyond its own org.
    if (principal.kind !== 'key') return NOT_LET_IN
    const world = {
      graph: null,
      attributes: NO_ATTRIBUTES,
      registry: NOBODY,
      key: (id: string) => (id === principal.id ? principal.key : undefined),
    }
    const request = wishRequest(principal, org, wish)
    const residual = specializeNow(setFor(org), { ...request, principal: null }, world, () => undefined)
    return settle(residual, { context: wish.context, at: wish.at })
  }

  return {
    inOrg(state, principal, wish) {
      if (principal.org === null) return byShipped(principal, state.org.slug, wish)
      const { ip } = wish.context
      if (principal.kind !== 'key' && !mayCallFrom(state.registry, holderOf(chainOf(principal)), String(ip))) {
        return NOT_LET_IN
      }
      if (principal.kind === 'token' && !covers(principal.token, state.org.slug, wish)) return OUT_OF_SCOPE
      const { verdict, meters } = check(state, wishRequest(principal, state.org.slug, wish))
      // What meters stand at may be otherwise by the next call.
      return meters.length === 0 ? verdict : { ...verdict, validUntil: wish.at }
    },
    byShipped,
  }
}
