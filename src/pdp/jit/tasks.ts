import type { Agent } from '../../agents/agent.ts'
import { DELEGATE } from '../../agents/delegation.ts'
import type { Consent } from '../../agents/identity.ts'
import { type Task, type TaskEvent, type TaskOutcome, taskAfter } from '../../agents/task.ts'
import { DEEPEST_TASK, isTaskLive, taskUntil } from '../../facts/tasks.ts'
import { timedId } from '../../lib/ids.ts'
import { type Entity, printEntity, sameEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import { chainOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import { amend, put } from '../registering.ts'
import type { Service } from '../service.ts'
import { forgotten } from './tidy.ts'

export interface TaskSaid {
  readonly name: string | null
  readonly type: string | null
  readonly parent: string | null
  /** Id or email of a user. */
  readonly onBehalfOf: string | null
  readonly justification: string | null
  readonly budget: JsonObject | null
  /** Milliseconds. */
  readonly ttl: number
  /** The user is asked about each thing that is done: that they agreed beforehand is not needed. */
  readonly asksUser?: true
}

/** How long a task lasts at the most, in milliseconds. */
export const LONGEST_TASK = 24 * 3_600_000
/** Tasks one agent has at a time. */
const MOST_TASKS = 200

/** The agent that calls: it holds the chain's end. Fails with `permission_denied`. */
export function callingAgent(state: OrgState, principal: Principal): Agent {
  const { subject, actors } = chainOf(principal)
  const agent = state.registry.identityOf(actors.at(-1) ?? subject)
  if (agent?.kind !== 'agent') throw new PdpError('permission_denied', 'only agents have tasks')
  return agent
}

interface Chain {
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly consents: readonly string[]
}

/** Begins a task. Fails with `delegation_not_allowed`, `invalid_request`, `task_inactive`, `rate_limit_exceeded`. */
export async function createTask(pdp: Service, state: OrgState, principal: Principal, said: TaskSaid): Promise<Task> {
  const consents = principal.kind === 'token' ? principal.token.consents : []
  return beginTask(pdp, state, callingAgent(state, principal), { ...chainOf(principal), consents }, said)
}

/** The same for an agent that proved itself otherwise. */
export async function beginTask(
  pdp: Service,
  state: OrgState,
  agent: Agent,
  caller: Chain,
  said: TaskSaid,
): Promise<Task> {
  const now = pdp.clock()
  const chain = chainFor(state, caller, agent, said, now)
  const parent = said.parent === null ? null : parentOf(state, said.parent, agent, chain, now)
  const open = [...state.registry.tasks.values()].filter(t => t.agent === agent.slug && t.state === 'active')
  if (open.filter(t => now < t.expiresAt).length >= MOST_TASKS) {
    throw new PdpError('rate_limit_exceeded', `an agent has ${MOST_TASKS} tasks at the most; complete some first`)
  }
  const until = Math.min(now + said.ttl, parent === null ? Number.POSITIVE_INFINITY : parent.until)
  const task: Task = {
    kind: 'task',
    id: timedId('task', now),
    session: timedId('caep', now),
    agent: agent.slug,
    name: said.name,
    type: said.type,
    parent: parent === null ? null : parent.id,
    ...chain,
    justification: said.justification,
    budget: said.budget,
    state: 'active',
    notes: null,
    createdAt: now,
    expiresAt: until,
    endedAt: null,
    version: 1,
  }
  const by = `agent:${agent.slug}`
  await pdp.write(state, [put(task, by, null), ...forgotten(state, now, by)], 'ignore')
  return task
}

/** For whom the task is done: the caller's own chain, or a user the agent may act for by itself. */
function chainFor(
  state: OrgState,
  { subject, actors, consents }: Chain,
  agent: Agent,
  { onBehalfOf: user, asksUser }: TaskSaid,
  now: number,
): Chain {
  if (user === null) return { subject, actors, consents }
  const found = userBy(state, user)
  if (found === null) throw new PdpError('invalid_request', `\`on_behalf_of\`: there is no active user \`${user}\``)
  if (actors.length > 0) {
    if (subject.type === 'user' && subject.id === found) return { subject, actors, consents }
    throw new PdpError('invalid_request', `the token acts for ${printEntity(subject)}, not for \`${user}\``)
  }
  const { actsForUsers, users, requireConsent } = agent.delegation
  const may = actsForUsers && agent.capabilities.some(c => DELEGATE.includes(c)) && (users?.includes(found) ?? true)
  const consent = liveConsent(state.registry.consentsOf(found), agent.slug, now)
  if (!may || (consent === undefined && requireConsent && asksUser !== true)) {
    throw new PdpError(
      'delegation_not_allowed',
      `agent:${agent.slug} may not act for \`${user}\`: that takes their consent`,
    )
  }
  return {
    subject: { type: 'user', id: found },
    actors: [{ type: 'agent', id: agent.slug }],
    consents: consent === undefined ? [] : [consent.id],
  }
}

const liveConsent = (all: readonly Consent[], agent: string, now: number): Consent | undefined =>
  all.find(c => c.agent === agent && c.revokedAt === null && (c.expiresAt === null || now < c.expiresAt))

/** The id of an active user, by id or email. */
export function userBy({ registry }: OrgState, name: string): string | null {
  const known = registry.users.get(name) ?? [...registry.users.values()].find(u => u.email === name && u.emailVerified)
  return known?.status === 'active' ? known.id : null
}

function parentOf(state: OrgState, id: string, agent: Agent, chain: Chain, now: number) {
  const parent = state.registry.tasks.get(id)
  const whole = [chain.subject, ...chain.actors]
  const mine =
    parent !== undefined &&
    [{ type: 'agent', id: agent.slug }, ...whole].some(one => sameEntity(one, { type: 'agent', id: parent.agent }))
  if (parent === undefined || !mine) throw new PdpError('task_not_found', `there is no task \`${id}\` of this chain`)
  let depth = 1
  for (let up = parent.parent; up !== null; up = state.registry.tasks.get(up)?.parent ?? null) depth += 1
  if (depth >= DEEPEST_TASK) {
    throw new PdpError('invalid_request', `a task has ${DEEPEST_TASK - 1} tasks above it at the most`)
  }
  const until = taskUntil(state.registry, id)
  if (until === null || now >= until)
    throw new PdpError('task_inactive', `the task \`${id}\` is over; create another one`)
  return { id, until }
}

/** A task of the caller's own. Fails with `task_not_found`, `permission_denied`. */
export function ownTask(state: OrgState, principal: Principal, id: string): Task {
  const agent = callingAgent(state, principal)
  const task = state.registry.tasks.get(id)
  if (task === undefined) throw new PdpError('task_not_found', `there is no task \`${id}\``)
  if (task.agent !== agent.slug) throw new PdpError('permission_denied', `\`${id}\` is the task of another agent`)
  return task
}

/** The same while it is worked at. Fails with `task_inactive`. */
export function liveTask(pdp: Service, state: OrgState, principal: Principal, id: string): Task {
  const task = ownTask(state, principal, id)
  if (isTaskLive(state.registry, id, pdp.clock())) return task
  throw new PdpError('task_inactive', `the task \`${id}\` is over or suspended; create another one`)
}

/** Ends a task: with it go its tokens, what was granted for it, and the tasks that are part of it. */
export const endTask = (
  pdp: Service,
  state: OrgState,
  id: string,
  outcome: TaskOutcome,
  notes: string | null,
  by: string,
) => moveTask(pdp, state, id, { kind: 'end', outcome, notes }, by)

export function moveTask(pdp: Service, state: OrgState, id: string, event: TaskEvent, by: string): Promise<Task> {
  const read = (): Task => {
    const task = state.registry.tasks.get(id)
    if (task === undefined) throw new PdpError('task_not_found', `there is no task \`${id}\``)
    return task
  }
  return amend(pdp, state, read, { by, ifMatch: null }, found => {
    const step = taskAfter(found, event, pdp.clock())
    if (!step.ok) throw new PdpError('task_inactive', step.message)
    return step.task === found ? null : { entry: step.task }
  })
}
