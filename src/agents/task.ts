import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'

/** What an agent is about: permissions, tokens and budgets that are for it end with it. */
export interface Task {
  readonly kind: 'task'
  /** `task_…` */
  readonly id: string
  /** `caep_…`: what signals about it name. */
  readonly session: string
  /** Slug of the agent. */
  readonly agent: string
  readonly name: string | null
  readonly type: string | null
  readonly parent: string | null
  /** For whom it is done: the agent itself, or the one it acts for, through these. */
  readonly subject: Entity
  readonly actors: readonly Entity[]
  /** Consents it rests on, by id. */
  readonly consents: readonly string[]
  readonly justification: string | null
  /** Caps for this task, as a budget policy has them in `per_task`. */
  readonly budget: JsonObject | null
  readonly state: TaskState
  readonly notes: string | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly version: number
}

export type TaskOutcome = 'completed' | 'failed' | 'cancelled'
export type TaskState = 'active' | 'suspended' | 'expired' | TaskOutcome

export type TaskEvent =
  | { readonly kind: 'end'; readonly outcome: TaskOutcome; readonly notes: string | null }
  | { readonly kind: 'suspend' | 'resume'; readonly notes: string | null }
  | { readonly kind: 'expire' }

export interface TaskProblem {
  readonly ok: false
  readonly code: 'task_inactive' | 'task_not_over'
  readonly message: string
}

export type TaskStep = { readonly ok: true; readonly task: Task } | TaskProblem

/** What a task is at an instant: its end comes without anybody writing it. */
export const taskState = ({ state, expiresAt }: Task, now: number): TaskState =>
  (state === 'active' || state === 'suspended') && now >= expiresAt ? 'expired' : state

export const isAtWork = (task: Task, now: number): boolean => taskState(task, now) === 'active'

const inactive = (task: Task, now: number): TaskProblem => ({
  ok: false,
  code: 'task_inactive',
  message: `the task \`${task.id}\` is ${taskState(task, now)}; create another one`,
})

/** INVARIANT: what is over stays over. */
export function taskAfter(task: Task, event: TaskEvent, now: number): TaskStep {
  const is = taskState(task, now)
  const to = (state: TaskState, more: Partial<Task>): TaskStep => ({
    ok: true,
    task: { ...task, state, ...more, version: task.version + 1 },
  })
  if (event.kind === 'expire') {
    if (is !== 'expired') return { ok: false, code: 'task_not_over', message: `the task \`${task.id}\` is ${is}` }
    return task.state === 'expired' ? { ok: true, task } : to('expired', { endedAt: task.expiresAt })
  }
  if (is !== 'active' && is !== 'suspended') return inactive(task, now)
  switch (event.kind) {
    case 'end':
      return to(event.outcome, { endedAt: now, notes: event.notes })
    case 'suspend':
      return is === 'suspended' ? inactive(task, now) : to('suspended', { notes: event.notes })
    case 'resume':
      return is === 'active' ? { ok: true, task } : to('active', { notes: event.notes })
  }
}
