import type { Capability } from '../../agents/capability.ts'
import { CAPABILITY } from '../../policy/capability.ts'
import type { Decision } from '../../policy/decision.ts'
import { type Pattern, printPattern } from '../../policy/evidence.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Request } from '../../policy/request.ts'
import { covered } from '../ask/standing.ts'
import { budgetExceeded } from '../budgets/exceeded.ts'
import { PdpError } from '../errors.ts'
import type { Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { summaryOf } from '../summary.ts'

/** How a capability is asked for. A child is asked about as its parent was, by whoever holds it. */
interface Asking {
  readonly ip: string
  readonly context: JsonObject
  readonly isChild: boolean
}

/** Asks for each action on each resource whether it may be obtained, and for what is named whether it may be done. */
export async function decided(
  service: Service,
  state: OrgState,
  principal: Principal,
  capability: Capability,
  { ip, context: told, isChild }: Asking,
): Promise<readonly string[]> {
  const { subject, actors, audience, task } = capability
  const now = service.clock()
  const shared = { org: state.org.slug, subject, actors, at: now, task }
  const context = { ip, ...told }
  const ids: string[] = []
  const ask = async (request: Request): Promise<Decision> => {
    const decision = await service.decide(state, request)
    ids.push(decision.id)
    return decision
  }
  const issuer = service.tokens.issuers.of(state.org.slug)
  for (const id of audience) {
    if (isChild || id === issuer) continue
    const decision = await ask({ ...shared, action: 'obtain', resource: { type: 'audience', id }, context })
    if (decision.effect !== 'allow') throw denial(decision, `a capability for \`${id}\``, now)
  }
  for (const action of capability.actions) {
    for (const pattern of capability.resources) {
      const name = `${action} ${printPattern(pattern)}`
      const resource = { type: pattern.type, id: pattern.many ? null : pattern.id }
      const own = { ...shared, action, resource, context }
      if (!isChild && principal.kind === 'token' && !covered(service, state, principal.token.scopes, own)) {
        throw new PdpError('capability_denied', `the token's scopes do not cover \`${name}\``, { capability: name })
      }
      const properties = propertiesOf(capability, action, pattern, now)
      const obtained = await ask({
        ...shared,
        action: 'obtain',
        resource: { type: CAPABILITY, id: name, properties },
        context,
      })
      if (obtained.effect !== 'allow') throw denial(obtained, `the capability \`${name}\``, now)
      const does = await ask(own)
      if (pattern.many ? isForbidden(does) : does.effect !== 'allow') throw denial(does, `\`${name}\``, now)
    }
  }
  return ids
}

/** Of a pattern each resource is asked about when it is used; here only what no resource could lift stands in its way. */
const isForbidden = ({ effect, reasons }: Decision): boolean =>
  effect === 'deny' && reasons.some(reason => reason.effect === 'forbid' && reason.truth === 'yes')

const propertiesOf = (capability: Capability, action: string, pattern: Pattern, now: number): JsonObject => ({
  of_action: action,
  of_type: pattern.type,
  pattern: pattern.many,
  bound: capability.jkt !== null,
  depth: capability.depth,
  seconds: Math.max(0, Math.round((capability.until - now) / 1000)),
  audience: [...capability.audience],
  ...(capability.uses !== null && { uses: capability.uses }),
})

function denial(decision: Decision, what: string, now: number): PdpError {
  if (decision.over !== undefined) return budgetExceeded(decision.over, now, { decision_id: decision.id })
  const code = decision.effect === 'escalate' ? 'approval_required' : 'capability_denied'
  const { reasons, missing, obligations } = decision
  const details = JSON.parse(JSON.stringify({ decision_id: decision.id, reasons, missing, obligations })) as JsonObject
  return new PdpError(code, `${what} is not to be had: ${summaryOf(decision)}`, details)
}
