import { z } from 'zod'
import type { Blueprint } from '../../agents/agent.ts'
import { blueprintNamed, createBlueprint, deleteBlueprint, updateBlueprint } from '../../pdp/blueprints.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { label, slug, text } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { agentBody, templateMembers, templateSaid } from './agent-shape.ts'
import { readAgents, writeAgents } from './agents.ts'
import { byAge, definedOf, iso, oneWith, pageBody, pageOf, pages, versioned } from './shapes.ts'

const base = '/orgs/{org}/api/v1/admin/blueprints'
const template = z.strictObject(templateMembers)
const create = z.strictObject({
  name: label,
  slug: slug.optional(),
  description: text(2000).optional(),
  template: template.optional(),
})
const update = z.strictObject({
  name: label.optional(),
  description: text(2000).optional(),
  template: template.optional(),
})

const shown = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  template: agentBody.pick({
    type: true,
    capabilities: true,
    allowedTools: true,
    allowedModels: true,
    allowedAudiences: true,
    budget_policy: true,
    canActOnBehalfOfUsers: true,
    delegation: true,
    tokenLifetime: true,
    allowedIps: true,
    metadata: true,
  }),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
})

function bodyOf({ id, slug: name, description, template: t, version, createdAt, updatedAt, ...more }: Blueprint) {
  const { budgetPolicy, delegation, ...same } = t
  const { actsForUsers, users, maxDepth, requireConsent } = delegation
  return {
    id,
    slug: name,
    name: more.name,
    description: description === '' ? null : description,
    template: {
      ...same,
      budget_policy: budgetPolicy,
      canActOnBehalfOfUsers: actsForUsers,
      delegation: { max_depth: maxDepth, users, require_consent: requireConsent },
    },
    version,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  }
}

function templateOf(said: z.output<typeof template> | undefined, now: Blueprint | null) {
  if (said === undefined) return {}
  const { delegation, ...more } = templateSaid(said)
  const rules = now?.template.delegation ?? { actsForUsers: false, users: null, maxDepth: null, requireConsent: true }
  return { template: { ...more, ...(delegation !== undefined && { delegation: { ...rules, ...delegation } }) } }
}

export function blueprintRoutes(service: Service): readonly Route[] {
  const tag = 'blueprints'
  const one = oneWith(shown)
  return [
    route({
      operation: 'createBlueprint',
      method: 'POST',
      path: base,
      tag,
      summary: 'Make a template that agents are made from: they take over its members and never get more capabilities',
      needs: writeAgents,
      body: create,
      answers: { 201: { description: 'the blueprint', schema: one } },
      async handle({ state, body, principal }) {
        const { template: said, name, ...more } = body
        const made = { ...definedOf(more), name, ...templateOf(said, null) }
        const blueprint = await createBlueprint(service, state, made, nameOf(principal))
        return versioned(1, { data: bodyOf(blueprint), message: 'Blueprint created successfully' }, 201)
      },
    }),
    route({
      operation: 'listBlueprints',
      method: 'GET',
      path: base,
      tag,
      summary: 'Templates that agents are made from',
      needs: readAgents,
      query: z.object(pages),
      answers: { 200: { description: 'blueprints', schema: pageOf(shown, 'blueprints') } },
      handle({ state, query }) {
        const all = [...state.registry.blueprints.values()].sort(byAge)
        return { status: 200, body: pageBody('blueprints', all, query, bodyOf) }
      },
    }),
    route({
      operation: 'getBlueprint',
      method: 'GET',
      path: `${base}/{id}`,
      tag,
      summary: 'One blueprint, by its id or its slug',
      needs: readAgents,
      answers: { 200: { description: 'the blueprint; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const blueprint = blueprintNamed(state, params.id ?? '')
        return versioned(blueprint.version, { data: bodyOf(blueprint) })
      },
    }),
    route({
      operation: 'updateBlueprint',
      method: 'PATCH',
      path: `${base}/{id}`,
      tag,
      summary: 'Change what is said and leave the rest; agents that were made from it keep what they have',
      needs: writeAgents,
      body: update,
      answers: { 200: { description: 'the blueprint', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const { template: said, ...more } = body
        const now = blueprintNamed(state, params.id ?? '')
        const changes = { ...definedOf(more), ...templateOf(said, now) }
        const blueprint = await updateBlueprint(service, state, now.id, changes, { by: nameOf(principal), ifMatch })
        return versioned(blueprint.version, { data: bodyOf(blueprint), message: 'Blueprint updated successfully' })
      },
    }),
    route({
      operation: 'deleteBlueprint',
      method: 'DELETE',
      path: `${base}/{id}`,
      tag,
      summary: 'Forget a blueprint that no agent was made from',
      needs: writeAgents,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal }) {
        await deleteBlueprint(service, state, params.id ?? '', nameOf(principal))
        return { status: 204 }
      },
    }),
  ]
}
