import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isAtWork, type Task, type TaskEvent, taskAfter, taskState } from '../../src/agents/task.ts'
import { taskNamed } from '../support/registered.ts'

const task: Task = taskNamed('task_1', { createdAt: 0, expiresAt: 100 })

const cases: readonly {
  readonly from: Task['state']
  readonly event: TaskEvent
  readonly at: number
  readonly to: string
}[] = [
  { from: 'active', event: { kind: 'end', outcome: 'completed', notes: null }, at: 5, to: 'completed' },
  { from: 'suspended', event: { kind: 'end', outcome: 'failed', notes: 'x' }, at: 5, to: 'failed' },
  { from: 'active', event: { kind: 'suspend', notes: null }, at: 5, to: 'suspended' },
  { from: 'suspended', event: { kind: 'resume', notes: null }, at: 5, to: 'active' },
  { from: 'active', event: { kind: 'end', outcome: 'completed', notes: null }, at: 100, to: 'task_inactive' },
  { from: 'suspended', event: { kind: 'resume', notes: null }, at: 100, to: 'task_inactive' },
  { from: 'completed', event: { kind: 'end', outcome: 'failed', notes: null }, at: 5, to: 'task_inactive' },
  { from: 'completed', event: { kind: 'resume', notes: null }, at: 5, to: 'task_inactive' },
  { from: 'active', event: { kind: 'expire' }, at: 99, to: 'task_not_over' },
  { from: 'active', event: { kind: 'expire' }, at: 100, to: 'expired' },
]

test('a task goes where its events take it', () => {
  for (const { from, event, at, to } of cases) {
    const step = taskAfter({ ...task, state: from }, event, at)
    assert.equal(step.ok ? step.task.state : step.code, to, `${from} ${event.kind} at ${at}`)
  }
})

const events = fc.oneof(
  fc.record({
    kind: fc.constant('end' as const),
    outcome: fc.constantFrom('completed' as const, 'failed' as const, 'cancelled' as const),
    notes: fc.constant(null),
  }),
  fc.record({ kind: fc.constantFrom('suspend' as const, 'resume' as const), notes: fc.constant(null) }),
  fc.constant({ kind: 'expire' } as const),
)

test('what is over stays over, and nothing is at work past its end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(events, fc.nat(30))), steps => {
      let now = 0
      let at = task
      let over = false
      for (const [event, passed] of steps) {
        now += passed
        const step = taskAfter(at, event, now)
        if (step.ok) {
          assert.ok(!over || step.task.state === 'expired' || step.task === at, 'came back')
          at = step.task
        }
        assert.ok(!isAtWork(at, Math.max(now, task.expiresAt)))
        const is = taskState(at, now)
        over ||= is !== 'active' && is !== 'suspended'
        assert.ok(!over || !isAtWork(at, now))
      }
    }),
    { seed: 6, numRuns: 500 },
  )
})
