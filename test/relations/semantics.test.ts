import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGraph, nearestMissing } from '../../src/relations/graph.ts'
import { check, dsl, entity, graphOf, modelOf, tupleOf, userOf } from './harness.ts'

interface Case {
  readonly name: string
  readonly model: string
  readonly tuples: readonly string[]
  readonly yes?: readonly string[]
  readonly no?: readonly string[]
  readonly unknown?: readonly (readonly [question: string, why: RegExp])[]
}

const conditions = (...names: readonly string[]): string =>
  names.map(name => `\ncondition ${name}(x: int) {\n  x < 3\n}\n`).join('')
const team = ['type team', 'define member: [user, team#member]'] as const

const cases: readonly Case[] = [
  {
    name: 'a wildcard covers no set',
    model: dsl(...team, 'type doc', 'define viewer: [user:*, team#member]', 'define reader: [team:*]'),
    tuples: ['doc:1 viewer user:*', 'doc:2 reader team:*'],
    yes: ['doc:1 viewer user:zoe', 'doc:1 viewer user:*', 'doc:2 reader team:x'],
    no: ['doc:1 viewer team:x#member', 'doc:2 reader team:x#member', 'doc:2 reader user:zoe'],
  },
  {
    name: 'many people are not everyone',
    model: dsl('type doc', 'define viewer: [user, user:*]'),
    tuples: ['doc:1 viewer user:ann', 'doc:1 viewer user:bob'],
    no: ['doc:1 viewer user:*'],
  },
  {
    name: 'a wildcard that needs a condition does not count without it',
    model: dsl('type doc', 'define viewer: [user:* with c]', 'define owner: [user with c, user]') + conditions('c'),
    tuples: [
      'doc:1 viewer user:*',
      'doc:2 viewer user:* with c',
      'doc:3 owner user:ann with d',
      'doc:4 owner user:ann',
    ],
    yes: ['doc:4 owner user:ann'],
    no: ['doc:1 viewer user:ann', 'doc:3 owner user:ann'],
    unknown: [['doc:2 viewer user:ann', /condition `c`/]],
  },
  {
    name: 'an undecided tuple is neither a yes nor forgotten',
    model:
      dsl(
        'type doc',
        'define owner: [user]',
        'define barred: [user, user with c, user:*, user:* with c]',
        'define viewer: owner but not barred',
      ) + conditions('c'),
    tuples: [
      'doc:1 owner user:ann',
      'doc:1 barred user:ann with c',
      'doc:2 owner user:ann',
      'doc:2 barred user:ann with c',
      'doc:2 barred user:*',
    ],
    no: ['doc:2 viewer user:ann', 'doc:1 viewer user:bob'],
    unknown: [['doc:1 viewer user:ann', /condition `c`/]],
  },
  {
    name: 'another way in outweighs a condition, and all conditions are named',
    model:
      dsl(...team, 'type doc', 'define viewer: [user with c, team#member, team#member with d]') + conditions('c', 'd'),
    tuples: [
      'doc:1 viewer user:ann with c',
      'doc:1 viewer team:t#member',
      'team:t member user:ann',
      'doc:2 viewer user:ann with c',
      'doc:2 viewer team:t#member with d',
    ],
    yes: ['doc:1 viewer user:ann'],
    unknown: [['doc:2 viewer user:ann', /^condition `c` is not evaluated; condition `d` is not evaluated$/]],
  },
  {
    name: 'a wildcard and a personal tuple on one object, and the same user elsewhere',
    model: dsl('type doc', 'define viewer: [user, user:*]'),
    tuples: ['doc:1 viewer user:*', 'doc:1 viewer user:ann', 'doc:2 viewer user:ann'],
    yes: ['doc:1 viewer user:ann', 'doc:2 viewer user:ann', 'doc:1 viewer user:zoe'],
    no: ['doc:2 viewer user:zoe'],
  },
  {
    name: 'two kinds of sets on one relation, one failing and one holding',
    model: dsl(...team, 'define lead: [user]', 'type doc', 'define viewer: [team#member, team#lead]'),
    tuples: [
      'doc:1 viewer team:a#member',
      'doc:1 viewer team:a#lead',
      'doc:1 viewer team:b#member',
      'team:a lead user:ann',
      'team:b member user:bob',
    ],
    yes: ['doc:1 viewer user:ann', 'doc:1 viewer user:bob', 'doc:1 viewer team:a#lead'],
    no: ['doc:1 viewer user:zoe', 'doc:1 viewer team:b#lead'],
  },
  {
    name: 'but not with from and a set, beneath several parents',
    model: dsl(
      ...team,
      'type folder',
      'define barred: [user, user:*, team#member]',
      'define owner: [user]',
      'define viewer: [user, team#member] but not barred',
      'type doc',
      'define parent: [folder]',
      'define viewer: viewer from parent',
    ),
    tuples: [
      'doc:1 parent folder:a',
      'doc:1 parent folder:b',
      'folder:a viewer user:ann',
      'folder:b viewer user:ann',
      'folder:a barred user:ann',
      'doc:2 parent folder:a',
      'doc:3 parent folder:c',
      'folder:c viewer team:t#member',
      'folder:c barred user:*',
      'team:t member user:ann',
    ],
    yes: ['doc:1 viewer user:ann', 'doc:3 viewer team:t#member'],
    no: ['doc:2 viewer user:ann', 'doc:3 viewer user:ann'],
  },
  {
    name: 'cycles within plain recursion are no, and hide nothing',
    model: dsl(...team),
    tuples: [
      'team:a member team:b#member',
      'team:b member team:c#member',
      'team:c member team:a#member',
      'team:b member user:bob',
    ],
    yes: [
      'team:a member user:bob',
      'team:c member user:bob',
      'team:a member team:b#member',
      'team:b member team:a#member',
    ],
    no: ['team:a member user:ann', 'team:c member team:z#member'],
  },
  {
    name: 'what depends on its own negation is unknown, what does not is exact',
    model: dsl(...team, 'define out: [user, team#crew]', 'define crew: [user, team#crew] but not out'),
    tuples: [
      'team:a crew user:ann',
      'team:a out team:a#crew',
      'team:b crew user:ann',
      'team:b out team:a#crew',
      'team:c crew user:ann',
      'team:d out team:a#crew',
    ],
    yes: ['team:c crew user:ann'],
    no: ['team:d crew user:ann', 'team:a crew user:bob'],
    unknown: [
      ['team:a crew user:ann', /own negation/],
      ['team:b crew user:ann', /own negation/],
    ],
  },
  {
    name: 'shape 1: a parent without the relation adds nothing',
    model: dsl(...team, 'type room', 'type doc', 'define home: [team, room]', 'define reader: member from home'),
    tuples: ['doc:1 home room:r', 'doc:1 home team:t', 'team:t member user:ann', 'doc:2 home room:r'],
    yes: ['doc:1 reader user:ann'],
    no: ['doc:2 reader user:ann'],
  },
  {
    name: 'shapes 4 and 5: aliases are followed, and a set holds itself',
    model: dsl('type hall', 'define visitor: [user]', 'define guest: visitor', 'define open: [hall#guest]'),
    tuples: ['hall:x open hall:a#guest'],
    yes: [
      'hall:a guest hall:a#visitor',
      'hall:a guest hall:a#guest',
      'hall:x open hall:a#visitor',
      'hall:new guest hall:new#visitor',
    ],
    no: ['hall:a visitor hall:a#guest', 'hall:a guest hall:b#visitor', 'hall:new guest hall:other#visitor'],
  },
  {
    name: 'some holder: as itself, as the set of those who hold it, and nested',
    model: dsl(
      ...team,
      'type org',
      'define team: [team]',
      'type doc',
      'define shared: [team, team:*]',
      'define viewer: [team#member]',
      'define of: [org]',
    ),
    tuples: [
      'team:t member user:ann',
      'team:u member team:t#member',
      'doc:1 shared team:u',
      'doc:2 viewer team:t#member',
      'org:o team team:t',
      'doc:3 of org:o',
      'doc:4 shared team:*',
    ],
    yes: [
      'doc:1 shared some team member user:ann',
      'doc:2 viewer some team member user:ann',
      'doc:3 of some org team some team member user:ann',
      'doc:4 shared some team member user:ann',
      'team:t member some team member user:ann',
    ],
    no: [
      'doc:1 shared some team member user:bob',
      'doc:2 viewer user:bob',
      'doc:4 shared some team member user:bob',
      'doc:3 of some org team some team member user:bob',
    ],
  },
  {
    name: 'an unknown type or relation is not a no',
    model: dsl('type doc', 'define viewer: [user]'),
    tuples: [],
    unknown: [
      ['car:1 viewer user:ann', /`car` is not a type/],
      ['doc:1 driver user:ann', /`driver` is not a relation of `doc`/],
      ['doc:1 viewer car:1', /`car` is not a type/],
      ['doc:1 viewer some doc driver user:ann', /`driver` is not a relation of `doc`/],
    ],
    no: ['doc:1 viewer doc:2', 'doc:1 viewer doc:1'],
  },
  {
    name: 'ids compare byte for byte and may hold anything but what OpenFGA forbids',
    model: dsl('type doc', 'define viewer: [user]'),
    tuples: ['doc:A viewer user:a|b@c', 'doc:a*b viewer user:ann', 'doc:é viewer user:ann'],
    yes: ['doc:A viewer user:a|b@c', 'doc:a*b viewer user:ann', 'doc:é viewer user:ann'],
    no: ['doc:a viewer user:a|b@c', 'doc:A viewer user:a', 'doc:A viewer user:A|b@c', 'doc:e\u0301 viewer user:ann'],
  },
]

for (const { name, model, tuples, yes = [], no = [], unknown = [] } of cases) {
  test(name, () => {
    const graph = graphOf(model, ...tuples)
    for (const question of yes) assert.equal(check(graph, question).truth, 'yes', question)
    for (const question of no) assert.equal(check(graph, question).truth, 'no', question)
    for (const [question, why] of unknown) {
      const answer = check(graph, question)
      assert.equal(answer.truth, 'unknown', question)
      assert.match(answer.why ?? '', why)
    }
  })
}

test('tuples an earlier model took and today does not are ignored, and come back with the model', () => {
  const old = modelOf(
    dsl(
      ...team,
      'type doc',
      'define viewer: [user, user:*, team#member, team#lead]',
      'define parent: [doc, user:*]',
    ).replace('type doc', '    define lead: [user]\ntype doc'),
  )
  const next = modelOf(
    dsl(...team, 'type doc', 'define viewer: [team#member] or viewer from parent', 'define parent: [doc]'),
  )
  const graph = graphOf(
    old,
    'doc:1 viewer user:ann',
    'doc:1 viewer user:*',
    'doc:1 viewer team:t#lead',
    'team:t lead user:bob',
    'doc:2 parent user:*',
    'doc:3 viewer team:t#member',
    'team:t member user:bob',
  )
  assert.equal(check(graph, 'doc:1 viewer user:ann').truth, 'yes')
  const today = graph.withModel(next)
  for (const user of ['user:ann', 'user:bob', 'user:*'])
    assert.equal(check(today, `doc:1 viewer ${user}`).truth, 'no', user)
  assert.equal(check(today, 'doc:2 viewer user:ann').truth, 'no')
  assert.deepEqual(today.listObjects('doc', 'viewer', entity('user:bob')), ['3'])
  assert.equal(today.size, 7)
  today.write(tupleOf('team:t member user:eve'))
  assert.equal(check(graph.withModel(old), 'doc:1 viewer user:ann').truth, 'yes')
  assert.equal(check(graph, 'doc:3 viewer user:eve').truth, 'yes')
})

test('a wildcard on the excluded side counts in checks and lists alike', () => {
  const graph = graphOf(
    dsl('type doc', 'define barred: [user, user:*]', 'define viewer: [user, user:*] but not barred'),
    ...['doc:1 viewer user:ann', 'doc:1 barred user:*', 'doc:2 viewer user:*', 'doc:2 barred user:ann'],
  )
  assert.deepEqual(graph.listObjects('doc', 'viewer', entity('user:ann')), [])
  assert.deepEqual(graph.listObjects('doc', 'viewer', entity('user:bob')), ['2'])
  assert.deepEqual(graph.listUsers(entity('doc:1'), 'viewer', 'user'), { ids: [], wildcard: false, except: [] })
  assert.deepEqual(graph.listUsers(entity('doc:2'), 'viewer', 'user'), { ids: [], wildcard: true, except: ['ann'] })
})

test('a proof leads from the object to the user', () => {
  const graph = graphOf(
    dsl(
      ...team,
      'type doc',
      'define shared: [team]',
      'define owner: [user]',
      'define viewer: member from shared and owner',
    ),
    ...['doc:1 shared team:u', 'team:u member team:t#member', 'team:t member user:ann', 'doc:1 owner user:ann'],
  )
  const proof = check(graph, 'doc:1 viewer user:ann').proof?.() ?? []
  assert.deepEqual(
    proof.map(t => `${t.object} ${t.relation} ${t.user}`),
    ['doc:1 shared team:u', 'team:u member team:t#member', 'team:t member user:ann', 'doc:1 owner user:ann'],
  )
})

test('the nearest missing tuple is on what is already linked', () => {
  const graph = graphOf(
    dsl(...team, 'type doc', 'define shared: [team]', 'define viewer: member from shared'),
    'doc:1 shared team:t',
    'team:u member user:ann',
  )
  const missing = (object: string, relation: string, user: string) =>
    nearestMissing(graph, entity(object), relation, userOf(user))
  const joins = [{ object: 'team:t', relation: 'member', user: 'user:ann' }]
  const shares = [{ object: 'doc:2', relation: 'shared', user: 'team:u' }]
  assert.deepEqual(missing('doc:1', 'viewer', 'user:ann'), joins)
  assert.deepEqual(missing('doc:1', 'shared', 'some team member user:ann'), joins)
  assert.deepEqual(missing('doc:2', 'shared', 'some team member user:ann'), shares)
  assert.deepEqual(missing('doc:2', 'viewer', 'user:ann'), shares)
  assert.equal(missing('doc:2', 'viewer', 'user:bob'), null)
})

test('pages of tuples keep their order, and what stays is met once', () => {
  const graph = graphOf(dsl('type doc', 'define viewer: [user]', 'define owner: [user]'))
  for (let i = 0; i < 100; i++) graph.write(tupleOf(`doc:${i % 10} ${i % 3 === 0 ? 'owner' : 'viewer'} user:${i}`))
  const met: string[] = []
  for (let after = -1; ; ) {
    const page = [...graph.tuples({ type: 'doc', relation: 'viewer', after })].slice(0, 7)
    met.push(...page.map(p => p.tuple.user))
    const last = page.at(-1)
    if (last === undefined) break
    after = last.place
    graph.remove(page[0]?.tuple ?? last.tuple)
  }
  const want = Array.from({ length: 100 }, (_, i) => i).filter(i => i % 3 !== 0)
  assert.deepEqual(
    met,
    want.map(i => `user:${i}`),
  )
  const of = (filter: Parameters<typeof graph.tuples>[0]): number => [...graph.tuples(filter)].length
  assert.equal(of({ object: entity('doc:3'), relation: 'owner' }), 4)
  assert.equal(of({ user: { kind: 'entity', entity: entity('user:3') } }), 1)
  assert.equal(of({ object: entity('doc:none') }), 0)
})

test('entities are those some tuple holds now', () => {
  const graph = graphOf(dsl(...team), 'team:a member user:ann', 'team:a member team:b#member', 'team:c member user:ann')
  assert.deepEqual([...graph.entities('team')].sort(), ['a', 'b', 'c'])
  graph.remove(tupleOf('team:c member user:ann'))
  graph.remove(tupleOf('team:a member team:b#member'))
  assert.deepEqual([...graph.entities('team')], ['a'])
  assert.deepEqual([...graph.entities('robot')], [])
  assert.equal(createGraph(graph.model).size, 0)
})
