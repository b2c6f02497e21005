import { RISKS, type Risk } from '../../agents/approval.ts'
import { raised, worse } from '../../agents/signal.ts'
import type { Task } from '../../agents/task.ts'
import type { JsonObject } from '../../policy/json.ts'
import { allows, quietly } from '../jit/quiet.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { change, signalOf } from './risk.ts'

/** How long a risk counts that is less than high; what is high counts until somebody looks. */
const PASSING = 3_600_000

/**
 * What a task's score says of its agent, as far as rules let it spread (`policies/signals.policy`): never less than is known of
 * the agent already.
 */
export async function spread(
  pdp: Service,
  state: OrgState,
  task: Task,
  properties: JsonObject,
  by: string,
): Promise<void> {
  const level = await levelOf(pdp, state, task.id, properties)
  if (level === null) return
  const of = { type: 'agent', id: task.agent }
  const known = signalOf(state, of, pdp.clock())
  if (worse(known.level, level) === known.level) return
  const source = `task:${task.id}`
  const reason = `the score of a task came to ${String(properties.score)}`
  await change(pdp, state, of, { by, ifMatch: null }, (signal, now) => {
    if (worse(signal.level, level) === signal.level) return signal
    const until = RISKS.indexOf(level) >= RISKS.indexOf('high') ? null : now + PASSING
    return raised(signal, { level, until, source, reason }, now)
  })
}

async function levelOf(pdp: Service, state: OrgState, id: string, properties: JsonObject): Promise<Risk | null> {
  for (const level of RISKS.toReversed()) {
    if (level === 'low') return null
    const verdict = await quietly(pdp, state, { type: 'task', id, properties }, 'spread', { type: 'risk', id: level })
    if (allows(verdict)) return level
  }
  return null
}
