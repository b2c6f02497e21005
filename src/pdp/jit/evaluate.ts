import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
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

/**
 * What a task has come to: refusals, emergencies nobody reviewed and haste add up to a score of 0 to 100, and rules say from
 * where it is suspended.
 */
export async function evaluateTask(pdp: Service, state: OrgState, id: string, by: string): Promise<Evaluated> {
  const now = pdp.clock()
  const requests = state.registry.approvalsOf(id)
  const denials = requests.filter(a => a.state === 'denied').length
  const urgent = requests.filter(a => a.emergency !== null && a.emergency.reviewed?.ok !== true).length
  const recent = requests.reduce((sum, a) => sum + (a.askedAt > now - MINUTE ? 1 + a.repeats : 0), 0)
  const hasty = Math.max(0, recent - HASTE)
  const score = Math.min(100, denials * 25 + urgent * 20 + hasty * 5)
  const properties = { score, denials, emergencies: urgent, requests_last_minute: recent }
  const verdict = await quietly(pdp, state, { type: 'task', id, properties }, 'reach', {
    type: 'risk',
    id: 'suspended',
  })
  const task = state.registry.tasks.get(id)
  if (task === undefined || !allows(verdict)) return { active: task?.state === 'active', events: [], action: 'none' }
  if (task.state === 'active') await moveTask(pdp, state, id, { kind: 'suspend', notes: `score ${score}` }, by)
  const details = { risk_score: score, denial_count: denials, emergencies: urgent, requests_last_minute: recent }
  return { active: false, events: [{ type: 'risk_threshold_exceeded', details, at: now }], action: 'suspended' }
}
