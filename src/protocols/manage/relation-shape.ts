import { z } from 'zod'

const name = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1)
    .max(1024)
const names = (what: string) => z.array(name(what)).min(1).max(100)

const USER = 'a user such as `user:alice`, `user:*` or `team:eng#member`'
const OBJECT = 'an object such as `document:1`'

const context = z.record(z.string(), z.json()).default({})

/** By relation, what must be so. */
const assertions = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string(), value)
    .refine(given => Object.keys(given).length > 0, 'expected a relation and what must be so, such as `viewer: true`')

/** The members of OpenFGA's store tests, by their own names: what stands in a `.fga.yaml` can be put here as it is. */
export const checkTest = z.strictObject({
  user: name(USER).optional(),
  users: names(USER).optional(),
  object: name(OBJECT).optional(),
  objects: names(OBJECT).optional(),
  context,
  assertions: assertions(z.boolean('expected `true` or `false`')),
})

export const listObjectsTest = z.strictObject({
  user: name(USER),
  type: name('a type such as `document`'),
  context,
  assertions: assertions(z.array(name(OBJECT)).max(1000)),
})

export const listUsersTest = z.strictObject({
  object: name(OBJECT),
  user_filter: z
    .array(z.strictObject({ type: name('a type such as `user`'), relation: name('a relation').optional() }))
    .length(1, 'expected one filter, such as `- type: user`'),
  context,
  assertions: assertions(z.strictObject({ users: z.array(name(USER)).max(1000) })),
})
