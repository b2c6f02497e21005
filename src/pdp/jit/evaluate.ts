import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { measure } from '../signals/measure.ts'
import { spread } from '../signals/spread.ts'
import { allows, quietly } from './quiet.ts'
import { moveTask } from './tasks.ts'

export interface Evaluated {
  readonly active: boolean
  readonly events: readonly { readonly type: string; readonly details: JsonObject; readonly at: number }[]
  readonly action: 'suspended' | 'none'
}

const MINUTE = 60_000
/** Requests a minute that are no haste. */
const HASTE = 10
/** What decisions add to a score: one that was refused a little, all together so much, and a rush. */
const MOST_OF_LOG = 40
const RUSH = 15

/**
 * What a task has come to: refusals of people and of rules, emergencies nobody reviewed and haste add up to a score of 0 to
 * 100. Rules say from where it is suspended, and from where it is a risk of the agent's own.
 */
export async function evaluateTask(pdp: Service, state: OrgState, id: string, by: string): Promise<Evaluated> {
  const now = pdp.clock()
  const requests = state.registry.approvalsOf(id)
  const denials = requests.filter(a => a.state === 'denied').length
  const urgent = requests.filter(a => a.emergency !== null && a.emergency.reviewed?.ok !== true).length
  const recent = requests.reduce((sum, a) => sum + (a.askedAt > now - MINUTE ? 1 + a.repeats : 0), 0)
  const hasty = Math.max(0, recent - HASTE)
  const found = state.registry.tasks.get(id)
  const log = found === undefined ? { denied: 0, lastMinute: 0, isRush: false } : await measure(pdp, state, found)
  const refusals = Math.min(MOST_OF_LOG, log.denied * 4) + (log.isRush ? RUSH : 0)
  const score = Math.min(100, denials * 25 + urgent * 20 + hasty * 5 + refusals)
  const properties = {
    score,
    denials,
    emergencies: urgent,
    requests_last_minute: recent,
    denied_decisions: log.denied,
    decisions_last_minute: log.lastMinute,
  }
  const verdict = await quietly(pdp, state, { type: 'task', id, properties }, 'reach', {
    type: 'risk',
    id: 'suspended',
  })
  const task = state.registry.tasks.get(id)
  if (task === undefined || !allows(verdict)) return { active: task?.state === 'active', events: [], action: 'none' }
  if (task.state === 'active') await moveTask(pdp, state, id, { kind: 'suspend', notes: `score ${score}` }, by)
  await spread(pdp, state, task, properties, by)
  const { score: _, denials: count, ...counted } = properties
  const details = { risk_score: score, denial_count: count, ...counted }
  return { active: false, events: [{ type: 'risk_threshold_exceeded', details, at: now }], action: 'suspended' }
}
