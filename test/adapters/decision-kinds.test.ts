import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { batchOf, rowsIn } from '../../src/adapters/sql/decision-batch.ts'
import type { DecisionRow } from '../../src/facts/store.ts'
import type { JsonObject } from '../../src/policy/json.ts'

const KINDS = ['a', 'b', 'c'].map(name => ({ name, facts: [{ of: name }], alike: {} }))

interface Drawn {
  readonly kind: number
  readonly at: number
  readonly context: unknown
  readonly missing: readonly unknown[]
  readonly revision: number
  readonly until: number | null
  readonly trace: string | null | undefined
  readonly bears: boolean
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.nat({ max: KINDS.length - 1 }),
  at: fc.nat(),
  context: fc.dictionary(fc.string(), fc.jsonValue()),
  missing: fc.array(fc.record({ rule: fc.string({ unit: 'grapheme' }) }), { maxLength: 2 }),
  revision: fc.nat(),
  until: fc.option(fc.nat()),
  trace: fc.constantFrom(undefined, null, 'req_1', 'né"\n'),
  bears: fc.boolean(),
})

function rowOf({ kind, at, context, missing, revision, until, trace, bears }: Drawn, i: number): DecisionRow {
  const { name, facts, alike } = KINDS[kind] ?? { name: '', facts: [], alike: {} }
  const request = { org: 'acme', subject: { type: 'user', id: name }, actors: [], action: 'view', context, at }
  const more = { validUntil: until, policyVersion: 3, revision, model: null, zone: 'UTC', facts }
  const record = { request, effect: 'deny', reasons: [], obligations: [], missing, ...more }
  return {
    ...{ id: `dec_${i}`, at, effect: 'deny', subject: `user:${name}`, action: 'view', resource: 'document' },
    record: { ...record, ...(trace !== undefined && { trace }) } as unknown as JsonObject,
    ...(bears && { alike }),
  }
}

const plain = (row: DecisionRow): unknown => {
  const { alike: _, ...stored } = row
  return JSON.parse(JSON.stringify(stored))
}

describe('kinds of decisions', () => {
  test('a batch gives back the rows that were put into it, whatever they have in common', () => {
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 12 }), all => {
        const rows = all.map(rowOf)
        assert.deepEqual(JSON.parse(JSON.stringify(rowsIn(batchOf(rows).text))), rows.map(plain))
      }),
      { seed: 7, numRuns: 500 },
    )
  })

  test('what many rows have in common is written twice at the most: the first alone, then for all', () => {
    const one: Drawn = {
      kind: 0,
      at: 1,
      context: {},
      missing: [],
      revision: 1,
      until: null,
      trace: 'req_1',
      bears: true,
    }
    const rows = Array.from({ length: 100 }, (_, i) => rowOf(one, i))
    assert.equal(batchOf(rows).text.split('"acme"').length - 1, 2)
  })

  test('batches of before there were kinds are read as ever', () => {
    const text =
      '{"shapes":[["effect","facts"]],"lists":[[1,2]],"rows":[["a",1,"allow","user:u","view","doc",0,"allow",[0]]]}'
    const record = { effect: 'allow', facts: [1, 2] }
    const row = { id: 'a', at: 1, effect: 'allow', subject: 'user:u', action: 'view', resource: 'doc', record }
    assert.deepEqual(rowsIn(text), [row])
  })
})
