import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseModel } from '../../src/relations/model.ts'
import { KEYS } from './bugs-keys.ts'
import { SIDES } from './bugs-sides.ts'
import { WAYS } from './bugs-ways.ts'
import { check, dsl, entity, graphOf, modelOf, tupleOf } from './harness.ts'

const team = ['type team', 'define member: [user, team#member]'] as const
const fields = (text: string): readonly string[] => text.split(' ').filter(word => word !== '')

for (const { bug, name, model, tuples, asks = [], objects = [], users = [] } of [...KEYS, ...WAYS, ...SIDES]) {
  test(`${bug}: ${name}`, () => {
    for (const stored of [tuples, [...tuples].reverse()]) {
      const graph = graphOf(model, ...stored)
      for (const [question, truth, context = {}, contextual = []] of asks) {
        const options = { context, contextual: contextual.map(tupleOf) }
        const told = `${question} ${JSON.stringify(context)} ${contextual}`
        assert.equal(check(graph, question, options).truth, truth, told)
        const written = graphOf(model, ...stored, ...contextual)
        assert.equal(check(written, question, { context }).truth, truth, `${told}, written`)
      }
      for (const [list, ids, context = {}] of objects) {
        const [type = '', relation = '', user = ''] = list.split(' ')
        assert.deepEqual(graph.listObjects(type, relation, entity(user), { context }), fields(ids), list)
      }
      for (const [list, ids, context = {}] of users) {
        const [object = '', relation = '', type = ''] = list.split(' ')
        const found = graph.listUsers(entity(object), relation, type, { context })
        const said = [...(found.wildcard ? ['*'] : []), ...found.except.map(id => `-${id}`), ...found.ids]
        assert.deepEqual(said, fields(ids), list)
      }
    }
  })
}

test('CVE-2022-23542: tuples an earlier model took and today’s does not are ignored', () => {
  const graph = graphOf(
    dsl(...team, 'type doc', 'define viewer: [user, user:*, team#member]'),
    'doc:1 viewer user:*',
    'doc:2 viewer team:a#member',
    'team:a member user:ann',
    'doc:3 viewer user:ann',
  )
  const stricter = graph.withModel(modelOf(dsl(...team, 'type doc', 'define viewer: [user]')))
  assert.deepEqual(stricter.listObjects('doc', 'viewer', entity('user:ann')), ['3'])
  for (const id of ['1', '2']) assert.equal(check(stricter, `doc:${id} viewer user:ann`).truth, 'no')
})

for (const [bug, parent] of [
  ['CVE-2022-39341', '[doc] or other'],
  ['CVE-2022-39342', '[doc:*]'],
  ['CVE-2022-39342', '[doc, doc:*]'],
  ['CVE-2022-39341', '[doc#viewer]'],
] as const) {
  test(`${bug}: what \`from\` follows may be no \`${parent}\``, () => {
    const text = dsl(
      'type doc',
      'define other: [doc]',
      `define parent: ${parent}`,
      'define viewer: [user] or viewer from parent',
    )
    assert.equal(parseModel(text).ok, false)
  })
}

test('CVE-2022-39342: and such a tuple of an earlier model is not followed', () => {
  const graph = graphOf(
    dsl('type doc', 'define parent: [doc:*, doc#viewer, doc]', 'define viewer: [user]'),
    'doc:1 parent doc:*',
    'doc:1 parent doc:2#viewer',
    'doc:2 viewer user:ann',
  )
  const followed = graph.withModel(
    modelOf(dsl('type doc', 'define parent: [doc]', 'define viewer: [user] or viewer from parent')),
  )
  assert.equal(check(followed, 'doc:1 viewer user:ann').truth, 'no')
  assert.deepEqual(followed.listObjects('doc', 'viewer', entity('user:ann')), ['2'])
})

test('CVE-2023-35933, CVE-2023-43645: circular and deep graphs end in a named limit', () => {
  const model = dsl(
    'type group',
    'define member: [user, group#member]',
    'define gated: [user, group#gated] but not member',
  )
  const graph = graphOf(
    model,
    ...Array.from({ length: 3000 }, (_, i) => `group:${i} member group:${(i + 1) % 3000}#member`),
  )
  assert.deepEqual(
    [check(graph, 'group:0 member user:ann').truth, check(graph, 'group:0 member user:ann').limit],
    ['unknown', 'depth'],
  )
  const small = graphOf(
    model,
    'group:a member group:b#member',
    'group:b member group:a#member',
    'group:a gated group:a#gated',
  )
  assert.equal(check(small, 'group:a member user:ann').truth, 'no')
  assert.equal(check(small, 'group:a gated user:ann').truth, 'no')
  const paradox = graphOf(
    dsl('type group', 'define of: [group]', 'define a: [user] but not b', 'define b: [user] or a from of'),
    'group:x a user:ann',
    'group:x of group:x',
  )
  assert.deepEqual(
    [check(paradox, 'group:x a user:ann').truth, check(paradox, 'group:x a user:ann').limit],
    ['unknown', 'cycle'],
  )
})

test('CVE-2023-45810, CVE-2024-23820, openfga#3106, openfga#3111: a list that ends early holds nothing', () => {
  const graph = graphOf(
    dsl('type doc', 'define viewer: [user]'),
    ...Array.from({ length: 2000 }, (_, i) => `doc:${i} viewer user:ann`),
  )
  const before = graph.bytes()
  for (let i = 0; i < 200; i++) {
    const told: unknown[] = []
    graph.listObjects('doc', 'viewer', entity('user:ann'), { work: 10, undecided: id => told.push(id) })
    assert.deepEqual(told, [null])
    for (const _ of graph.tuples({ type: 'doc' })) break
  }
  assert.equal(graph.bytes(), before)
  assert.ok(graph.remove(tupleOf('doc:1 viewer user:ann')))
})
