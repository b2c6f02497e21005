import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CellKey, cellsOf, createGraph, type Graph, nearestMissing } from '../../src/relations/graph.ts'
import type { Model, Rewrite } from '../../src/relations/schema.ts'
import { printModel, printTuple } from './openfga.ts'
import { entitiesOf, naive, type World } from './oracle.ts'
import { askedFrom, type Tape, tapes, tupleFrom, worldFrom } from './worlds.ts'

const SEED = Number(process.env.ORACLE_SEED ?? 20260721)
const free = { depth: 10_000 }

function graphOf(world: World): Graph {
  const graph = createGraph(world.model)
  for (const tuple of world.tuples) graph.write(tuple)
  return graph
}

const show = (world: World, asked: unknown): string =>
  JSON.stringify({ model: printModel(world.model), tuples: world.tuples.map(printTuple), asked }, null, 1)

test('check gives the well-founded answer', () => {
  const seen = { yes: 0, no: 0, unknown: 0 }
  let unlisted = 0
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = graphOf(world)
      for (let i = 0; i < 6; i++) {
        const { object, relation, user } = askedFrom(tape)
        const answer = graph.check(object, relation, user, free)
        seen[answer.truth]++
        if (answer.why?.includes('leads through everyone')) unlisted++
        else assert.equal(answer.truth, naive(world, object, relation, user), show(world, { object, relation, user }))
      }
    }),
    { numRuns: 800, seed: SEED },
  )

  assert.ok(unlisted < 100, `${unlisted} chains led through everyone`)
  for (const [truth, count] of Object.entries(seen)) assert.ok(count > 100, `${truth} came up only ${count} times`)
})

test('a list of objects is a filter of check', () => {
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = graphOf(world)
      const user = { type: tape.one(['user', 'team']), id: tape.one(['1', '2', 'new']) }
      const [type, relation] = [tape.one(['team', 'doc']), tape.one(['p', 'a', 'b', 'c'])]
      const want = entitiesOf(world)
        .filter(e => e.type === type && naive(world, e, relation, { kind: 'entity', entity: user }) === 'yes')
        .map(e => e.id)
      assert.deepEqual(
        graph.listObjects(type, relation, user, free),
        want.sort(),
        show(world, { type, relation, user }),
      )
    }),
    { numRuns: 800, seed: SEED },
  )
})

test('a list of users is a filter of check, those no tuple names included', () => {
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const { object, relation } = askedFrom(tape)
      if ('kind' in object) return
      const type = tape.one(['user', 'team'])
      const list = graphOf(world).listUsers(object, relation, type, free)
      for (const id of ['1', '2', '3', 'new']) {
        const listed = list.ids.includes(id) || (list.wildcard && !list.except.includes(id))
        const truth = naive(world, object, relation, { kind: 'entity', entity: { type, id } })
        assert.equal(listed, truth === 'yes', show(world, { object, relation, type, id, list }))
      }
    }),
    { numRuns: 500, seed: SEED },
  )
})

test('an answer changes only through a cell that was read', () => {
  let changes = 0
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = graphOf(world)
      const asked = Array.from({ length: 6 }, () => askedFrom(tape))
      for (let i = 0; i < 12; i++) {
        const before = asked.map(({ object, relation, user }) => {
          const reads = new Set<CellKey>()
          const { truth } = graph.check(object, relation, user, { ...free, reads: cell => reads.add(cell) })
          return { truth, reads }
        })
        const stored = tape.pick(3) === 0 ? [...graph.tuples()].map(p => p.tuple) : []
        const tuple = stored.length > 0 ? tape.one(stored) : tupleFrom(tape, world.model)
        if (graph.has(tuple)) graph.remove(tuple)
        else graph.write(tuple)
        const touched = cellsOf(tuple)
        asked.forEach(({ object, relation, user }, n) => {
          const was = before[n]
          if (was === undefined || graph.check(object, relation, user, free).truth === was.truth) return
          changes++
          const heard = touched.some(cell => was.reads.has(cell))
          assert.ok(heard, show(world, { object, relation, user, tuple, reads: [...was.reads] }))
        })
      }
    }),
    { numRuns: 1200, seed: SEED },
  )
  assert.ok(changes > 200, `only ${changes} answers changed`)
})

test('a proof is made of stored tuples and is enough by itself, and outlives them', () => {
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape, false)
      const graph = graphOf(world)
      const { object, relation, user } = askedFrom(tape)
      const answer = graph.check(object, relation, user, free)
      if (answer.truth !== 'yes') return
      const before = answer.proof?.() ?? []
      for (const tuple of before) assert.ok(graph.has(tuple), show(world, { object, relation, user, before }))
      const alone = graphOf({ model: world.model, tuples: before.map(t => ({ ...t, condition: null })) })
      assert.equal(
        alone.check(object, relation, user, free).truth,
        'yes',
        show(world, { object, relation, user, before }),
      )
      for (const tuple of world.tuples) graph.remove(tuple)
      for (let i = 0; i < 20; i++) graph.write(tupleFrom(tape, world.model))
      assert.deepEqual(answer.proof?.(), before)
    }),
    { numRuns: 2000, seed: SEED },
  )
})

/** A model without its `but not`: what is left of each is its left side. */
function withoutNegation(model: Model): Model {
  const plain = (r: Rewrite): Rewrite => {
    if (r.kind === 'difference') return plain(r.base)
    return r.kind === 'union' || r.kind === 'intersection' ? { ...r, of: r.of.map(plain) } : r
  }
  const types = [...model.types].map(([name, type]) => {
    const relations = [...type.relations].map(([key, r]) => [key, { ...r, rewrite: plain(r.rewrite) }] as const)
    return [name, { ...type, relations: new Map(relations) }] as const
  })
  return { ...model, types: new Map(types) }
}

test('with negation a proof shows what grants: it is enough where nothing is taken away', () => {
  let proofs = 0
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const { object, relation, user } = askedFrom(tape)
      const answer = graphOf(world).check(object, relation, user, free)
      if (answer.truth !== 'yes') return
      proofs++
      const tuples = (answer.proof?.() ?? []).map(t => ({ ...t, condition: null }))
      const alone = graphOf({ model: withoutNegation(world.model), tuples })
      const told = show(world, { object, relation, user, tuples })
      assert.equal(alone.check(object, relation, user, free).truth, 'yes', told)
    }),
    { numRuns: 3000, seed: SEED },
  )
  assert.ok(proofs > 100, `only ${proofs} proofs`)
})

/** The same tuples in another order, and every branch of the model in another. */
function shuffled(tape: Tape, { model, tuples }: World): World {
  const mixed = <T>(all: readonly T[]): T[] => {
    const left = [...all]
    return all.map(() => left.splice(tape.pick(left.length), 1)[0] as T)
  }
  const turned = (r: Rewrite): Rewrite => {
    if (r.kind === 'difference') return { ...r, base: turned(r.base), subtract: turned(r.subtract) }
    return r.kind === 'union' || r.kind === 'intersection' ? { ...r, of: mixed(r.of).map(turned) } : r
  }
  const types = mixed([...model.types.values()]).map(type => {
    const relations = mixed([...type.relations.values()]).map(r => {
      const made = { ...r, restrictions: mixed(r.restrictions), rewrite: turned(r.rewrite) }
      return [r.name, made] as const
    })
    return [type.name, { ...type, relations: new Map(relations) }] as const
  })
  return { model: { ...model, types: new Map(types) }, tuples: mixed(tuples) }
}

test('the order of tuples, branches and types changes neither an answer nor what it says', () => {
  const seen = { yes: 0, no: 0, unknown: 0 }
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const other = shuffled(tape, world)
      const [graph, turned] = [graphOf(world), graphOf(other)]
      for (let i = 0; i < 4; i++) {
        const { object, relation, user } = askedFrom(tape)
        for (const options of [free, { depth: 2 }, { context: {} }, { depth: 3, context: { c0: 1, c1: 'x' } }]) {
          const [a, b] = [graph, turned].map(g => g.check(object, relation, user, options))
          seen[a?.truth ?? 'no']++
          const told = show(world, { object, relation, user, options, other: other.tuples.map(printTuple) })
          assert.deepEqual([b?.truth, b?.why, b?.limit], [a?.truth, a?.why, a?.limit], told)
        }
        const missing = [graph, turned].map(g => nearestMissing(g, object, relation, user)?.length)
        assert.equal(
          missing[1],
          missing[0],
          show(world, { object, relation, user, other: other.tuples.map(printTuple) }),
        )
      }
    }),
    { numRuns: 1500, seed: SEED },
  )
  for (const [truth, count] of Object.entries(seen)) assert.ok(count > 100, `${truth} came up only ${count} times`)
})

test('writes and removals in any order leave what a set of tuples would hold', () => {
  fc.assert(
    fc.property(tapes, tape => {
      const { model } = worldFrom(tape)
      const graph = createGraph(model)
      const held = new Map<string, unknown>()
      for (let i = 0; i < 150; i++) {
        const tuple = tupleFrom(tape, model)
        const text = JSON.stringify([tuple.object, tuple.relation, tuple.user])
        if (tape.pick(2) === 0) {
          assert.equal(graph.write(tuple), !held.has(text))
          if (!held.has(text)) held.set(text, tuple)
        } else assert.equal(graph.remove(tuple), held.delete(text))
      }
      assert.equal(graph.size, held.size)
      const read = [...graph.tuples()].map(p => p.tuple)
      const sorted = (all: Iterable<unknown>): string[] => [...all].map(t => JSON.stringify(t)).sort()
      assert.deepEqual(sorted(read), sorted(held.values()))
    }),
    { numRuns: 300, seed: SEED },
  )
})
