import type { Capability, Caveats } from '../../agents/capability.ts'
import { printEntity } from '../../policy/entity.ts'
import { printPattern } from '../../policy/evidence.ts'

/** What a capability says, with the caveats of its last link. */
export function shownOf({ jti, org, subject, actors, task }: Capability, leaf: Caveats, id = jti) {
  return {
    jti: id,
    organization: org,
    sub: printEntity(subject),
    chain: [subject, ...actors].map(printEntity),
    actions: [...leaf.actions],
    resources: leaf.resources.map(printPattern),
    not_before: new Date(leaf.from).toISOString(),
    expires_at: new Date(leaf.until).toISOString(),
    uses: leaf.uses,
    spend: leaf.spend,
    audience: [...leaf.audience],
    depth: leaf.depth,
    jkt: leaf.jkt,
    task_id: task,
  }
}
