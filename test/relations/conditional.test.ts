import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { whenTruth } from '../../src/engine/conditional.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Truth } from '../../src/policy/question.ts'
import { conditionTest } from '../../src/relations/conditions.ts'
import { createGraph, type Graph, type Tuple } from '../../src/relations/graph.ts'
import { validateTuple } from '../../src/relations/tuple.ts'
import { entity, graphOf, modelOf } from './harness.ts'
import { naive, type World } from './oracle.ts'
import { askedFrom, type Tape, tapes, tupleFrom, worldFrom } from './worlds.ts'

const SEED = Number(process.env.ORACLE_SEED ?? 20260722)
const free = { depth: 10_000 }

const graphIn = (world: World): Graph => {
  const graph = createGraph(world.model)
  for (const tuple of world.tuples) graph.write(tuple)
  return graph
}

/** `n <= c0` and `n <= c1`, without any CEL. */
const holdsIn =
  (context: JsonObject) =>
  ({ name, context: { n } }: NonNullable<Tuple['condition']>): Truth => {
    const most = context[name]
    return typeof most !== 'number' ? 'unknown' : Number(n) <= most ? 'yes' : 'no'
  }

const contextFrom = (tape: Tape): JsonObject => ({
  ...(tape.pick(4) !== 0 && { c0: tape.pick(4) - 1 }),
  ...(tape.pick(4) !== 0 && { c1: tape.pick(4) - 1 }),
})

const show = (world: World, more: unknown): string =>
  JSON.stringify({ types: [...world.model.types].map(([n, t]) => [n, [...t.relations]]), tuples: world.tuples, more })

test('what is left to conditions comes to what it would have been with the context at once', () => {
  const seen = { yes: 0, no: 0, unknown: 0 }
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = graphIn(world)
      for (let i = 0; i < 6; i++) {
        const { object, relation, user } = askedFrom(tape)
        const open = graph.check(object, relation, user, free)
        if (open.why?.includes('everyone')) continue
        for (let j = 0; j < 3; j++) {
          const context = contextFrom(tape)
          const want = naive({ ...world, holds: holdsIn(context) }, object, relation, user)
          const told = { object, relation, user, context, open }
          const now = graph.check(object, relation, user, { ...free, context })
          assert.equal(now.truth, want, show(world, told))
          assert.equal(now.when, undefined)
          const later = open.when === undefined ? open.truth : whenTruth(open.when, conditionTest(world.model), context)
          assert.equal(later, want, show(world, told))
          if (open.when !== undefined) seen[later]++
        }
      }
    }),
    { numRuns: 800, seed: SEED },
  )
  for (const [truth, count] of Object.entries(seen)) assert.ok(count > 50, `${truth} came up only ${count} times`)
})

test('contextual tuples count as if they were stored, and leave no trace', () => {
  fc.assert(
    fc.property(tapes, tape => {
      const world = worldFrom(tape)
      const graph = graphIn(world)
      const before = JSON.stringify([...graph.tuples()])
      const bytes = graph.bytes()
      for (let i = 0; i < 6; i++) {
        const contextual = new Map<string, Tuple>()
        for (let n = tape.pick(5); n > 0; n--) {
          const tuple = tupleFrom(tape, world.model)
          if (validateTuple(world.model, { ...tuple, condition: tuple.condition && { ...tuple.condition } }) === null)
            contextual.set(JSON.stringify([tuple.object, tuple.relation, tuple.user]), tuple)
        }
        const kept = world.tuples.filter(t => !contextual.has(JSON.stringify([t.object, t.relation, t.user])))
        const context = contextFrom(tape)
        const both: World = { model: world.model, tuples: [...kept, ...contextual.values()], holds: holdsIn(context) }
        const options = { ...free, context, contextual: [...contextual.values()] }
        const { object, relation, user } = askedFrom(tape)
        const answer = graph.check(object, relation, user, options)
        if (!answer.why?.includes('everyone')) {
          const told = show(world, { object, relation, user, options, answer })
          assert.equal(answer.truth, naive(both, object, relation, user), told)
        }
        if (user.kind === 'entity' && !('kind' in object)) {
          const stored = graphIn(both)
          assert.deepEqual(
            graph.listObjects(object.type, relation, user.entity, options),
            stored.listObjects(object.type, relation, user.entity, { ...free, context }),
          )
          assert.deepEqual(
            graph.listUsers(object, relation, user.entity.type, options),
            stored.listUsers(object, relation, user.entity.type, { ...free, context }),
          )
        }
      }
      assert.equal(JSON.stringify([...graph.tuples()]), before)
      assert.equal(graph.bytes(), bytes)
    }),
    { numRuns: 800, seed: SEED },
  )
})

const MODEL = `model
  schema 1.1
type user
type team
  relations
    define member: [user, team#member]
type doc
  relations
    define viewer: [user, user:*, user with soon, team#member with soon]
    define barred: [user, user with soon]
    define reader: viewer but not barred
condition soon(at: timestamp, until: timestamp) {
  at < until
}
`
const until = (day: string) => ({ name: 'soon', context: { until: `2026-01-${day}T00:00:00Z` } })
const on = (day: string) => ({ at: `2026-01-${day}T00:00:00Z` })
const ann = { kind: 'entity', entity: entity('user:ann') } as const

test('an answer tells which conditions it waits for, and which parameter lacks', () => {
  const graph = graphOf(MODEL, 'team:a member user:ann')
  graph.write({ object: 'doc:1', relation: 'viewer', user: 'team:a#member', condition: until('10') })
  graph.write({ object: 'doc:1', relation: 'barred', user: 'user:ann', condition: until('05') })
  const answer = graph.check(entity('doc:1'), 'reader', ann)
  assert.deepEqual(answer, {
    truth: 'unknown',
    why: 'condition `soon` is not evaluated',
    when: {
      kind: 'all',
      of: [
        { kind: 'condition', ...until('10') },
        { kind: 'not', of: { kind: 'condition', ...until('05') } },
      ],
    },
  })
  const at = (context: JsonObject) => graph.check(entity('doc:1'), 'reader', ann, { context })
  assert.equal(at(on('07')).truth, 'yes')
  assert.equal(at(on('03')).truth, 'no')
  assert.equal(at({ ...on('11'), until: '2027-01-01T00:00:00Z' }).truth, 'no', 'what is stored overrides')
  assert.deepEqual(at({}), { truth: 'unknown', why: 'condition `soon` lacks `at` in the context' })
  assert.match(at({ at: 5 }).why ?? '', /cannot take `at`: expected a time/)
})

test('what is stored for a condition must be of its parameters’ types', () => {
  const model = modelOf(MODEL)
  const tuple = { object: 'doc:1', relation: 'viewer', user: 'user:ann' }
  const why = (context: JsonObject) => validateTuple(model, { ...tuple, condition: { name: 'soon', context } })?.message
  assert.equal(why({ until: '2026-01-01T00:00:00Z' }), undefined)
  assert.match(why({ until: 'tomorrow' }) ?? '', /`soon` cannot take `until`: expected a time such as/)
  assert.match(why({ when: '2026-01-01T00:00:00Z' }) ?? '', /`when` is not a parameter of `soon`/)
})

test('contextual tuples: proof, limit, refusal', () => {
  const graph = graphOf(MODEL)
  const contextual = [
    { object: 'team:new', relation: 'member', user: 'user:ann', condition: null },
    { object: 'doc:1', relation: 'viewer', user: 'team:new#member', condition: until('10') },
  ]
  const answer = graph.check(entity('doc:1'), 'viewer', ann, { contextual, context: on('01') })
  assert.equal(answer.truth, 'yes')
  graph.write({ object: 'team:other', relation: 'member', user: 'user:zoe' })
  assert.deepEqual(
    answer.proof?.().map(t => `${t.object}#${t.relation}@${t.user}`),
    ['doc:1#viewer@team:new#member', 'team:new#member@user:ann'],
  )
  assert.equal(graph.check(entity('doc:1'), 'viewer', ann).truth, 'no')
  const [one] = contextual
  assert.ok(one)
  const many = Array.from({ length: 101 }, (_, i) => ({ ...one, user: `user:${i}` }))
  assert.match(graph.check(entity('doc:1'), 'viewer', ann, { contextual: many }).why ?? '', /at most 100/)
  const wrong = [{ ...one, relation: 'owner' }]
  assert.match(graph.check(entity('doc:1'), 'viewer', ann, { contextual: wrong }).why ?? '', /is not taken/)
})

test('an answer that waits for too many conditions is unknown and says so', () => {
  const graph = createGraph(modelOf(MODEL))
  const parents = Array.from({ length: 700 }, (_, i) => `team:t${i}`)
  parents.forEach((team, i) => {
    graph.write({ object: team, relation: 'member', user: 'user:ann' })
    const condition = { name: 'soon', context: { until: new Date(1e12 + i * 1e6).toISOString() } }
    graph.write({ object: 'doc:1', relation: 'viewer', user: `${team}#member`, condition })
  })
  const answer = graph.check(entity('doc:1'), 'viewer', ann)
  assert.deepEqual(answer, { truth: 'unknown', why: 'condition `soon` is not evaluated' })
  assert.equal(graph.check(entity('doc:1'), 'viewer', ann, { context: { at: '2001-01-01T00:00:00Z' } }).truth, 'yes')
})

const GROUPS = `model
  schema 1.1
type user
type team
  relations
    define member: [user, user:*]
type squad
  relations
    define member: [user]
type folder
  relations
    define viewer: [user, user:* with level, team#member, squad#member with level, team#member with level]
type doc
  relations
    define parent: [folder]
    define viewer: viewer from parent
    define barred: [user with level, user:* with level]
    define reader: [user] but not barred
condition level(have: list<string>, need: string, at: int) {
  need in have && at >= 0
}
`
const need = (name: string) => ({ name: 'level', context: { need: name } })
const have = (...names: string[]) => ({ have: names, at: 0 })

/** What has gone wrong in other engines with wildcards, several groups, and contexts that differ only deep inside. */
test('conditions on groups and on everyone', () => {
  const graph = graphOf(GROUPS, 'team:a member user:ann', 'doc:1 parent folder:1', 'doc:1 reader user:ann')
  graph.write({ object: 'squad:a', relation: 'member', user: 'user:ann' })
  graph.write({ object: 'folder:1', relation: 'viewer', user: 'team:a#member', condition: need('low') })
  graph.write({ object: 'folder:1', relation: 'viewer', user: 'squad:a#member', condition: need('high') })
  graph.write({ object: 'folder:2', relation: 'viewer', user: 'user:*' })
  graph.write({ object: 'doc:1', relation: 'barred', user: 'user:*', condition: need('bar') })
  const asked = (object: string, relation: string, context?: JsonObject) =>
    graph.check(entity(object), relation, ann, context === undefined ? {} : { context }).truth
  assert.equal(asked('doc:1', 'viewer', have('high')), 'yes', 'one group that fails hides no other')
  assert.equal(asked('doc:1', 'viewer', have('low')), 'yes')
  assert.equal(asked('doc:1', 'viewer', have('high,low')), 'no', 'what is joined is not two')
  assert.equal(asked('doc:1', 'viewer', have()), 'no')
  assert.equal(asked('doc:1', 'viewer', { have: 'low', at: 0 }), 'unknown')
  assert.equal(asked('doc:1', 'viewer', { have: [['low']], at: 0 }), 'unknown')
  assert.equal(asked('doc:1', 'viewer', { have: ['low'], at: '0' }), 'yes', 'a number as text is one')
  assert.equal(
    asked('folder:2', 'viewer', have('low')),
    'no',
    'a bare wildcard is not taken where one needs a condition',
  )
  assert.equal(asked('doc:1', 'reader', have('low')), 'yes')
  assert.equal(asked('doc:1', 'reader', have('bar')), 'no', 'a wildcard bars, in a check')
  assert.equal(asked('doc:1', 'reader', {}), 'unknown', 'an exclusion that cannot be evaluated opens no door')
  const list = (context: JsonObject) => graph.listUsers(entity('doc:1'), 'reader', 'user', { context }).ids
  assert.deepEqual([list(have('low')), list(have('bar')), list({})], [['ann'], [], []], 'and in a list')
  const set = { kind: 'set', object: entity('team:a'), relation: 'member' } as const
  graph.write({ object: 'team:b', relation: 'member', user: 'user:*' })
  assert.equal(graph.check(entity('team:b'), 'member', set, { context: have('low') }).truth, 'no')
  const told: string[] = []
  graph.listObjects('doc', 'viewer', entity('user:ann'), {
    context: {},
    undecided: (id, why) => told.push(`${id}: ${why}`),
  })
  assert.deepEqual(told, ['1: condition `level` lacks `at`, `have` in the context'])
})

test('the order of contextual tuples and of keys in a context changes nothing', () => {
  const graph = graphOf(GROUPS, 'doc:1 parent folder:1')
  const contextual: Tuple[] = [
    { object: 'team:a', relation: 'member', user: 'user:ann', condition: null },
    { object: 'folder:1', relation: 'viewer', user: 'team:a#member', condition: need('low') },
    { object: 'folder:1', relation: 'viewer', user: 'squad:a#member', condition: need('high') },
  ]
  const ask = (tuples: readonly Tuple[], context: JsonObject) =>
    graph.check(entity('doc:1'), 'viewer', ann, { contextual: tuples, context }).truth
  assert.equal(ask(contextual, have('low')), 'yes')
  assert.equal(ask([...contextual].reverse(), { at: 0, have: ['low'] }), 'yes')
  assert.equal(ask(contextual.slice(0, 1), have('low')), 'no')
  const stored = graph.check(entity('doc:1'), 'viewer', ann, { contextual })
  const swapped = contextual.map(t => ({ ...t, condition: t.condition && { ...t.condition } })).reverse()
  assert.deepEqual(graph.check(entity('doc:1'), 'viewer', ann, { contextual: swapped }).when, stored.when)
})
