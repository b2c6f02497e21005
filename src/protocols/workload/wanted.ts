import { subjectOf } from '../../agents/identity.ts'
import { type Workload, workloadContext } from '../../agents/workload.ts'
import type { Wanted } from '../../pdp/tokens/issue.ts'

/** What a token for a workload's agent is, whichever way it is asked for: no longer than the platform's, and decided with its claims. */
export const wantedFor = (
  workload: Workload,
): Pick<Wanted, 'client' | 'subject' | 'actors' | 'until' | 'context' | 'claims'> => ({
  client: workload.agent,
  subject: subjectOf(workload.agent),
  actors: [],
  until: workload.expiresAt,
  context: workloadContext(workload),
  claims: { workload_identity: workload.name },
})
