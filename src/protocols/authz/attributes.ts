import { z } from 'zod'
import { attributesOf, readAttributes, refuseRegistered, writeAttributes } from '../../pdp/attributes.ts'
import { chainOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { json, jsonObject } from '../authzen/shapes.ts'
import { type Route, route } from '../route.ts'
import { ABAC_BASES } from './abac.ts'
import { ATTRIBUTE_TYPES, DATA_TYPES, definitionsIn } from './definitions.ts'
import { LIST_ERRORS, refusal } from './error.ts'
import { LOOK } from './rights.ts'

const READ = { scope: 'org', act: { action: 'read', type: 'org_attribute' } } as const
const WRITE = { scope: 'org', act: { action: 'write', type: 'org_attribute' } } as const

const value = z.object({ value: json })
const definition = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  attributeType: z.enum(ATTRIBUTE_TYPES),
  entityType: z.string(),
  dataType: z.enum(DATA_TYPES),
  validationRules: jsonObject.optional(),
  isActive: z.boolean(),
})
const written = z.object({ data: z.object({ userId: z.string(), slug: z.string(), value: json }), revision: z.int() })

/** Stored attributes, one by one, and what the org's policy defines of them. */
export function attributeRoutes(service: Service): readonly Route[] {
  return ABAC_BASES.flatMap(({ base, name }) => {
    const shared = { tag: 'abac', errors: LIST_ERRORS, refusal } as const
    const row = (operation: string, path: string) => ({ operation: `${operation}${name}`, path: `${base}/${path}` })
    const attributes = { 200: { description: 'attributes by name', schema: jsonObject } }
    return [
      route({
        ...shared,
        ...row('abacMyAttributes', 'my-attributes'),
        method: 'GET',
        needs: LOOK,
        summary: 'The stored attributes of the caller, and who it is',
        answers: attributes,
        handle({ state, principal }) {
          const { subject } = chainOf(principal)
          return { status: 200, body: { ...subject, ...attributesOf(state, subject) } }
        },
      }),
      route({
        ...shared,
        ...row('abacResourceAttributes', 'resources/{type}/{id}/attributes'),
        method: 'GET',
        needs: READ,
        summary: 'The stored attributes of a resource',
        answers: attributes,
        handle: ({ state, params }) => ({
          status: 200,
          body: readAttributes(state, params.type ?? '', params.id ?? ''),
        }),
      }),
      route({
        ...shared,
        ...row('abacSetResourceAttribute', 'resources/{type}/{id}/attributes/{slug}'),
        method: 'PUT',
        needs: WRITE,
        summary: 'Set an attribute of a resource; null removes it',
        body: value,
        answers: { 200: { description: 'all attributes of the resource', schema: jsonObject } },
        async handle({ state, params: { type = '', id = '', slug = '' }, body }) {
          refuseRegistered(state, { type, id }, slug)
          await writeAttributes(service.write, state, type, id, { [slug]: body.value })
          return { status: 200, body: readAttributes(state, type, id) }
        },
      }),
      route({
        ...shared,
        ...row('abacSetUserAttribute', 'users/{userId}/attributes/{slug}'),
        method: 'PUT',
        needs: WRITE,
        summary: 'Set an attribute of a user; null removes it',
        body: value,
        answers: { 200: { description: 'the attribute', schema: written } },
        async handle({ state, params: { userId = '', slug = '' }, body }) {
          refuseRegistered(state, { type: 'user', id: userId }, slug)
          const revision = await writeAttributes(service.write, state, 'user', userId, { [slug]: body.value })
          return { status: 200, body: { data: { userId, slug, value: body.value }, revision } }
        },
      }),
      route({
        ...shared,
        ...row('abacAttributeDefinitions', 'attribute-definitions'),
        method: 'GET',
        needs: READ,
        summary: 'Attributes that the policy defines',
        query: z.object({ type: z.enum(ATTRIBUTE_TYPES).optional() }),
        answers: { 200: { description: 'definitions', schema: z.object({ data: z.array(definition) }) } },
        handle: ({ state, query }) => ({
          status: 200,
          body: { data: definitionsIn(state).filter(d => query.type === undefined || d.attributeType === query.type) },
        }),
      }),
    ]
  })
}
