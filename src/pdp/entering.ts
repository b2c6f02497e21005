import type { Clock } from '../lib/clock.ts'
import { andThen, type Later } from '../lib/later.ts'
import { capabilityNames } from '../policy/capability.ts'
import type { Answered } from './answered.ts'
import { type Authorizer, OUT_OF_SCOPE } from './authorize.ts'
import { budgetExceeded } from './budgets/exceeded.ts'
import { PdpError } from './errors.ts'
import { nameOf, type Principal } from './keys.ts'
import type { OrgState } from './org.ts'

/** An action on one of the shipped resource types, as a route names it. */
export interface Act {
  readonly action: string
  readonly type: string
}

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

export const refusal = (principal: Principal, act: Act, slug: string): PdpError =>
  new PdpError(
    'permission_denied',
    `${principal.kind === 'key' ? 'this key' : nameOf(principal)} may not ${act.action} \`${act.type}\` of \`${slug}\``,
    {
      ...act,
      org: slug,
    },
  )

/** Lets callers into orgs. What was decided of a caller is not decided anew while nothing has changed. */
export function createEnter(
  authorizer: Authorizer,
  answered: Answered,
  fresh: () => void,
  clock: Clock,
): (state: OrgState, principal: Principal, act: Act, ip: string) => Later<OrgState> {
  const entered = new WeakMap<Principal, Entered>()

  return (state, principal, act, ip) => {
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
        const { effect, validUntil, over } = verdict
        if (over !== undefined) throw budgetExceeded(over, now)
        if (effect !== 'allow') throw refusal(principal, act, state.org.slug)
        const until = validUntil ?? Number.POSITIVE_INFINITY
        entered.set(principal, { act, ip, state: new WeakRef(state), revision, from: now, until })
        return state
      },
    )
  }
}
