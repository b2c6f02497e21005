import type { Verdict } from '../../policy/decision.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { check } from '../check.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'

/** What a question about a request, and not of the caller's, comes to: it is in no log of decisions. */
export async function quietly(
  pdp: Pick<Service, 'answered' | 'clock'>,
  state: OrgState,
  subject: Entity & { readonly properties?: JsonObject },
  action: string,
  resource: Entity & { readonly properties?: JsonObject },
): Promise<Verdict> {
  const request = { org: state.org.slug, subject, actors: [], action, resource, context: {}, at: pdp.clock() }
  return pdp.answered(state, world => check(world, request).verdict)
}

export const allows = ({ effect }: Verdict): boolean => effect === 'allow'
