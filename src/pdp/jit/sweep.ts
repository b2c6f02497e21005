import { approvalState, isEscalated } from '../../agents/approval-steps.ts'
import { taskState } from '../../agents/task.ts'
import { wholeApprovalState } from '../../facts/tasks.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { step } from './answers.ts'
import { moveTask } from './tasks.ts'

const BY = 'service:lumoauth'
const EVERY_MS = 1_000

/**
 * Writes down what time has done to requests and tasks, so that those who follow them hear of it. Nothing rests on it: what is
 * over is over for everybody by its own instants. Every node tries; who comes second finds it done.
 */
export function keepSweeping(pdp: Service, failed: (error: unknown) => void): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    sweepAll(pdp, failed).finally(() => {
      busy = false
    })
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

async function sweepAll(pdp: Service, failed: (error: unknown) => void): Promise<void> {
  for (const state of pdp.orgs.loaded()) {
    await sweep(pdp, state).catch(failed)
  }
}

export async function sweep(pdp: Service, state: OrgState): Promise<void> {
  const { registry } = state
  const now = pdp.clock()
  const due = [...registry.approvals.values()].filter(({ state: is }) => is === 'pending' || is === 'approved')
  for (const one of due) {
    const whole = wholeApprovalState(registry, one, now)
    const kind =
      whole === 'cancelled'
        ? 'revoke'
        : approvalState(one, now) === 'expired'
          ? 'expire'
          : one.state === 'pending' && !one.escalated && isEscalated(one, now)
            ? 'escalate'
            : null
    if (kind === null) continue
    await unlessDone(() => step(pdp, state, one.id, BY, () => ({ kind })))
  }
  for (const task of registry.tasks.values()) {
    if (task.state !== 'active' && task.state !== 'suspended') continue
    if (taskState(task, now) !== 'expired') continue
    await unlessDone(() => moveTask(pdp, state, task.id, { kind: 'expire' }, BY))
  }
}

/** Somebody else was faster, or it is another thing by now. */
async function unlessDone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PdpError)) throw error
    if (
      !['stale_version', 'approval_over', 'task_inactive', 'approval_not_found', 'task_not_found'].includes(error.code)
    ) {
      throw error
    }
  }
}
