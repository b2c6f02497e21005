import { z } from 'zod'
import { given } from '../protocols/manage/given-shape.ts'
import { checkTest, listObjectsTest, listUsersTest } from '../protocols/manage/relation-shape.ts'
import { caseShape, instant } from '../protocols/manage/test-shape.ts'

const text = z.string().min(1)

/** A file of policy tests. Paths are relative to it. */
export const fileShape = z.strictObject({
  model: text.optional(),
  policy: z.union([text.transform(path => [path]), z.array(text)]).default([]),
  rules: text.optional(),
  zone: text.default('UTC'),
  org: text.default('local'),
  at: instant,
  given: given.prefault({}),
  tests: z.array(caseShape).min(1, 'expected at least one test'),
})

export type TestFile = z.infer<typeof fileShape>

const ASKED = { check: checkTest, list_objects: listObjectsTest, list_users: listUsersTest }

/** Which members a place of the file may have, for a message that names them. */
export function membersAt(path: readonly PropertyKey[]): readonly string[] {
  const [first, , member] = path
  if (first === 'given') return Object.keys(given.shape)
  if (first !== 'tests') return Object.keys(fileShape.shape)
  if (member === undefined) return Object.keys(caseShape.shape)
  if (member === 'tuples') return ['object', 'relation', 'user', 'condition']
  return member in ASKED ? Object.keys(ASKED[member as keyof typeof ASKED].shape) : ['subject', 'resource']
}
