import { timedId } from '../../lib/ids.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'

/** Puts into the audit what became of a task or a request; `target` is its id. */
export function tell(
  { audit, clock }: Pick<Service, 'audit' | 'clock'>,
  { org }: OrgState,
  kind: string,
  actor: string,
  target: string,
  data: JsonObject,
): void {
  const at = clock()
  audit.append(org.slug, () => ({ id: timedId('log', at), at, kind, actor, target, data }))
}
