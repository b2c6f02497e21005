import { z } from 'zod'
import type { Vocabulary } from '../../policy/vocabulary.ts'
import { CONTEXTUAL_TUPLES } from '../../relations/graph.ts'
import { tuple } from './given-shape.ts'
import { checkTest, listObjectsTest, listUsersTest } from './relation-shape.ts'

const text = z.string().min(1).max(1024)
const one = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1)
    .max(1024)
const some = (what: string) => z.array(one(what)).min(1).max(100)
const json = z.record(z.string(), z.json())

const ENTITY = 'an entity such as `user:alice`'
const RESOURCE = 'a resource such as `document:1`, or a type'

const EFFECTS = 'expected `allow`, `deny` or `escalate`'

/** When a test asks, where it says so. */
export const instant = one('an instant such as `2026-03-04 10:00`').optional()

const shape = z.strictObject({
  name: one('a name: what the test shows'),
  subject: one(ENTITY).optional(),
  subjects: some(ENTITY).optional(),
  actors: z.array(one(ENTITY)).max(16).default([]),
  action: one('the name of an action').optional(),
  actions: some('the name of an action').optional(),
  resource: one(RESOURCE).optional(),
  resources: some(RESOURCE).optional(),
  ask: one('a question such as `Can Alice edit document:1?`').optional(),
  as: one(ENTITY).optional(),
  properties: z.strictObject({ subject: json.optional(), resource: json.optional() }).default({}),
  context: json.default({}),
  at: instant,
  expect: z.enum(['allow', 'deny', 'escalate'], { error: EFFECTS }).optional(),
  finds: z.array(one('what must be found, such as `user:alice`')).max(1000).optional(),
  because: text.optional(),
  missing: text.optional(),
  tuples: z.array(tuple).max(CONTEXTUAL_TUPLES).default([]),
  check: z.array(checkTest).min(1).max(1000).optional(),
  list_objects: z.array(listObjectsTest).min(1).max(1000).optional(),
  list_users: z.array(listUsersTest).min(1).max(1000).optional(),
})

/** Whether a test asks the model what it makes of the tuples, not the policy what it makes of a request. */
export const asksModel = (test: Pick<z.infer<typeof shape>, 'check' | 'list_objects' | 'list_users'>): boolean =>
  test.check !== undefined || test.list_objects !== undefined || test.list_users !== undefined

/** One test, or the product of its lists. */
export const caseShape = shape.superRefine((test, context) => {
  if (test.expect === undefined && test.finds === undefined && !asksModel(test))
    context.addIssue({ code: 'custom', path: ['expect'], message: EFFECTS })
})

export type TestShape = z.infer<typeof caseShape>

/** Where and when the tests are asked. */
export interface Scene {
  readonly org: string
  readonly zone: string
  readonly at?: string | undefined
  /** What questions in English may speak of. */
  readonly vocabulary: Vocabulary
}
