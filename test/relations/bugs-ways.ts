import type { Ask, Bug } from './bug.ts'
import { dsl } from './harness.ts'

const low = '\ncondition low(x: int) {\n  x < 3\n}\n'
const team = ['type team', 'define member: [user, team#member]'] as const

/** Several ways into one relation, none of which hides or lends another. */
export const WAYS: readonly Bug[] = [
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
]
