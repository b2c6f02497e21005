import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainEvaluation } from '../../src/protocols/authzen/quick.ts'
import { evaluation } from '../../src/protocols/authzen/shapes.ts'

const any = fc.oneof(
  fc.constantFrom('', 'user', 'x'.repeat(1024), 'x'.repeat(1025), 7, null, true, [], {}, { a: 1 }),
  fc.anything(),
)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: any })
const name = maybe(fc.constantFrom('a', 'user', '__proto__'))
const entity = fc.record({ type: name, id: name, properties: maybe(fc.constant({})), more: any }, { requiredKeys: [] })
const body = fc.record(
  {
    subject: maybe(entity),
    action: maybe(fc.record({ name, properties: maybe(fc.constant({})) }, { requiredKeys: [] })),
    resource: maybe(entity),
    context: maybe(fc.constant({ ip: '10.0.0.1' })),
    more: any,
  },
  { requiredKeys: [] },
)

test('the quick reading takes a body exactly when the schema does, and means the same', () => {
  let taken = 0
  fc.assert(
    fc.property(maybe(body), value => {
      const quick = plainEvaluation(value)
      const read = evaluation.safeParse(value)
      assert.equal(quick !== null, read.success)
      if (quick === null || !read.success) return
      taken += 1
      const { subject, action, resource, context } = read.data
      assert.deepEqual(
        [quick.subject.type, quick.subject.id, quick.subject.properties],
        [subject.type, subject.id, subject.properties],
      )
      assert.deepEqual([quick.resource.type, quick.resource.id], [resource.type, resource.id])
      assert.deepEqual([quick.action.name, quick.context], [action.name, context])
    }),
    { seed: 7, numRuns: 5_000 },
  )
  assert.ok(taken > 100)
})
