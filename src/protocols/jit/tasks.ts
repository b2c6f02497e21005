import type { z } from 'zod'
import { evaluateTask } from '../../pdp/jit/evaluate.ts'
import { ask, type JitTimes } from '../../pdp/jit/requests.ts'
import { createTask, endTask, ownTask } from '../../pdp/jit/tasks.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { iso } from '../registry/shapes.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { detailsOfScopes, ended, newTask, shown, taskShown } from './shapes.ts'
import { jitBase, taskBody } from './shown.ts'

export const base = '/orgs/{org}/api/v1'
export const useSelf = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const
export const readSelf = { scope: 'org', act: { action: 'read', type: 'org_self' } } as const
export const tag = 'just-in-time approval'

const DEFAULT_TTL = 3_600
const DEFAULT_DURATION = 300

export function taskRoutes(service: Service, times: JitTimes): readonly Route[] {
  return [
    route({
      operation: 'createTask',
      method: 'POST',
      path: `${base}/jit/task`,
      tag,
      summary: 'Begin a task: permissions, tokens and approvals for it end with it',
      needs: useSelf,
      optionalBody: true,
      body: newTask,
      answers: { 201: { description: 'the task', schema: taskShown } },
      handle: call => created(service, times, call),
    }),
    route({
      operation: 'getTask',
      method: 'GET',
      path: `${base}/jit/task/{id}`,
      tag,
      summary: 'A task of the agent that calls',
      needs: readSelf,
      answers: { 200: { description: 'the task', schema: taskShown } },
      handle: ({ state, principal, params }) => ({
        status: 200,
        body: taskBody(state, ownTask(state, principal, params.id ?? ''), service.clock()),
      }),
    }),
    route({
      operation: 'completeTask',
      method: 'POST',
      path: `${base}/jit/task/{id}/complete`,
      tag,
      summary: 'End a task, and with it its tokens and what was granted for it',
      needs: useSelf,
      optionalBody: true,
      body: ended,
      answers: { 200: { description: 'it has ended', schema: taskShown } },
      async handle({ state, principal, params, body }) {
        const { id } = ownTask(state, principal, params.id ?? '')
        const task = await endTask(
          service,
          state,
          id,
          body.result ?? 'completed',
          body.notes ?? null,
          nameOf(principal),
        )
        const at = iso(task.endedAt ?? service.clock())
        return { status: 200, body: { task_id: task.id, status: task.state, completed_at: at } }
      },
    }),
    route({
      operation: 'evaluateTask',
      method: 'POST',
      path: `${base}/jit/task/{id}/evaluate`,
      tag,
      summary: 'Judge anew how risky a task has become; with `result`, end it as well',
      needs: useSelf,
      optionalBody: true,
      body: ended,
      answers: { 200: { description: 'what was found', schema: shown } },
      async handle({ state, principal, params, body }) {
        const { id } = ownTask(state, principal, params.id ?? '')
        const by = nameOf(principal)
        const found = await evaluateTask(service, state, id, by)
        if (body.result !== undefined) await endTask(service, state, id, body.result, body.notes ?? null, by)
        const active = found.active && body.result === undefined
        const events = found.events.map(({ at, ...event }) => ({ ...event, timestamp: iso(at) }))
        const more = body.result === undefined ? {} : { status: body.result }
        return { status: 200, body: { task_id: id, active, events, action: found.action, ...more } }
      },
    }),
  ]
}

async function created(
  service: Service,
  times: JitTimes,
  { state, principal, body, prefix, ip }: Call<z.infer<typeof newTask>, undefined>,
): Promise<Reply> {
  const { task_description: description, required_scopes: scopes } = body
  const older = description !== undefined || scopes !== undefined
  const ttl = body.ttl ?? (older ? (body.duration ?? DEFAULT_DURATION) : DEFAULT_TTL)
  const task = await createTask(service, state, principal, {
    name: body.name ?? description ?? null,
    type: body.type ?? null,
    parent: body.parent_task_id ?? null,
    onBehalfOf: body.on_behalf_of ?? null,
    justification: body.justification ?? description ?? null,
    budget: body.budget ?? null,
    ttl: ttl * 1000,
  })
  const now = service.clock()
  if (!older || scopes === undefined) return { status: 201, body: taskBody(state, task, now) }
  const approval = await ask(
    service,
    state,
    {
      task,
      details: detailsOfScopes([...new Set(scopes)]),
      justification: description ?? null,
      ttl: ttl * 1000,
      uses: 1,
      emergency: false,
      addressee: null,
      via: 'jit',
      meta: body.resources === undefined ? {} : { resources: body.resources },
      ip,
    },
    times,
  )
  const place = { prefix, org: state.org.slug }
  return {
    status: 201,
    body: {
      ...taskBody(state, task, now),
      status: approval.state,
      request_id: approval.id,
      approval_url: `${jitBase(place)}/request/${approval.id}/status`,
      expires_in: ttl,
    },
  }
}
