import type { OrgState } from '../../pdp/org.ts'
import type { Permitted } from '../../pdp/permissions.ts'
import type { Service } from '../../pdp/service.ts'
import type { Decision } from '../../policy/decision.ts'
import type { Evidence } from '../../policy/evidence.ts'
import type { JsonObject } from '../../policy/json.ts'
import { decidedOrDone, type doingIn } from '../doing.ts'
import { withShown } from '../evidence.ts'
import { requestFrom } from '../request.ts'
import type { Asker } from './subject.ts'

/** One logged decision. `context` means here what it means in AuthZEN; whoever acts for the caller stays in the chain. */
export async function decide(
  service: Service,
  state: OrgState,
  { subject, actors }: Asker,
  { action, resource }: Permitted,
  context: JsonObject,
  evidence?: Evidence,
  doing: ReturnType<typeof doingIn> = null,
): Promise<Decision> {
  const asked = { subject, action: { name: action }, resource, context }
  const request = requestFrom(state.org.slug, asked, service.clock())
  return await decidedOrDone(
    service,
    state,
    withShown({ ...request, actors: [...actors, ...request.actors] }, evidence),
    doing,
  )
}
