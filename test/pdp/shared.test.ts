import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateOf } from '../../src/pdp/org.ts'
import { memoFor } from '../../src/pdp/shipped.ts'
import { readModel } from '../../src/pdp/stored-model.ts'
import { shipped } from '../support/nodes.ts'

const DSL = 'model\n  schema 1.1\ntype user\ntype document\n  relations\n    define viewer: [user]\n'

test('orgs of one model and zone share what was made of it, and of the rules that ship', () => {
  const [one, two, other] = ['UTC', 'UTC', 'Asia/Tokyo'].map((zone, n) =>
    stateOf(
      {
        org: { slug: `org-${n}`, name: 'Org', zone },
        revision: 1,
        model: { id: `m${n}`, dsl: DSL },
        policy: null,
        attributes: [],
        tuples: [],
        keys: [],
        registered: [],
      },
      shipped,
    ),
  )
  assert.ok(one !== undefined && two !== undefined && other !== undefined)
  assert.equal(one.model?.model, two.model?.model)
  assert.notEqual(one.model?.id, two.model?.id)
  assert.equal(one.set.index.layers[0], two.set.index.layers[0])
  assert.notEqual(one.set.index.layers[0], other.set.index.layers[0])
  assert.equal(memoFor(shipped, 'UTC').base, memoFor(shipped, 'UTC').base)
  assert.throws(() => readModel('m', 'type user'), /`m` is not readable/)
})
