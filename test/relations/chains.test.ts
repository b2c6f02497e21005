import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestMissing } from '../../src/relations/graph.ts'
import { check, dsl, entity, graphOf, userOf } from './harness.ts'

const MODEL = dsl(
  'type person',
  'define manager: [person, person:*]',
  'type department',
  'define member: [person, department#member]',
  'type folder',
  'define owner: [person, department#member]',
  'define parent: [folder]',
  'type document',
  'define folder: [folder]',
  'define reader: [person, person:*, department#member]',
  'define editor: [person, person:*] but not blocked',
  'define blocked: [person]',
)

const WORLD = [
  'person:ann manager person:bob',
  'person:bob manager person:cat',
  'department:x member person:bob',
  'department:y member department:x#member',
  'folder:f owner department:x#member',
  'folder:g owner person:cat',
  'folder:f parent folder:g',
  'document:1 folder folder:f',
  'document:2 folder folder:g',
]

const CASES: readonly (readonly [question: string, truth: string, proof?: readonly string[]])[] = [
  ['department:x member the person manager person:ann', 'yes'],
  ['department:x member the person manager person:bob', 'no'],
  ['department:x member the person manager the person manager person:ann', 'no'],
  ['folder:g owner the person manager the person manager person:ann', 'yes'],
  ['folder:f owner some department member the person manager person:ann', 'yes'],
  ['[the folder folder document:1] owner person:bob', 'yes'],
  ['[the folder folder document:2] owner person:bob', 'no'],
  ['[the folder parent the folder folder document:1] owner person:cat', 'yes'],
  [
    '[the folder folder document:1] owner some department member the person manager person:ann',
    'yes',
    [
      'document:1 folder folder:f',
      'folder:f owner department:x#member',
      'department:x member person:bob',
      'person:ann manager person:bob',
    ],
  ],
  ['[the folder folder document:2] owner some department member the person manager person:ann', 'no'],
  ['[the folder folder document:2] owner the person manager the person manager person:ann', 'yes'],
  ['[some folder owner person:cat] owner person:cat', 'yes'],
  ['[some department member person:bob] member person:cat', 'no'],
  ['[the folder folder document:new] owner person:bob', 'no'],
  ['department:x member the person manager person:new', 'no'],
  ['[the folder nonsense document:1] owner person:bob', 'unknown'],
  ['folder:f owner the car manager person:ann', 'unknown'],
]

test('chains of any length, with what proves them', () => {
  const graph = graphOf(MODEL, ...WORLD)
  for (const [question, truth, proof] of CASES) {
    const answer = check(graph, question)
    assert.equal(answer.truth, truth, question)
    const shown = answer.proof?.().map(t => `${t.object} ${t.relation} ${t.user}`)
    if (proof !== undefined) assert.deepEqual(shown, proof)
  }
})

test('where everyone is in a set, someone no tuple names is too', () => {
  const graph = graphOf(
    MODEL,
    'document:1 reader person:*',
    'document:2 editor person:*',
    'document:2 blocked person:ann',
  )
  assert.equal(check(graph, 'document:2 editor the person reader document:1').truth, 'yes')
  assert.equal(check(graph, 'document:1 editor the person reader document:1').truth, 'no')
  const named = graphOf(MODEL, 'document:1 reader person:*', 'department:x member person:ann')
  assert.equal(check(named, 'department:x member the person reader document:1').truth, 'yes')
  assert.equal(check(named, 'department:y member the person reader document:1').truth, 'no')
})

test('a chain that leads through everyone is told from its other end, or is unknown and says so', () => {
  const graph = graphOf(
    MODEL,
    'person:ann manager person:*',
    'person:bob manager person:cat',
    'department:x member person:cat',
  )
  assert.equal(check(graph, 'department:x member the person manager the person manager person:ann').truth, 'yes')
  const listed = graphOf(MODEL, 'person:ann manager person:*', 'document:1 editor person:*')
  const answer = check(listed, 'document:1 editor the person manager the person manager person:ann')
  assert.deepEqual(answer, { truth: 'unknown', why: 'a chain of relations leads through everyone', limit: 'everyone' })
})

test('a chain too wide or too deep to follow is unknown', () => {
  const many = Array.from({ length: 300 }, (_, i) => [
    `person:ann manager person:m${i}`,
    `department:d${i} member person:m${i}`,
  ])
  const graph = graphOf(MODEL, ...many.flat())
  const question = 'folder:f owner some department member the person manager person:ann'
  assert.equal(check(graph, question).truth, 'no')
  const wide = '[some department member the person manager person:ann] member person:zoe'
  assert.equal(check(graph, wide).truth, 'no')
  assert.equal(check(graph, wide, { work: 400 }).truth, 'no', 'from the smaller side')
  const both = '[some department member the person manager person:ann] member the person manager person:ann'
  assert.equal(check(graph, both).truth, 'yes')
  const { truth, why } = check(graph, both, { work: 400 })
  assert.deepEqual([truth, why], ['unknown', 'the search took more than 400 steps'])
  const deep = Array.from({ length: 30 }, (_, i) => `department:d${i} member department:d${i + 1}#member`)
  const nested = graphOf(MODEL, ...deep, 'department:d30 member person:bob', 'person:ann manager person:bob')
  assert.equal(check(nested, 'department:d10 member the person manager person:ann').truth, 'yes')
  const cut = check(nested, 'department:d0 member the person manager person:ann')
  assert.deepEqual(cut, { truth: 'unknown', why: 'the chain of tuples is longer than 25 hops', limit: 'depth' })
})

test('the nearest missing tuple of a chain', () => {
  const graph = graphOf(MODEL, 'person:ann manager person:bob', 'document:1 folder folder:f')
  const missing = (object: string, relation: string, user: string) => {
    const on = object.includes(' ') ? userOf(object) : entity(object)
    if ('kind' in on && on.kind !== 'holder') assert.fail(object)
    return nearestMissing(graph, on, relation, userOf(user))
  }
  assert.deepEqual(missing('department:x', 'member', 'the person manager person:ann'), [
    { object: 'department:x', relation: 'member', user: 'person:bob' },
  ])
  assert.deepEqual(missing('the folder folder document:1', 'owner', 'person:ann'), [
    { object: 'folder:f', relation: 'owner', user: 'person:ann' },
  ])
})
