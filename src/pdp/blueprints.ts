import type { Blueprint } from '../agents/agent.ts'
import { freeSlug, slugFrom } from '../agents/slug.ts'
import { timedId } from '../lib/ids.ts'
import { checkLifetime } from './agent-rules.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { amend, type Editor, put } from './registering.ts'
import type { Service } from './service.ts'

export interface BlueprintSaid {
  readonly name?: string
  readonly description?: string
  readonly template?: Partial<Blueprint['template']>
}

/** By id or by slug. Fails with `identity_not_found`. */
export function blueprintNamed({ registry }: OrgState, name: string): Blueprint {
  const found = registry.blueprints.get(name) ?? [...registry.blueprints.values()].find(b => b.slug === name)
  if (found === undefined) throw new PdpError('identity_not_found', `there is no blueprint \`${name}\``)
  return found
}

export async function createBlueprint(
  pdp: Service,
  state: OrgState,
  said: BlueprintSaid & { readonly name: string; readonly slug?: string | undefined },
  by: string,
): Promise<Blueprint> {
  const now = pdp.clock()
  const taken = new Set([...state.registry.blueprints.values()].map(b => b.slug))
  const blueprint: Blueprint = {
    kind: 'blueprint',
    id: timedId('bp', now),
    slug: said.slug ?? freeSlug(slugFrom(said.name, 'blueprint'), s => taken.has(s)),
    name: said.name,
    description: said.description ?? '',
    template: {
      type: 'ai_assistant',
      capabilities: [],
      allowedTools: null,
      allowedModels: null,
      allowedAudiences: null,
      budgetPolicy: {},
      delegation: { actsForUsers: false, users: null, maxDepth: null, requireConsent: true },
      tokenLifetime: state.registry.settings.defaultLifetime,
      allowedIps: null,
      metadata: {},
      ...said.template,
    },
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  checkLifetime(state, blueprint.template.tokenLifetime)
  await pdp.write(state, [put(blueprint, by, null)])
  return blueprint
}

/** Instances keep what they were made with; those that are made or changed from now on may have no more than this. */
export function updateBlueprint(pdp: Service, state: OrgState, name: string, said: BlueprintSaid, editor: Editor) {
  const read = () => blueprintNamed(state, name)
  return amend(pdp, state, read, editor, blueprint => {
    const { template, ...more } = said
    const changed = { ...blueprint, ...more, template: { ...blueprint.template, ...template } }
    const { tokenLifetime } = changed.template
    if (tokenLifetime !== blueprint.template.tokenLifetime) checkLifetime(state, tokenLifetime)
    return { entry: { ...changed, version: blueprint.version + 1, updatedAt: pdp.clock() } }
  })
}

/** Fails with `status_conflict` while agents were made from it. */
export async function deleteBlueprint(pdp: Service, state: OrgState, name: string, by: string): Promise<void> {
  const { id, slug } = blueprintNamed(state, name)
  const used = [...state.registry.agents.values()].find(a => a.blueprint === id && a.deletedAt === undefined)
  if (used !== undefined) {
    throw new PdpError(
      'status_conflict',
      `the agent \`${used.slug}\` was made from \`${slug}\`; delete its instances first`,
    )
  }
  await pdp.write(state, [{ kind: 'unregistered', of: 'blueprint', id, by }])
}
