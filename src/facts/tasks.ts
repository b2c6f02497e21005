import type { Approval, ApprovalState } from '../agents/approval.ts'
import { approvalState } from '../agents/approval-steps.ts'
import { type Task, type TaskState, taskState } from '../agents/task.ts'
import { attributeCell, type CellKey, entryCell } from './cells.ts'
import type { Registry } from './registry.ts'

/** Tasks in a line of parents at the most. */
export const DEEPEST_TASK = 8

/** How long a task may be worked at, as far as nothing is written: null where it may not be. */
export function taskUntil(registry: Registry, id: string, reads: (cell: CellKey) => void = NOBODY): number | null {
  let until = Number.POSITIVE_INFINITY
  let next: string | null = id
  for (let depth = 0; next !== null; depth += 1) {
    reads(entryCell('task', next))
    const task: Task | undefined = registry.tasks.get(next)
    if (task === undefined || task.state !== 'active' || depth === DEEPEST_TASK) return null
    const consented = consentsUntil(registry, task, reads)
    reads(attributeCell({ type: 'agent', id: task.agent }, 'status'))
    if (consented === null || registry.agentBySlug(task.agent)?.status !== 'active') return null
    until = Math.min(until, task.expiresAt, consented)
    next = task.parent
  }
  return until
}

const NOBODY = (): void => undefined

function consentsUntil(registry: Registry, { consents }: Task, reads: (cell: CellKey) => void): number | null {
  let until = Number.POSITIVE_INFINITY
  for (const id of consents) {
    reads(entryCell('consent', id))
    const consent = registry.consents.get(id)
    if (consent === undefined || consent.revokedAt !== null) return null
    until = Math.min(until, consent.expiresAt ?? Number.POSITIVE_INFINITY)
  }
  return until
}

/** A task and those it is part of. */
export function tasksAbove({ tasks }: Registry, task: string): readonly string[] {
  const above: string[] = []
  for (let next: string | null = task; next !== null && above.length < DEEPEST_TASK; ) {
    above.push(next)
    next = tasks.get(next)?.parent ?? null
  }
  return above
}

/** Whether a task, those it is part of, whoever does it and the consents it rests on are all there. */
export function isTaskLive(registry: Registry, id: string, now: number): boolean {
  const until = taskUntil(registry, id)
  return until !== null && now < until
}

/** What a task comes to with all it is part of: it does not outlast its parent, its agent or its consents. */
export function wholeTaskState(registry: Registry, task: Task, now: number): TaskState {
  const state = taskState(task, now)
  return state === 'active' && !isTaskLive(registry, task.id, now) ? 'cancelled' : state
}

/** What a request comes to with its task. */
export function wholeApprovalState(registry: Registry, approval: Approval, now: number): ApprovalState {
  const state = approvalState(approval, now)
  const open = state === 'pending' || state === 'approved'
  return open && !isTaskLive(registry, approval.task, now) ? 'cancelled' : state
}
