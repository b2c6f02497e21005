import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TupleText } from '../../src/policy/question.ts'
import { createGraph, nearestMissing } from '../../src/relations/graph.ts'
import { findRelation } from '../../src/relations/schema.ts'
import { parseTuple, validateTuple } from '../../src/relations/tuple.ts'
import { dsl, entity, graphOf, userOf } from './harness.ts'
import { printModel, printTuple } from './openfga.ts'
import type { World } from './oracle.ts'
import { type Asked, askedFrom, tapes, worldFrom } from './worlds.ts'

const SEED = Number(process.env.ORACLE_SEED ?? 20260721)
const free = { depth: 10_000 }

const show = ({ model, tuples }: World, more: object): string =>
  JSON.stringify({ model: printModel(model), tuples: tuples.map(printTuple), ...more }, null, 1)

const filled = ({ model, tuples }: World) => {
  const graph = createGraph(model)
  for (const tuple of tuples) graph.write(tuple)
  return graph
}

test('what is missing turns a no into a yes once it is written, and the model takes it', () => {
  let found = 0
  let several = 0
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = filled(world)
      const { object, relation, user }: Asked = askedFrom(tape)
      const missing = nearestMissing(graph, object, relation, user)
      if (missing === null) return
      found++
      if (missing.length > 1) several++
      const told = show(world, { object, relation, user, missing })
      assert.equal(graph.check(object, relation, user, free).truth, 'no', told)
      for (const tuple of missing) {
        assert.equal(validateTuple(world.model, { ...tuple, condition: null }), null, told)
        assert.ok(graph.write(tuple), told)
      }
      assert.equal(graph.check(object, relation, user, free).truth, 'yes', told)
    }),
    { numRuns: 3000, seed: SEED },
  )
  assert.ok(found > 200 && several > 5, `only ${found} found, ${several} of several tuples`)
})

/** Every tuple without a condition that a world's model takes between the things that are there. */
function* takenTuples({ model }: World, ids: readonly string[]): Iterable<TupleText> {
  const users = [...model.types.keys()].flatMap(type => [
    `${type}:*`,
    ...ids.flatMap(id => [`${type}:${id}`, ...['p', 'a', 'b', 'c'].map(r => `${type}:${id}#${r}`)]),
  ])
  for (const type of ['team', 'doc'])
    for (const id of ids)
      for (const relation of ['p', 'a', 'b', 'c'])
        for (const user of users) {
          const tuple = { object: `${type}:${id}`, relation, user, condition: null }
          if (parseTuple(tuple) !== null && validateTuple(model, tuple) === null) yield tuple
        }
}

test('where nothing is told to be missing, no single tuple would do', () => {
  let none = 0
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = filled(world)
      const { object, relation, user }: Asked = askedFrom(tape)
      if ('kind' in object || user.kind !== 'entity' || findRelation(world.model, object.type, relation) === null)
        return
      if (graph.check(object, relation, user).truth !== 'no') return
      if (nearestMissing(graph, object, relation, user) !== null) return
      none++
      for (const { object: on, relation: as, user: who } of takenTuples(world, ['1', '2', object.id, user.entity.id])) {
        const contextual = [{ object: on, relation: as, user: who, condition: null }]
        if (graph.has({ object: on, relation: as, user: who })) continue
        const { truth } = graph.check(object, relation, user, { ...free, contextual })
        assert.notEqual(truth, 'yes', show(world, { object, relation, user, contextual }))
      }
    }),
    { numRuns: 800, seed: SEED },
  )
  assert.ok(none > 30, `only ${none} had nothing missing`)
})

const MODEL = dsl(
  'type team',
  'define member: [user, team#member]',
  'type folder',
  'define parent: [folder]',
  'define viewer: [user, team#member] or viewer from parent',
  'type doc',
  'define folder: [folder]',
  'define signed: [user]',
  'define trusted: [user]',
  'define barred: [user, team#member]',
  'define pardoned: [user]',
  'define locked: barred but not pardoned',
  'define public: [user:*]',
  'define viewer: viewer from folder',
  'define editor: viewer and signed and trusted',
  'define reader: [user] but not barred',
  'define opener: [user] but not locked',
)

const cases: readonly {
  readonly name: string
  readonly tuples: readonly string[]
  readonly asks: string
  readonly missing: readonly string[] | null
}[] = [
  {
    name: 'membership in the group at the end of a chain of groups',
    tuples: ['doc:1 folder folder:a', 'folder:a parent folder:b', 'folder:b viewer team:x#member'],
    asks: 'doc:1 viewer user:ann',
    missing: ['folder:a viewer user:ann'],
  },
  {
    name: 'a link to what the user holds already',
    tuples: ['folder:a viewer user:ann'],
    asks: 'doc:1 viewer user:ann',
    missing: ['doc:1 folder folder:a'],
  },
  {
    name: 'all parts of an `and` that fail',
    tuples: ['doc:1 folder folder:a', 'doc:1 trusted user:ann'],
    asks: 'doc:1 editor user:ann',
    missing: ['doc:1 signed user:ann', 'folder:a viewer user:ann'],
  },
  {
    name: 'nothing, where a tuple stands in the way',
    tuples: ['doc:1 reader user:ann', 'doc:1 barred user:ann'],
    asks: 'doc:1 reader user:ann',
    missing: null,
  },
  {
    name: 'what lifts what stands in the way',
    tuples: ['doc:1 opener user:ann', 'doc:1 barred team:x#member', 'team:x member user:ann'],
    asks: 'doc:1 opener user:ann',
    missing: ['doc:1 pardoned user:ann'],
  },
  {
    name: 'everyone, where nobody can be named',
    tuples: [],
    asks: 'doc:1 public user:ann',
    missing: ['doc:1 public user:*'],
  },
  { name: 'nothing, where there is nothing to link to', tuples: [], asks: 'doc:1 viewer user:ann', missing: null },
  { name: 'nothing, of what holds', tuples: ['doc:1 reader user:ann'], asks: 'doc:1 reader user:ann', missing: null },
]

for (const { name, tuples, asks, missing } of cases) {
  test(`missing: ${name}`, () => {
    for (const stored of [tuples, [...tuples].reverse()]) {
      const [object = '', relation = '', user = ''] = asks.split(' ')
      const found = nearestMissing(graphOf(MODEL, ...stored), entity(object), relation, userOf(user))
      assert.deepEqual(found?.map(t => `${t.object} ${t.relation} ${t.user}`).sort() ?? null, missing)
    }
  })
}
