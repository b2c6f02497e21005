import type { Approval } from '../../agents/approval.ts'
import { printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'

/** Decisions looked through, and told of. */
const LOOKED = 200
const TOLD = 10

/** What the agent did just before it asked, as the decision log has it, and the budgets it works within. */
export async function doneBefore(pdp: Service, state: OrgState, approval: Approval): Promise<JsonObject> {
  const { org, registry } = state
  const agent = registry.agentBySlug(approval.agent)
  const query = { limit: LOOKED, before: null, effect: null, subject: printEntity(approval.subject) }
  const rows = await pdp.store.decisions(org.slug, query)
  const mine = rows.filter(({ at, record }) => {
    const { request } = record as unknown as { request: { actors: readonly { type: string; id: string }[] } }
    return at <= approval.askedAt + 1000 && chainText(request.actors) === chainText(approval.actors)
  })
  return {
    recent: mine.slice(0, TOLD).map(({ id, at, effect, action, resource }) => ({
      decision_id: id,
      at: new Date(at).toISOString(),
      effect,
      action,
      resource,
    })),
    budget: {
      agent: agent?.budgetPolicy ?? {},
      task: registry.tasks.get(approval.task)?.budget ?? null,
    },
  }
}

const chainText = (actors: readonly { readonly type: string; readonly id: string }[]): string =>
  actors.map(printEntity).join(' ')
