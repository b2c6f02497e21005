import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hintsIn } from '../../src/pdp/ask/hints.ts'
import { PdpError } from '../../src/pdp/errors.ts'
import type { JsonObject } from '../../src/policy/json.ts'

const NOTHING = { action: null, resource: null, rest: {} }
const thing = (type: string | null, id: string | null, properties = {}) => ({ type, id, properties })

const CASES: readonly (readonly [JsonObject, object])[] = [
  [{}, NOTHING],
  [{ amount: 3 }, { ...NOTHING, rest: { amount: 3 } }],
  [{ id: 'doc_99' }, { ...NOTHING, resource: thing(null, 'doc_99') }],
  [{ id: 7 }, { ...NOTHING, resource: thing(null, '7') }],
  [
    { resource_type: 'calendar', action: 'read' },
    { action: 'read', resource: thing('calendar', null), rest: {} },
  ],
  [{ resource: 'document:1' }, { ...NOTHING, resource: thing('document', '1') }],
  [{ resource: 'document' }, { ...NOTHING, resource: thing('document', null) }],
  [
    { resource: { type: 'payment', id: 'p', properties: { amount: 1 } }, resource_id: 'p' },
    { ...NOTHING, resource: thing('payment', 'p', { amount: 1 }) },
  ],
]

for (const [context, hints] of CASES) {
  test(JSON.stringify(context), () => assert.deepEqual(hintsIn(context), hints))
}

for (const context of [
  { id: '1', resource_id: '2' },
  { resource: 'document:1', resource_type: 'folder' },
  { resource: [] },
  { resource: {} },
  { action: '' },
  { action: {} },
  { id: 1.5 },
  { id: 'x'.repeat(2_000) },
] as const) {
  test(`refused: ${JSON.stringify(context).slice(0, 60)}`, () => {
    assert.throws(
      () => hintsIn(context as unknown as JsonObject),
      (error: unknown) => error instanceof PdpError && error.code === 'invalid_request',
    )
  })
}

test('whatever is sent is hints or a bad request', () => {
  const keys = fc.constantFrom('action', 'resource', 'resource_type', 'resource_id', 'id', 'amount', '__proto__')
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), context => {
      try {
        const { rest } = hintsIn(context as JsonObject)
        assert.ok(Object.keys(rest).every(key => key === 'amount' || key === '__proto__'))
      } catch (error) {
        assert.ok(error instanceof PdpError && error.code === 'invalid_request')
      }
    }),
    { seed: 6, numRuns: 500 },
  )
})
