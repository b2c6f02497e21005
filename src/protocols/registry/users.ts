import { z } from 'zod'
import { STATUSES } from '../../agents/agent.ts'
import type { User } from '../../agents/identity.ts'
import { nameOf } from '../../pdp/keys.ts'
import { isThere, userNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { createUser, deleteUser, updateUser } from '../../pdp/users.ts'
import { label } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { byAge, definedOf, freeObject, iso, names, oneWith, pageBody, pageOf, pages, versioned } from './shapes.ts'

const base = '/orgs/{org}/api/v1/admin/users'
const read = { scope: 'org', act: { action: 'read', type: 'org_user' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_user' } } as const

export const userId = z
  .string()
  .regex(/^[A-Za-z0-9._@+|-]{1,128}$/, 'expected 1 to 128 letters, digits, `.`, `_`, `@`, `+`, `|` and `-`')

const members = {
  email: z.email().max(254).nullable().optional(),
  emailVerified: z.boolean().optional(),
  name: label.nullable().optional(),
  givenName: label.nullable().optional(),
  familyName: label.nullable().optional(),
  groups: names.optional(),
  attributes: freeObject.optional(),
  status: z.enum(['active', 'inactive', 'suspended']).optional(),
}
const create = z.strictObject({ ...members, id: userId.optional() })
const update = z.strictObject(members)

const shown = z.object({
  id: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  name: z.string().nullable(),
  givenName: z.string().nullable(),
  familyName: z.string().nullable(),
  groups: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  status: z.enum(STATUSES),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
})

const bodyOf = ({ kind: _, createdAt, updatedAt, deletedAt: __, ...user }: User) => ({
  ...user,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
})

export function userRoutes(service: Service): readonly Route[] {
  const tag = 'users'
  const one = oneWith(shown)
  const path = `${base}/{id}`
  const change = (method: 'PUT' | 'PATCH', operation: string): Route =>
    route({
      operation,
      method,
      path,
      tag,
      summary:
        'Change what is said and leave the rest; an attribute that is null is removed. The next check knows of it',
      needs: write,
      body: update,
      answers: { 200: { description: 'the user', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const user = await updateUser(service, state, params.id ?? '', definedOf(body), editor)
        return versioned(user.version, { data: bodyOf(user), message: 'User updated successfully' })
      },
    })
  return [
    route({
      operation: 'createUser',
      method: 'POST',
      path: base,
      tag,
      summary: 'Register a person; groups and attributes are facts for rules',
      needs: write,
      body: create,
      answers: { 201: { description: 'the user', schema: one } },
      async handle({ state, body, principal }) {
        const user = await createUser(service, state, definedOf(body), nameOf(principal))
        return versioned(1, { data: bodyOf(user), message: 'User created successfully' }, 201)
      },
    }),
    route({
      operation: 'listUsers',
      method: 'GET',
      path: base,
      tag,
      summary: 'Users of the org, in the order they came',
      needs: read,
      query: z.object({
        ...pages,
        search: z.string().max(200).optional(),
        group: z.string().max(200).optional(),
        status: z.enum(STATUSES).optional(),
      }),
      answers: { 200: { description: 'users', schema: pageOf(shown, 'users') } },
      handle({ state, query }) {
        const { group, status } = query
        const wanted = query.search?.toLowerCase() ?? ''
        const fits = (user: User): boolean =>
          isThere(user) &&
          (group === undefined || user.groups.includes(group)) &&
          (status === undefined || user.status === status) &&
          [user.id, user.email, user.name].some(text => text?.toLowerCase().includes(wanted) === true)
        const all = [...state.registry.users.values()].filter(fits).sort(byAge)
        return { status: 200, body: pageBody('users', all, query, bodyOf) }
      },
    }),
    route({
      operation: 'getUser',
      method: 'GET',
      path,
      tag,
      summary: 'One user',
      needs: read,
      answers: { 200: { description: 'the user; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const user = userNamed(state, params.id ?? '')
        return versioned(user.version, { data: bodyOf(user) })
      },
    }),
    change('PATCH', 'updateUser'),
    change('PUT', 'putUser'),
    route({
      operation: 'deleteUser',
      method: 'DELETE',
      path,
      tag,
      summary: 'Forget a user but for the id; tokens that name them end, and so do their consents',
      needs: write,
      answers: { 204: { description: 'they are gone' } },
      async handle({ state, params, principal, ifMatch }) {
        await deleteUser(service, state, params.id ?? '', { by: nameOf(principal), ifMatch })
        return { status: 204 }
      },
    }),
  ]
}
