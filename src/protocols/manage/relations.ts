import { z } from 'zod'
import { readAttributes, writeAttributes } from '../../pdp/attributes.ts'
import { tuplesOf } from '../../pdp/read-tuples.ts'
import { joinModules, putModel, writeTuples } from '../../pdp/relations.ts'
import type { Service } from '../../pdp/service.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { type Route, route } from '../route.ts'
import { listBody, listOf, one, paging, revisionOf } from './shapes.ts'

/** Of a model, or of one of its modules beside their `fga.mod`. */
const modelText = z.string().min(1).max(262_144)

const model = z.object({ id: z.string().nullable(), dsl: z.string() })
const tuple = z.object({
  object: z.string().min(1).max(512),
  relation: z.string().min(1).max(100),
  user: z.string().min(1).max(1024),
})
const conditional = tuple.extend({
  condition: z.object({ name: z.string().min(1).max(256), context: jsonObject.default({}) }).nullish(),
})

export function relationRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'getModel',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/model',
      tag: 'relations',
      summary: 'The OpenFGA model of the org',
      needs: { scope: 'org', act: { action: 'read', type: 'org_model' } },
      answers: { 200: { description: 'the model; an empty text where there is none', schema: one(model), text: true } },
      handle({ state, accept }) {
        const dsl = state.model?.dsl ?? ''
        return accept === 'text'
          ? { status: 200, text: dsl }
          : { status: 200, body: { data: { id: state.model?.id ?? null, dsl } } }
      },
    }),
    route({
      operation: 'putModel',
      method: 'PUT',
      path: '/orgs/{org}/api/v1/admin/model',
      tag: 'relations',
      summary: 'Replace the OpenFGA model of the org',
      needs: { scope: 'org', act: { action: 'write', type: 'org_model' } },
      body: z.union([
        z.object({ dsl: modelText }),
        z.object({ mod: modelText, files: z.record(z.string(), modelText) }),
      ]),
      textBody: dsl => ({ dsl }),
      answers: { 200: { description: 'its id and revision', schema: one(revisionOf.extend({ id: z.string() })) } },
      async handle({ state, body }) {
        const dsl = 'dsl' in body ? body.dsl : joinModules(body.mod, body.files)
        const put = await putModel(service.write, state, service.shipped, dsl, service.clock())
        return { status: 200, body: { data: put } }
      },
    }),
    route({
      operation: 'writeTuples',
      method: 'POST',
      path: '/orgs/{org}/api/v1/admin/tuples',
      tag: 'relations',
      summary: 'Write and delete tuples, all or none',
      needs: { scope: 'org', act: { action: 'write', type: 'org_relation' } },
      body: z.object({
        writes: z.array(conditional).max(5_000).default([]),
        deletes: z.array(tuple).max(5_000).default([]),
        on_conflict: z.enum(['error', 'ignore']).default('error'),
      }),
      answers: { 200: { description: 'the revision of the change', schema: one(revisionOf) } },
      async handle({ state, body }) {
        const writes = body.writes.map(t => ({ ...t, condition: t.condition ?? null }))
        const revision = await writeTuples(service.write, state, writes, body.deletes, body.on_conflict)
        return { status: 200, body: { data: { revision } } }
      },
    }),
    route({
      operation: 'readTuples',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/tuples',
      tag: 'relations',
      summary: 'Read tuples, by object, relation or user',
      needs: { scope: 'org', act: { action: 'read', type: 'org_relation' } },
      query: z.object({
        ...paging,
        object: z.string().max(512).optional(),
        relation: z.string().max(100).optional(),
        user: z.string().max(1024).optional(),
      }),
      answers: { 200: { description: 'tuples', schema: listOf(conditional, 'tuples') } },
      async handle({ state, query }) {
        const { limit, page_token, ...filter } = query
        const { tuples, nextToken } = await tuplesOf(service, state, filter, limit, page_token ?? null)
        const shown = tuples.map(({ at: _, ...rest }) => rest)
        return { status: 200, body: listBody('tuples', shown, limit, nextToken) }
      },
    }),
    route({
      operation: 'getAttributes',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/attributes/{type}/{id}',
      tag: 'attributes',
      summary: 'The stored attributes of an entity',
      needs: { scope: 'org', act: { action: 'read', type: 'org_attribute' } },
      answers: { 200: { description: 'attributes by name', schema: one(jsonObject) } },
      handle: ({ state, params }) => ({
        status: 200,
        body: { data: readAttributes(state, params.type ?? '', params.id ?? '') },
      }),
    }),
    route({
      operation: 'patchAttributes',
      method: 'PATCH',
      path: '/orgs/{org}/api/v1/admin/attributes/{type}/{id}',
      tag: 'attributes',
      summary: 'Set attributes of an entity; null removes one',
      needs: { scope: 'org', act: { action: 'write', type: 'org_attribute' } },
      body: jsonObject,
      answers: { 200: { description: 'the revision of the change', schema: one(revisionOf) } },
      async handle({ state, params, body }) {
        const revision = await writeAttributes(service.write, state, params.type ?? '', params.id ?? '', body)
        return { status: 200, body: { data: { revision } } }
      },
    }),
  ]
}
