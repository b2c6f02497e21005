import type { Approval } from '../../agents/approval.ts'
import { approvalAfter } from '../../agents/approval-steps.ts'
import { isGrant } from '../../engine/grants.ts'
import type { Ledger } from '../../facts/ledger.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Later } from '../../lib/later.ts'
import type { Charge } from '../../policy/charge.ts'
import type { Acted } from '../act.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { type Amending, amend } from '../registering.ts'

interface Parts extends Amending {
  readonly ledger: Ledger | null
  readonly clock: Clock
}

const BY = 'service:lumoauth'
const EVER = { kind: 'ever' } as const

/**
 * Ends the requests of which every use is taken, so that their tokens are known as dead everywhere. That no use is taken twice
 * does not rest on this: where it fails, the ledger still says so.
 */
export async function consumed(pdp: Parts, state: OrgState, charges: readonly Charge[]): Promise<void> {
  const { registry } = state
  const touched = new Set(charges.filter(isGrant).flatMap(({ of }) => registry.grants.get(of)?.approval ?? []))
  for (const id of touched) {
    try {
      if (await isUsedUp(pdp, state, id)) await end(pdp, state, id)
    } catch (error) {
      if (!(error instanceof PdpError)) throw error
    }
  }
}

async function isUsedUp({ ledger, clock }: Parts, { org, registry }: OrgState, approval: string): Promise<boolean> {
  const grants = registry.grantsOf(approval)
  if (ledger === null || grants.length === 0) return false
  const charges = grants.map(({ id, uses }) => ({
    counter: `grant ${id}`,
    window: EVER,
    amount: 0,
    cap: uses,
    says: '',
    of: id,
  }))
  const found = await ledger.fetch(org.slug, charges, clock())
  return grants.every((grant, i) => (found[i]?.used ?? 0) >= grant.uses)
}

async function end(pdp: Parts, state: OrgState, id: string): Promise<void> {
  const read = (): Approval => {
    const found = state.registry.approvals.get(id)
    if (found === undefined) throw new PdpError('approval_not_found', `there is no request \`${id}\``)
    return found
  }
  await amend(pdp, state, read, { by: BY, ifMatch: null }, found => {
    const step = approvalAfter(found, { kind: 'consume' }, pdp.clock())
    return step.ok ? { entry: step.approval } : null
  })
}

/** The same after acting, at once where no grant was used. */
export function afterActing(pdp: Parts, state: OrgState, acted: Acted): Later<Acted> {
  const charges = acted.spent?.charges
  if (charges === undefined || !charges.some(isGrant)) return acted
  return consumed(pdp, state, charges).then(() => acted)
}
