import assert from 'node:assert/strict'
import { test } from 'node:test'
import { misreadIn } from '../../src/relations/misread.ts'
import { dsl, modelOf } from './harness.ts'

interface Case {
  readonly name: string
  readonly model: readonly string[]
  /** `type#relation through asked`, or nothing. */
  readonly misread: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'sets of another relation beside its own, which agents cannot hold',
    model: ['type agent', 'type team', 'define owner: [user]', 'define member: [agent, team#owner, team#member]'],
    misread: ['team#member team#owner agent'],
  },
  {
    name: 'the same where whoever holds the one can hold the other',
    model: ['type team', 'define owner: [user]', 'define member: [user, team#owner, team#member]'],
    misread: [],
  },
  {
    name: 'and where the other can be held on its excluded side alone',
    model: ['type team', 'define p: [team]', 'define a: [user] but not p', 'define b: [team#a, team#b] or p'],
    misread: ['team#b team#a team'],
  },
  {
    name: 'parents of another type that have parents themselves and none that view',
    model: [
      'type drive',
      'define parent: [folder]',
      'define viewer: parent',
      'type folder',
      'define parent: [drive, folder]',
      'define viewer: [user] or viewer from parent',
    ],
    misread: ['folder#viewer drive#parent user'],
  },
  {
    name: 'the same without the relation at all',
    model: [
      'type drive',
      'define parent: [folder]',
      'type folder',
      'define parent: [drive, folder]',
      'define viewer: [user] or viewer from parent',
    ],
    misread: ['folder#viewer drive#parent user'],
  },
  {
    name: 'parents of another type without parents',
    model: [
      'type drive',
      'define viewer: [user]',
      'type folder',
      'define parent: [drive, folder]',
      'define viewer: [user] or viewer from parent',
    ],
    misread: [],
  },
  {
    name: 'nested groups, and groups of other types with members of their own alone',
    model: [
      'type crew',
      'define member: [user]',
      'type team',
      'define member: [user, agent, team#member, crew#member]',
      'type agent',
    ],
    misread: [],
  },
  {
    name: 'groups of another type that hold groups of the first, and no agent for what else they ask',
    model: [
      'type agent',
      'type crew',
      'define cleared: [user]',
      'define member: [user, team#member] and cleared',
      'type team',
      'define member: [user, agent, team#member, crew#member]',
    ],
    misread: [],
  },
]

for (const { name, model, misread } of cases) {
  test(name, () => {
    const found = misreadIn(modelOf(dsl(...model)))
    assert.deepEqual(
      found.map(m => `${m.type}#${m.relation} ${m.through} ${m.asked}`),
      misread,
    )
  })
}
