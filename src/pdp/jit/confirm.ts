import type { Task } from '../../agents/task.ts'
import { isTaskLive } from '../../facts/tasks.ts'
import { PdpError } from '../errors.ts'
import { chainOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { callingAgent, createTask, userBy } from './tasks.ts'

const HOUR = 3_600_000

/**
 * The task that a user is asked about: one of ours, or, where an agent's own name for it is given, one that is begun for it.
 * Fails with `delegation_not_allowed`, `task_inactive`, `invalid_request`.
 */
export async function confirmationTask(
  pdp: Service,
  state: OrgState,
  principal: Principal,
  name: string,
  onBehalfOf: string,
): Promise<{ readonly task: Task; readonly user: string }> {
  const user = userBy(state, onBehalfOf)
  if (user === null)
    throw new PdpError('invalid_request', `\`on_behalf_of\`: there is no active user \`${onBehalfOf}\``)
  const agent = callingAgent(state, principal)
  const known = state.registry.tasks.get(name) ?? begunFor(state, agent.slug, name, user)
  const isTheirs = (task: Task): boolean => task.subject.type === 'user' && task.subject.id === user
  if (known !== undefined && known.agent === agent.slug && isTheirs(known)) {
    if (isTaskLive(state.registry, known.id, pdp.clock())) return { task: known, user }
    if (known.id === name) throw new PdpError('task_inactive', `the task \`${name}\` is over or suspended`)
  }
  const { actors } = chainOf(principal)
  const task = await createTask(pdp, state, principal, {
    name,
    type: 'confirmation',
    parent: known !== undefined && known.id === name && known.agent === agent.slug && actors.length === 0 ? name : null,
    onBehalfOf: user,
    justification: null,
    budget: null,
    ttl: HOUR,
  })
  return { task, user }
}

/** A task that was begun to ask about this very name before. */
const begunFor = ({ registry }: OrgState, agent: string, name: string, user: string): Task | undefined =>
  [...registry.tasks.values()].find(
    task =>
      task.agent === agent &&
      task.type === 'confirmation' &&
      task.name === name &&
      task.subject.id === user &&
      task.state === 'active',
  )
