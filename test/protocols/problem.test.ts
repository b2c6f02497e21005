import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { problemOf } from '../../src/protocols/problem.ts'

const subject = z.object({ subject: z.union([z.string(), z.object({ type: z.string(), id: z.string() })]) })

const CASES: readonly (readonly [what: string, schema: z.ZodType, value: unknown, problem: string])[] = [
  ['a kind', z.object({ a: z.string() }), { a: 1 }, '`a`: invalid input: expected string, received number'],
  ['the body itself', z.object({}), [], 'invalid input: expected object, received array'],
  [
    'two places',
    z.object({ a: z.string('expected a'), b: z.string('expected b') }),
    {},
    '`a`: expected a; `b`: expected b',
  ],
  ['several kinds', subject, { subject: 7 }, '`subject`: expected string or object'],
  [
    'inside one of them',
    subject,
    { subject: { type: 'user' } },
    '`subject.id`: invalid input: expected string, received undefined',
  ],
]

for (const [what, schema, value, problem] of CASES) {
  test(`${what} is named`, () => {
    const read = schema.safeParse(value)
    assert.ok(read.error !== undefined)
    assert.equal(problemOf(read.error), problem)
  })
}
