import { operationsOf } from '../../agents/detail.ts'
import type { Grant } from '../../agents/grant.ts'
import { covers } from '../../agents/grant.ts'
import { isWithin } from '../../agents/narrower.ts'
import type { AccessToken } from '../../agents/token.ts'
import { counterOf } from '../../engine/grants.ts'
import { registeredAttribute } from '../../facts/registered.ts'
import { timedId } from '../../lib/ids.ts'
import type { Charge } from '../../policy/charge.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import { type JsonObject, sameJson } from '../../policy/json.ts'
import type { Request } from '../../policy/request.ts'
import type { Acted, Acting } from '../act.ts'
import { PdpError } from '../errors.ts'
import type { Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { consumed } from './consumed.ts'

/** The task that the caller's token is for: what was granted for it counts. */
export const taskOf = (principal: Principal): string | null =>
  principal.kind === 'token' ? principal.token.task : null

/** Whether the caller's token is for what was approved, and nothing else. */
export const isJit = (principal: Principal): boolean => principal.kind === 'token' && principal.token.jit != null

/**
 * Acts for a caller. With a token for what was approved, only that is done, and each time takes a use of it, also where rules
 * would permit it anyway. Fails with `capability_denied`, `approval_over`.
 */
export async function act(
  pdp: Service,
  state: OrgState,
  principal: Principal,
  request: Request,
  acting: Acting,
): Promise<Acted> {
  const asked = { ...request, task: taskOf(principal) }
  if (principal.kind !== 'token' || principal.token.jit == null) return pdp.act(state, asked, acting)
  mustBeApproved(state, principal.token, request)
  const acted = await pdp.act(state, asked, acting)
  const grants = state.registry.grantsOf(principal.token.jit)
  const took = new Set(acted.spent?.charges.map(charge => charge.counter))
  if (acted.decision.effect !== 'allow' || grants.some(grant => took.has(counterOf(grant.id)))) return acted
  await takeUse(pdp, state, grants, request, acting)
  return acted
}

/** That it is one of the operations of the token, on a resource that is as it was approved. */
function mustBeApproved(state: OrgState, { details }: AccessToken, { action, resource }: Request): void {
  const { type, id, properties = {} } = resource
  const on = { type, id: id ?? '', many: id === null }
  const isGood = (details ?? [])
    .flatMap(operationsOf)
    .some(
      one => isWithin({ action, resource: on, given: one.given }, one) && isAsGiven(state, on, one.given, properties),
    )
  if (isGood) return
  const what = id === null ? type : printEntity({ type, id })
  throw new PdpError('capability_denied', `the token was approved for something else than \`${action}\` on ${what}`)
}

/** What is stored counts, and what the call says only where nothing is. */
function isAsGiven({ registry, attributes }: OrgState, on: Entity, given: JsonObject, said: JsonObject): boolean {
  return Object.entries(given).every(([name, value]) => {
    const known = registeredAttribute(registry, on, name) ?? attributes.get(on, name)
    const is = known ?? (Object.hasOwn(said, name) ? said[name] : undefined)
    return is !== undefined && sameJson(is, value)
  })
}

async function takeUse(
  pdp: Service,
  state: OrgState,
  grants: readonly Grant[],
  { action, resource }: Request,
  acting: Acting,
): Promise<void> {
  const on = { type: resource.type, id: resource.id ?? '' }
  const grant = grants.find(one => one.action === action && covers(one, on))
  if (grant === undefined || pdp.ledger === null) throw new PdpError('approval_over', 'what was approved is over')
  const at = pdp.clock()
  const charge: Charge = {
    counter: counterOf(grant.id),
    window: { kind: 'ever' },
    amount: 1,
    cap: grant.uses,
    says: `at most ${grant.uses} times`,
    of: grant.id,
  }
  const id = acting.id === null ? timedId('use', at) : `use ${acting.id}`
  const spent = await pdp.ledger.spend(state.org.slug, {
    id,
    print: `${grant.id} ${action} ${printEntity(on)}`,
    charges: [charge],
    at,
    until: null,
    data: {},
  })
  if (spent.kind !== 'spent') throw new PdpError('approval_over', 'what was approved was done already')
  await consumed(pdp, state, [charge])
}
