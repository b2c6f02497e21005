import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Entity } from '../../src/policy/entity.ts'
import type { TupleText } from '../../src/policy/question.ts'
import {
  type CellKey,
  cellsOf,
  readsOf,
  readTarget,
  readUsers,
  shelfCell,
  shelfCellOf,
} from '../../src/relations/cells.ts'
import { createGraph } from '../../src/relations/graph.ts'
import { overlay } from '../../src/relations/overlay.ts'
import { NONE } from '../../src/relations/pairs.ts'
import { parseTuple } from '../../src/relations/tuple.ts'
import { addTuple, createTuples, findEntity, findSlot, OVER, type Tuples } from '../../src/relations/tuples.ts'
import { modelOf } from './harness.ts'

/** Names that are parts of each other, or could be split otherwise. */
const TYPES = ['a', 'aa', 'ab', 'b', 'user', 'É']
const IDS = ['a', 'aa', 'b', 'ba', '1', '11', 'a|b', 'x'.repeat(40), `${'x'.repeat(39)}y`, 'É', 'E\u0301']
const RELATIONS = ['a', 'b', 'ab', 'member', 'r'.repeat(30)]

const named = fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...IDS)).map(([type, id]) => `${type}:${id}`)
const relation = fc.constantFrom(...RELATIONS)
const user = fc.oneof(
  named,
  fc.constantFrom(...TYPES).map(type => `${type}:*`),
  fc.tuple(named, relation).map(([object, of]) => `${object}#${of}`),
)
const tuple: fc.Arbitrary<TupleText> = fc.record({ object: named, relation, user })

const entityOf = (text: string): Entity => {
  const colon = text.indexOf(':')
  return { type: text.slice(0, colon), id: text.slice(colon + 1) }
}

function tuplesOf(texts: readonly TupleText[]): Tuples {
  const t = createTuples()
  for (const text of texts) {
    const parsed = parseTuple(text)
    assert.ok(parsed !== null)
    addTuple(t, parsed, null)
  }
  return t
}

/** What a write of a tuple touches, as a walk over `t` tells it that looks exactly there. */
function told(t: Tuples, text: TupleText): readonly CellKey[] {
  const parsed = parseTuple(text)
  assert.ok(parsed !== null)
  const { object } = parsed
  const by = parsed.user.kind === 'entity' ? parsed.user.entity : null
  const who = by ?? (parsed.user.kind === 'set' ? parsed.user.object : entityOf(text.user))
  const cells: CellKey[] = []
  const reads = readsOf(t, object, by, cell => void cells.push(cell))
  const entity = findEntity(t, object.type, object.id)
  const slot = findSlot(t, object.type, parsed.relation)
  readUsers(reads, entity, slot)
  readTarget(reads, entity, slot, by === null)
  const number = findEntity(t, who.type, who.id)
  const type = t.types.get(object.type)
  cells.push(number === NONE || type === undefined ? shelfCellOf(who, object.type) : shelfCell(t, number, type))
  return cells
}

describe('a place has one cell', () => {
  test('whether it is told by numbers or by names, and whoever was told of before', () => {
    fc.assert(
      fc.property(
        fc.array(tuple, { minLength: 1, maxLength: 12 }),
        fc.array(tuple, { maxLength: 12 }),
        (some, others) => {
          const orgs = [tuplesOf(some), tuplesOf([...others, ...some]), tuplesOf([...some].reverse())]
          for (let round = 0; round < 2; round += 1) {
            for (const t of orgs) for (const one of some) assert.deepEqual(told(t, one), cellsOf(one))
          }
        },
      ),
      { numRuns: 1_500, seed: 11 },
    )
  })

  test('if its object has no number yet', () => {
    fc.assert(
      fc.property(tuple, relation, (one, other) => {
        const t = tuplesOf([{ object: 'ab:known', relation: one.relation, user: 'b:known' }])
        const place = { ...one, object: `ab:${entityOf(one.object).id}` }
        assert.deepEqual(told(t, place), cellsOf(place))
        addTuple(t, parseTuple({ ...place, relation: other }) as NonNullable<ReturnType<typeof parseTuple>>, null)
        assert.deepEqual(told(t, place), cellsOf(place))
      }),
      { numRuns: 500, seed: 12 },
    )
  })

  test('if its names came with the question, where each question numbers anew', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(named, named), { minLength: 2, maxLength: 8 }), pairs => {
        const stored = tuplesOf(TYPES.map(type => ({ object: `${type}:s`, relation: 'a', user: 'user:s' })))
        for (const [object, user] of pairs) {
          const known = { object, relation: 'a', user }
          const laid = overlay(stored, [{ ...known, condition: null }])
          const { type, id } = entityOf(object)
          assert.ok(findEntity(laid, type, id) >= OVER)
          assert.deepEqual(told(laid, known), cellsOf(known))
        }
      }),
      { numRuns: 300, seed: 13 },
    )
  })

  test('after more entities were told of than are kept', () => {
    const many = Array.from({ length: 40_000 }, (_, n) => ({ object: `ab:${n}`, relation: 'a', user: `user:${n}` }))
    const t = tuplesOf(many)
    for (const n of [0, 16_384, 1, 32_768, 0, 16_383, 39_999, 16_384, 0]) {
      const one = many[n] as TupleText
      assert.deepEqual(told(t, one), cellsOf(one))
    }
  })
})

test('whoever is asked about as everyone hears of everyone, also where the model of today takes no such tuple', () => {
  const model = modelOf('model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n')
  const graph = createGraph(model)
  const everyone = { object: 'doc:1', relation: 'viewer', user: 'user:*' }
  const user = { kind: 'entity', entity: { type: 'user', id: '*' } } as const
  const ask = (reads?: (cell: CellKey) => void) =>
    graph.check({ type: 'doc', id: '1' }, 'viewer', user, reads && { reads }).truth
  for (const write of [() => graph.write(everyone), () => graph.remove(everyone)]) {
    const cells = new Set<CellKey>()
    const before = ask(cell => cells.add(cell))
    write()
    assert.notEqual(ask(), before)
    assert.ok(cellsOf(everyone).some(cell => cells.has(cell)))
  }
})

test('no two places have the same cell', () => {
  const places = new Map<CellKey, string>()
  const add = (cell: CellKey | undefined, place: string): void => {
    assert.ok(cell !== undefined && Number.isSafeInteger(cell) && cell >= 0 && cell < 2 ** 52, place)
    assert.equal(places.get(cell) ?? place, place)
    places.set(cell, place)
  }
  const names = TYPES.flatMap(type => IDS.map(id => `${type}:${id}`))
  for (const object of names) {
    for (const name of RELATIONS) {
      for (const who of [...names, 'user:*', 'user:a#a']) {
        const [all, one, shelf] = cellsOf({ object, relation: name, user: who })
        const many = who.includes('*') || who.includes('#')
        add(all, `users ${object} ${name}`)
        add(one, many ? `many ${object} ${name}` : `one ${object} ${name} ${who}`)
        add(shelf, `objects ${who.replace('#a', '')} ${entityOf(object).type}`)
      }
    }
  }
  assert.ok(places.size > 20_000)
})
