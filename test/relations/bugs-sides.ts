import type { Bug } from './bug.ts'
import { dsl } from './harness.ts'

const team = ['type team', 'define member: [user, team#member]'] as const

/** What is taken away, and lists that agree with checks. */
export const SIDES: readonly Bug[] = [
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
]
