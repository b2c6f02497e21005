import type { Agent } from '../../agents/agent.ts'
import type { Approval } from '../../agents/approval.ts'
import type { Detail } from '../../agents/detail.ts'
import { subjectOf } from '../../agents/identity.ts'
import type { Task } from '../../agents/task.ts'
import { isTaskLive } from '../../facts/tasks.ts'
import { randomText, sha256 } from '../../lib/ids.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { approvalByTicket, ask, type JitTimes } from './requests.ts'
import { beginTask } from './tasks.ts'

export interface BackchannelAsked {
  readonly user: string
  readonly details: readonly Detail[]
  readonly message: string | null
  /** Id of a task of the agent's. */
  readonly task: string | null
  /** How long it waits, in milliseconds; null: as long as any. */
  readonly pending: number | null
  readonly audience: readonly string[]
  readonly ip: string
}

const HOUR = 3_600_000
const TYPE = 'backchannel'

/** Asks a user, out of band, for what a client wants to do for them. `ticket` is what the client polls with. */
export async function askUser(
  pdp: Service,
  state: OrgState,
  agent: Agent,
  asked: BackchannelAsked,
  times: JitTimes,
): Promise<{ readonly approval: Approval; readonly ticket: string }> {
  const task = await taskFor(pdp, state, agent, asked)
  const ticket = randomText(32)
  const approval = await ask(
    pdp,
    state,
    {
      task,
      details: asked.details,
      justification: asked.message,
      ttl: 600_000,
      uses: 1,
      emergency: false,
      addressee: asked.user,
      via: 'ciba',
      meta: { audience: [...asked.audience] },
      ip: asked.ip,
      pending: asked.pending,
      ticket: sha256(ticket),
    },
    times,
  )
  return { approval, ticket }
}

async function taskFor(pdp: Service, state: OrgState, agent: Agent, asked: BackchannelAsked): Promise<Task> {
  const { registry } = state
  const now = pdp.clock()
  const isTheirs = ({ agent: of, subject }: Task): boolean =>
    of === agent.slug && subject.type === 'user' && subject.id === asked.user
  if (asked.task !== null) {
    const task = registry.tasks.get(asked.task)
    if (task === undefined || !isTheirs(task)) {
      throw new PdpError('task_not_found', `\`${asked.task}\` is no task of this agent for this user`)
    }
    if (!isTaskLive(registry, task.id, now)) throw new PdpError('task_inactive', `the task \`${task.id}\` is over`)
    return task
  }
  const begun = [...registry.tasks.values()].find(task => task.type === TYPE && isTheirs(task) && isFresh(task, now))
  if (begun !== undefined && isTaskLive(registry, begun.id, now)) return begun
  const caller = { subject: subjectOf(agent), actors: [], consents: [] }
  return beginTask(pdp, state, agent, caller, {
    name: asked.message,
    type: TYPE,
    parent: null,
    onBehalfOf: asked.user,
    justification: asked.message,
    budget: null,
    ttl: HOUR,
    asksUser: true,
  })
}

/** With time enough for an answer, and what is granted on it. */
const isFresh = ({ expiresAt }: Task, now: number): boolean => expiresAt - now > HOUR / 2

/** The request a ticket was given for to this agent. */
export function askedBy(state: OrgState, agent: Agent, ticket: string): Approval | null {
  const found = approvalByTicket(state, sha256(ticket))
  return found?.agent === agent.slug ? found : null
}
