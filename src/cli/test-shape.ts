import { z } from 'zod'
import { given } from '../protocols/manage/given-shape.ts'
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

/** Which members a place of the file may have, for a message that names them. */
export function membersAt(path: readonly PropertyKey[]): readonly string[] {
  const shape = path[0] === 'tests' ? (path.length > 2 ? null : caseShape) : path[0] === 'given' ? given : fileShape
  return shape === null ? ['subject', 'resource'] : Object.keys(shape.shape)
}
