import type { Approval } from '../../agents/approval.ts'
import type { Task } from '../../agents/task.ts'
import type { AuditLog } from '../../facts/audit.ts'
import type { Clock } from '../../lib/clock.ts'
import { timedId } from '../../lib/ids.ts'
import { printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'

/** Puts into the audit what became of a task or a request. */
export function tell(
  { audit, clock }: { readonly audit: AuditLog; readonly clock: Clock },
  { org }: Pick<OrgState, 'org'>,
  kind: string,
  actor: string,
  target: string,
  of: Approval | Task,
  more: JsonObject = {},
): void {
  const at = clock()
  const { subject, actors } = of
  const about = of.kind === 'task' ? taskData(of) : approvalData(of)
  const whose = { on_behalf_of: printEntity(subject), requester: `agent:${of.agent}` }
  audit.append(org.slug, () => ({
    id: timedId('log', at),
    at,
    kind,
    actor,
    target,
    data: { ...about, ...whose, asked_by_chain: [subject, ...actors].map(printEntity), ...more },
    task: of.kind === 'task' ? of.id : of.task,
    ...(of.kind === 'approval' && of.state === 'pending' && { outcome: 'pending' as const }),
    ...(of.kind === 'approval' && of.state === 'denied' && { outcome: 'denied' as const }),
  }))
}

const taskData = ({ name, type, parent, state, notes, expiresAt }: Task): JsonObject => ({
  name,
  type,
  parent,
  state,
  expires_at: new Date(expiresAt).toISOString(),
  ...(notes !== null && { notes }),
})

const approvalData = ({ id, risk, asked, terms, until, state, byPolicy, emergency }: Approval): JsonObject => ({
  request: id,
  state,
  risk,
  authorization_details: [...asked.details],
  ...(until !== null && { until: new Date(until).toISOString(), granted: [...terms.details], uses: terms.uses }),
  ...(byPolicy !== null && { by_policy: byPolicy }),
  ...(emergency !== null && { emergency: true }),
})
