import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Truth } from '../../src/policy/question.ts'
import { parseModel } from '../../src/relations/model.ts'
import { check, dsl, entity, graphOf, modelOf, tupleOf } from './harness.ts'

/** `object relation user`, what is true of it, in which context, and with which tuples beside the stored ones. */
type Ask = readonly [question: string, truth: Truth, context?: JsonObject, contextual?: readonly string[]]

/** A fault that another engine once had. Ours must not have it, in whatever order the tuples were written. */
interface Bug {
  readonly bug: string
  readonly name: string
  readonly model: string
  readonly tuples: readonly string[]
  readonly asks?: readonly Ask[]
  /** `type relation user`, `object relation type`. */
  readonly objects?: readonly (readonly [
    list: string,
    ids: string,
    context?: JsonObject,
    contextual?: readonly string[],
  ])[]
  readonly users?: readonly (readonly [
    list: string,
    ids: string,
    context?: JsonObject,
    contextual?: readonly string[],
  ])[]
}

const low = '\ncondition low(x: int) {\n  x < 3\n}\n'
const nested = '\ncondition has(among: list<string>, wanted: string) {\n  wanted in among\n}\n'
const team = ['type team', 'define member: [user, team#member]'] as const
const fields = (text: string): readonly string[] => text.split(' ').filter(word => word !== '')

const BUGS: readonly Bug[] = [
  {
    bug: 'CVE-2026-33729, CVE-2026-41131, SpiceDB CVE-2026-46668',
    name: 'contexts that differ in nesting, in type, in grouping, or empty against absent, are told apart',
    model: dsl('type doc', 'define viewer: [user with has]') + nested,
    tuples: ['doc:1 viewer user:ann with has {"wanted":"x"}'],
    asks: [
      ['doc:1 viewer user:ann', 'yes', { among: ['x', 'y'] }],
      ['doc:1 viewer user:ann', 'no', { among: ['x,y'] }],
      ['doc:1 viewer user:ann', 'unknown', { among: [['x'], 'y'] }],
      ['doc:1 viewer user:ann', 'no', { among: [] }],
      ['doc:1 viewer user:ann', 'unknown', {}],
      ['doc:1 viewer user:ann', 'unknown', { among: [1] }],
      ['doc:1 viewer user:ann', 'no', { among: ['1'] }],
    ],
  },
  {
    bug: 'CVE-2024-56323, openfga#1058',
    name: 'contextual tuples, with their conditions, reach every question beneath',
    model:
      dsl(
        ...team,
        'type folder',
        'define viewer: [team#member with low, user]',
        'type doc',
        'define home: [folder]',
        'define viewer: viewer from home',
      ) + low,
    tuples: ['doc:1 home folder:a'],
    asks: [
      ['doc:1 viewer user:ann', 'no', { x: 1 }],
      ['doc:1 viewer user:ann', 'yes', { x: 1 }, ['folder:a viewer team:t#member with low', 'team:t member user:ann']],
      ['doc:1 viewer user:ann', 'no', { x: 5 }, ['folder:a viewer team:t#member with low', 'team:t member user:ann']],
      ['doc:1 viewer user:ann', 'no', { x: 1 }, ['team:t member user:ann']],
      ['doc:1 viewer user:ann', 'no', { x: 1 }],
    ],
  },
  {
    bug: 'openfga#944',
    name: 'the order of contextual tuples does not matter',
    model: dsl(...team, 'type doc', 'define viewer: [team#member]'),
    tuples: [],
    asks: [
      ['doc:1 viewer user:ann', 'yes', {}, ['doc:1 viewer team:a#member', 'team:a member user:ann']],
      ['doc:1 viewer user:ann', 'yes', {}, ['team:a member user:ann', 'doc:1 viewer team:a#member']],
    ],
  },
  {
    bug: 'CVE-2026-48096, openfga#3064, openfga#3148',
    name: 'identifiers that hold what others join with, and pairs that read the same when joined',
    model: dsl('type doc', 'define viewer: [user]', 'define view: [user]'),
    tuples: ['doc:a|b viewer user:c', 'doc:a@user viewer user:x', 'doc:1 view user:er|d'],
    asks: [
      ['doc:a|b viewer user:c', 'yes'],
      ['doc:a viewer user:b|c', 'no'],
      ['doc:a|bviewer viewer user:c', 'no'],
      ['doc:a@user viewer user:x', 'yes'],
      ['doc:a viewer user:x', 'no'],
      ['doc:1 viewer user:|d', 'no'],
    ],
    objects: [
      ['doc viewer user:c', 'a|b'],
      ['doc viewer user:b|c', ''],
    ],
  },
  {
    bug: 'CVE-2026-34972',
    name: 'one tuple under several contexts, one after the other and back',
    model: dsl('type doc', 'define viewer: [user with low]') + low,
    tuples: ['doc:1 viewer user:ann with low'],
    asks: [
      ['doc:1 viewer user:ann', 'yes', { x: 1 }],
      ['doc:1 viewer user:ann', 'no', { x: 9 }],
      ['doc:1 viewer user:ann', 'yes', { x: '1' }],
      ['doc:1 viewer user:ann', 'unknown', { x: 'one' }],
      ['doc:1 viewer user:ann', 'yes', { x: 1 }],
    ],
  },
  {
    bug: 'openfga#3097, openfga#3117',
    name: 'two objects and two relations that share a branch of the model',
    model: dsl(
      ...team,
      'type doc',
      'define base: [team#member]',
      'define viewer: base',
      'define editor: base and extra',
      'define extra: [user]',
    ),
    tuples: ['doc:1 base team:a#member', 'team:a member user:ann', 'doc:2 extra user:ann', 'doc:2 base team:b#member'],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:1 editor user:ann', 'no'],
      ['doc:2 viewer user:ann', 'no'],
      ['doc:2 editor user:ann', 'no'],
    ],
    objects: [
      ['doc viewer user:ann', '1'],
      ['doc editor user:ann', ''],
    ],
  },
  {
    bug: 'CVE-2025-46331',
    name: 'an answer cut short by a cycle is not kept for another way to the same place',
    model: dsl(
      'type group',
      'define member: [user, group#member]',
      'type doc',
      'define a: [group#member]',
      'define b: [group#member]',
      'define viewer: a and b',
    ),
    tuples: [
      'group:x member group:y#member',
      'group:y member group:x#member',
      'group:y member group:z#member',
      'group:z member user:ann',
      'group:z member group:x#member',
      'doc:1 a group:x#member',
      'doc:1 b group:y#member',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:1 viewer user:bob', 'no'],
      ['group:x member user:ann', 'yes'],
      ['group:y member user:ann', 'yes'],
    ],
  },
  {
    bug: 'CVE-2025-25196',
    name: 'a set does not match everyone',
    model: dsl(...team, 'type doc', 'define viewer: [user:*, team#member]', 'define both: [team:*, team#member]'),
    tuples: ['doc:1 viewer user:*', 'doc:1 both team:*'],
    asks: [
      ['doc:1 viewer team:a#member', 'no'],
      ['doc:1 both team:a#member', 'no'],
      ['doc:1 both team:a', 'yes'],
      ['doc:1 viewer user:zoe', 'yes'],
    ],
  },
  {
    bug: 'CVE-2025-48371',
    name: 'nor does it where everyone is a contextual tuple',
    model: dsl(...team, 'type doc', 'define viewer: [user:*, team#member]'),
    tuples: [],
    asks: [
      ['doc:1 viewer team:a#member', 'no', {}, ['doc:1 viewer user:*']],
      ['doc:1 viewer user:zoe', 'yes', {}, ['doc:1 viewer user:*']],
    ],
  },
  {
    bug: 'CVE-2025-64751',
    name: 'everyone without the condition the model asks for does not count',
    model: dsl('type doc', 'define viewer: [user:* with low]') + low,
    tuples: ['doc:1 viewer user:*', 'doc:2 viewer user:* with low'],
    asks: [
      ['doc:1 viewer user:ann', 'no', { x: 1 }],
      ['doc:2 viewer user:ann', 'yes', { x: 1 }],
      ['doc:2 viewer user:ann', 'no', { x: 9 }],
    ],
    objects: [['doc viewer user:ann', '2', { x: 1 }]],
    users: [['doc:1 viewer user', '', { x: 1 }]],
  },
  {
    bug: 'CVE-2026-24851',
    name: 'everyone and one person on one object, and the same person on one that sorts later',
    model: dsl(
      'type doc',
      'define viewer: [user, user:*]',
      'define owner: [user]',
      'define reader: viewer but not owner',
      'type folder',
      'define home: [doc]',
      'define reader: reader from home',
    ),
    tuples: [
      'doc:1 viewer user:*',
      'doc:1 viewer user:ann',
      'doc:2 viewer user:ann',
      'doc:2 owner user:ann',
      'folder:f home doc:1',
      'folder:f home doc:2',
    ],
    asks: [
      ['doc:1 reader user:ann', 'yes'],
      ['doc:2 reader user:ann', 'no'],
      ['folder:f reader user:ann', 'yes'],
      ['folder:f reader user:bob', 'yes'],
    ],
    objects: [
      ['doc reader user:ann', '1'],
      ['doc viewer user:ann', '1 2'],
      ['doc viewer user:bob', '1'],
    ],
  },
  {
    bug: 'GHSA-mgh9-4mwp-fg55',
    name: 'two kinds of sets on one relation, of one object and of two',
    model: dsl(
      'type team',
      'define member: [user]',
      'define admin: [user]',
      'type doc',
      'define viewer: [team#member, team#admin]',
    ),
    tuples: [
      'doc:1 viewer team:a#admin',
      'team:a member user:ann',
      'doc:2 viewer team:b#member',
      'doc:2 viewer team:a#admin',
      'team:b admin user:ann',
      'team:a admin user:bob',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'no'],
      ['doc:2 viewer user:ann', 'no'],
      ['doc:1 viewer user:bob', 'yes'],
      ['doc:2 viewer user:bob', 'yes'],
    ],
  },
  {
    bug: 'ours, of openfga 1.18.1',
    name: 'a set of another relation is no set of the recursive one',
    model: dsl('type agent', 'type team', 'define owner: [user]', 'define member: [agent, team#owner, team#member]'),
    tuples: ['team:a member team:b#owner', 'team:b member agent:x', 'team:c member team:b#member'],
    asks: [
      ['team:a member agent:x', 'no'],
      ['team:c member agent:x', 'yes'],
    ],
  },
  {
    bug: 'ours, of openfga 1.18.1',
    name: 'a parent of another type is not passed through to its own parents',
    model: dsl(
      ...['type drive', 'define parent: [folder]', 'define viewer: parent'],
      ...['type folder', 'define parent: [drive, folder]', 'define viewer: [user] or viewer from parent'],
    ),
    tuples: ['folder:a parent drive:d', 'drive:d parent folder:b', 'folder:b viewer user:ann'],
    asks: [
      ['folder:a viewer user:ann', 'no'],
      ['folder:b viewer user:ann', 'yes'],
    ],
    objects: [['folder viewer user:ann', 'b']],
  },
  {
    bug: 'ours, of openfga 1.18.1 (as CVE-2026-24851)',
    name: 'a person’s tuple that fails its condition hides nobody from everyone’s',
    model:
      dsl(
        'type folder',
        'define viewer: [user with low, user:*]',
        'type doc',
        'define home: [folder]',
        'define viewer: viewer from home',
      ) + low,
    tuples: ['doc:1 home folder:a', 'folder:a viewer user:ann with low {"x":9}', 'folder:a viewer user:*'],
    asks: [['doc:1 viewer user:ann', 'yes']],
    objects: [['doc viewer user:ann', '1']],
  },
  {
    bug: 'openfga#3145',
    name: 'contextual tuples before, between and after stored ones in a sorted scan',
    model: dsl(...team, 'type doc', 'define viewer: [team#member]'),
    tuples: ['doc:1 viewer team:b#member', 'doc:1 viewer team:d#member', 'team:d member user:dan'],
    asks: ['a', 'c', 'e'].flatMap((id): Ask[] => [
      ['doc:1 viewer user:ann', 'yes', {}, [`doc:1 viewer team:${id}#member`, `team:${id} member user:ann`]],
      ['doc:1 viewer user:dan', 'yes', {}, [`doc:1 viewer team:${id}#member`]],
    ]),
  },
  {
    bug: 'SpiceDB CVE-2024-46989',
    name: 'several groups under conditions: one that fails hides no other that holds',
    model: dsl(...team, 'type doc', 'define viewer: [team#member with low]') + low,
    tuples: [
      'doc:1 viewer team:a#member with low {"x":9}',
      'doc:1 viewer team:b#member with low {"x":1}',
      'doc:1 viewer team:c#member with low',
      'team:a member user:ann',
      'team:b member user:ann',
      'team:c member user:ann',
      'team:a member user:bob',
      'team:c member user:cat',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:1 viewer user:bob', 'no'],
      ['doc:1 viewer user:cat', 'unknown'],
    ],
  },
  {
    bug: 'SpiceDB CVE-2025-49011',
    name: 'several ways under conditions through one parent',
    model:
      dsl(
        ...team,
        'type folder',
        'define viewer: [user with low, team#member with low]',
        'type doc',
        'define home: [folder, folder with low]',
        'define viewer: viewer from home',
      ) + low,
    tuples: [
      'doc:1 home folder:f',
      'doc:2 home folder:f with low {"x":9}',
      'folder:f viewer user:ann with low {"x":9}',
      'folder:f viewer team:a#member with low {"x":1}',
      'team:a member user:ann',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:2 viewer user:ann', 'no'],
      ['doc:1 viewer user:bob', 'no'],
    ],
  },
  {
    bug: 'CVE-2024-42473, CVE-2024-31452',
    name: '`but not` and `and` with `from` and a set',
    model: dsl(
      ...team,
      'type folder',
      'define viewer: [user, team#member]',
      'define barred: [user, team#member]',
      'type doc',
      'define home: [folder]',
      'define owner: [user]',
      'define viewer: (owner or viewer from home) but not barred from home',
      'define strict: viewer from home and owner',
    ),
    tuples: [
      'doc:1 home folder:f',
      'folder:f viewer team:a#member',
      'folder:f barred team:b#member',
      'team:a member user:ann',
      'team:a member user:bob',
      'team:b member user:bob',
      'doc:1 owner user:bob',
      'doc:1 owner user:cat',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:1 viewer user:bob', 'no'],
      ['doc:1 viewer user:cat', 'yes'],
      ['doc:1 strict user:ann', 'no'],
      ['doc:1 strict user:bob', 'yes'],
      ['doc:1 strict user:cat', 'no'],
    ],
    users: [['doc:1 viewer user', 'ann cat']],
  },
  {
    bug: 'SpiceDB CVE-2024-38361',
    name: 'an exclusion below several parents at once',
    model: dsl(
      'type folder',
      'define owner: [user]',
      'define barred: [user]',
      'define viewer: owner but not barred',
      'type doc',
      'define home: [folder]',
      'define viewer: viewer from home',
    ),
    tuples: [
      'doc:1 home folder:a',
      'doc:1 home folder:b',
      'folder:a owner user:ann',
      'folder:a barred user:ann',
      'folder:b owner user:ann',
      'folder:b owner user:bob',
      'folder:b barred user:bob',
      'folder:a barred user:bob',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'yes'],
      ['doc:1 viewer user:bob', 'no'],
    ],
    objects: [
      ['doc viewer user:ann', '1'],
      ['doc viewer user:bob', ''],
    ],
  },
  {
    bug: 'SpiceDB CVE-2022-21646',
    name: 'everyone on the excluded side, in lists as in checks',
    model: dsl(
      'type doc',
      'define viewer: [user, user:*]',
      'define barred: [user, user:*]',
      'define reader: viewer but not barred',
    ),
    tuples: ['doc:1 viewer user:ann', 'doc:1 barred user:*', 'doc:2 viewer user:*', 'doc:2 barred user:ann'],
    asks: [
      ['doc:1 reader user:ann', 'no'],
      ['doc:2 reader user:ann', 'no'],
      ['doc:2 reader user:bob', 'yes'],
    ],
    objects: [
      ['doc reader user:ann', ''],
      ['doc reader user:bob', '2'],
    ],
    users: [
      ['doc:1 reader user', ''],
      ['doc:2 reader user', '* -ann'],
    ],
  },
  {
    bug: 'CVE-2023-40579, SpiceDB CVE-2025-65111, SpiceDB CVE-2023-35930',
    name: 'nothing is listed that check refuses, nothing left out that it allows',
    model: dsl(
      ...team,
      'type doc',
      'define parent: [doc]',
      'define barred: [user]',
      'define viewer: ([user, user:*, team#member] or viewer from parent) but not barred',
    ),
    tuples: [
      'doc:1 viewer team:a#member',
      'team:a member user:ann',
      'doc:2 parent doc:1',
      'doc:3 parent doc:2',
      'doc:3 barred user:ann',
      'doc:4 parent doc:3',
      'doc:5 viewer user:*',
      'doc:5 barred user:ann',
      'doc:6 viewer user:*',
    ],
    asks: [
      ['doc:2 viewer user:ann', 'yes'],
      ['doc:3 viewer user:ann', 'no'],
      ['doc:4 viewer user:ann', 'no'],
    ],
    objects: [
      ['doc viewer user:ann', '1 2 6'],
      ['doc viewer user:bob', '5 6'],
    ],
    users: [
      ['doc:5 viewer user', '* -ann'],
      ['doc:4 viewer user', ''],
    ],
  },
  {
    bug: 'SpiceDB CVE-2024-48909, CVE-2026-55866',
    name: 'the context of a list is used, and of that list alone',
    model: dsl('type doc', 'define viewer: [user with low]') + low,
    tuples: ['doc:1 viewer user:ann with low', 'doc:2 viewer user:ann with low {"x":1}'],
    objects: [
      ['doc viewer user:ann', '1 2', { x: 1 }],
      ['doc viewer user:ann', '2', { x: 9 }],
      ['doc viewer user:ann', '2', {}],
    ],
    users: [
      ['doc:1 viewer user', 'ann', { x: 1 }],
      ['doc:1 viewer user', '', { x: 9 }],
    ],
    asks: [['doc:1 viewer user:ann', 'unknown', {}]],
  },
  {
    bug: 'CVE-2026-55170',
    name: 'identifiers compare byte for byte',
    model: dsl('type doc', 'define viewer: [user]'),
    tuples: ['doc:A viewer user:Ann', 'doc:é viewer user:ann'],
    asks: [
      ['doc:a viewer user:Ann', 'no'],
      ['doc:A viewer user:ann', 'no'],
      ['doc:A viewer user:Ann', 'yes'],
      ['doc:e\u0301 viewer user:ann', 'no'],
      ['doc:é viewer user:ann', 'yes'],
    ],
    objects: [['doc viewer user:Ann', 'A']],
  },
]

for (const { bug, name, model, tuples, asks = [], objects = [], users = [] } of BUGS) {
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
