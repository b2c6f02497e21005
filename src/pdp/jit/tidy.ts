import type { Registered } from '../../facts/registry.ts'
import type { Change } from '../../facts/store.ts'
import { wholeApprovalState, wholeTaskState } from '../../facts/tasks.ts'
import type { OrgState } from '../org.ts'

/** How long what is over stays known: longer than any token that names it. */
const KEPT = 48 * 3_600_000
/** Removed with one write at the most. */
const AT_ONCE = 40

/** What is over for so long that nothing speaks of it any more. Whoever adds something takes these out with it. */
export function forgotten({ registry }: OrgState, now: number, by: string): readonly Change[] {
  const gone: Change[] = []
  const forget = ({ kind, id }: Registered): void => void gone.push({ kind: 'unregistered', of: kind, id, by })
  for (const approval of registry.approvals.values()) {
    if (gone.length >= AT_ONCE) return gone
    const state = wholeApprovalState(registry, approval, now)
    if (state === 'pending' || state === 'approved') continue
    if ((approval.endedAt ?? approval.expiresAt) + KEPT > now || unreviewed(approval)) continue
    for (const grant of registry.grantsOf(approval.id)) forget(grant)
    forget(approval)
  }
  for (const task of registry.tasks.values()) {
    if (gone.length >= AT_ONCE) return gone
    const over = wholeTaskState(registry, task, now) !== 'active' && task.state !== 'suspended'
    if (over && task.expiresAt + KEPT <= now && registry.approvalsOf(task.id).length === 0) forget(task)
  }
  return gone
}

const unreviewed = ({ emergency }: { readonly emergency: { readonly reviewed: unknown } | null }): boolean =>
  emergency !== null && emergency.reviewed === null
