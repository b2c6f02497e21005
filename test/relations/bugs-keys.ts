import type { Bug } from './bug.ts'
import { dsl } from './harness.ts'

const low = '\ncondition low(x: int) {\n  x < 3\n}\n'
const nested = '\ncondition has(among: list<string>, wanted: string) {\n  wanted in among\n}\n'
const team = ['type team', 'define member: [user, team#member]'] as const

/** Two questions that may differ in answer are told apart. */
export const KEYS: readonly Bug[] = [
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
