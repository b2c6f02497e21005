import { z } from 'zod'
import { attributes, tuple } from './facts.ts'

const text = z.string().min(1)
const one = (what: string) => z.string({ error: `expected ${what}` }).min(1)
const some = (what: string) => z.array(one(what)).min(1)
const json = z.record(z.string(), z.json())

const ENTITY = 'an entity such as `user:alice`'
const RESOURCE = 'a resource such as `document:1`, or a type'

const key = z.enum(['operator', 'admin', 'author', 'checker', 'auditor'])

/** What is true in every test of a file. */
export const given = z.strictObject({
  tuples: z.array(tuple).default([]),
  attributes: attributes.default({}),
  keys: z.record(z.string(), key).default({}),
})

/** One test, or the product of its lists. */
export const caseShape = z.strictObject({
  name: one('a name: what the test shows'),
  subject: one(ENTITY).optional(),
  subjects: some(ENTITY).optional(),
  actors: z.array(one(ENTITY)).default([]),
  action: one('the name of an action').optional(),
  actions: some('the name of an action').optional(),
  resource: one(RESOURCE).optional(),
  resources: some(RESOURCE).optional(),
  properties: z.strictObject({ subject: json.optional(), resource: json.optional() }).default({}),
  context: json.default({}),
  at: one('an instant such as `2026-03-04 10:00`').optional(),
  expect: z.enum(['allow', 'deny', 'escalate'], { error: 'expected `allow`, `deny` or `escalate`' }),
  because: text.optional(),
  missing: text.optional(),
})

/** A file of policy tests. Paths are relative to it. */
export const fileShape = z.strictObject({
  model: text.optional(),
  policy: z.union([text.transform(path => [path]), z.array(text)]).default([]),
  rules: text.optional(),
  zone: text.default('UTC'),
  org: text.default('local'),
  at: one('an instant such as `2026-03-04 10:00`').optional(),
  given: given.prefault({}),
  tests: z.array(caseShape).min(1, 'expected at least one test'),
})

export type TestFile = z.infer<typeof fileShape>
export type TestShape = z.infer<typeof caseShape>

/** Which members a place of the file may have, for a message that names them. */
export function membersAt(path: readonly PropertyKey[]): readonly string[] {
  const shape = path[0] === 'tests' ? (path.length > 2 ? null : caseShape) : path[0] === 'given' ? given : fileShape
  return shape === null ? ['subject', 'resource'] : Object.keys(shape.shape)
}
