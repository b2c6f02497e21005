import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGraph } from '../../src/relations/graph.ts'
import { check, dsl, entity, graphOf, modelOf, tupleOf } from './harness.ts'

const teams = dsl(
  'type team',
  'define member: [user, user:*, team#member]',
  'type doc',
  'define viewer: [user, team#member]',
)

test('a chain of 25 hops is followed, a longer one is unknown and says so', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 40; i++) graph.write(tupleOf(`team:${i} member team:${i + 1}#member`))
  graph.write(tupleOf('team:25 member user:ann'))
  graph.write(tupleOf('team:26 member user:bob'))
  assert.equal(check(graph, 'team:0 member user:ann').truth, 'yes')
  const far = check(graph, 'team:0 member user:bob')
  assert.deepEqual([far.truth, far.why], ['unknown', 'the chain of tuples is longer than 25 hops'])
  assert.equal(check(graph, 'team:0 member user:bob', { depth: 26 }).truth, 'yes')
})

test('a graph may be made to follow more, under every model', () => {
  const graph = createGraph(modelOf(teams), 40)
  for (let i = 0; i < 50; i++) graph.write(tupleOf(`team:${i} member team:${i + 1}#member`))
  graph.write(tupleOf('team:40 member user:ann'))
  graph.write(tupleOf('team:41 member user:bob'))
  for (const one of [graph, graph.withModel(modelOf(teams))]) {
    assert.equal(check(one, 'team:0 member user:ann').truth, 'yes')
    const far = check(one, 'team:0 member user:bob')
    assert.deepEqual([far.truth, far.why], ['unknown', 'the chain of tuples is longer than 40 hops'])
  }
})

test('a long way that is cut does not hide a short one', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 30; i++) graph.write(tupleOf(`team:${i} member team:${i + 1}#member`))
  graph.write(tupleOf('team:30 member user:ann'))
  graph.write(tupleOf('team:0 member team:29#member'))
  assert.equal(check(graph, 'team:0 member user:ann').truth, 'yes')
})

test('how far something is does not depend on the way that is tried first', () => {
  const chain = Array.from({ length: 30 }, (_, i) => `team:${i} member team:${i + 1}#member`)
  const both = dsl(
    'type team',
    'define member: [user, team#member]',
    'define all: long and short',
    'define long: [team#member]',
    'define short: [team#member]',
  )
  const tuples = [
    ...chain,
    'team:30 member user:ann',
    'team:x long team:0#member',
    'team:x short team:30#member',
    'team:y long team:20#member',
    'team:y short team:30#member',
  ]
  for (const stored of [tuples, [...tuples].reverse()]) {
    const graph = graphOf(both, ...stored)
    for (const relation of ['all', 'long']) {
      const far = check(graph, `team:x ${relation} user:ann`)
      assert.deepEqual(
        [far.truth, far.limit, far.why],
        ['unknown', 'depth', 'the chain of tuples is longer than 25 hops'],
      )
    }
    assert.equal(check(graph, 'team:y all user:ann').truth, 'yes')
  }
})

test('many groups in one another, and nobody in them: no, though most ways are longer than 25 hops', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 60; i++) for (let j = 0; j < 60; j++) graph.write(tupleOf(`team:${i} member team:${j}#member`))
  assert.equal(check(graph, 'team:0 member user:ann').truth, 'no')
  graph.write(tupleOf('team:59 member user:ann'))
  assert.equal(check(graph, 'team:0 member user:ann').truth, 'yes')
})

test('a list as wide as 200,000 is whole, and its check takes no more steps than a narrow one', () => {
  const graph = graphOf(teams, 'doc:1 viewer team:wide#member')
  for (let i = 0; i < 200_000; i++) graph.write(tupleOf(`team:wide member user:${i}`))
  assert.equal(check(graph, 'doc:1 viewer user:199999', { work: 10 }).truth, 'yes')
  assert.equal(check(graph, 'doc:1 viewer user:none', { work: 10 }).truth, 'no')
  const listed = graph.listUsers(entity('doc:1'), 'viewer', 'user')
  assert.deepEqual([listed.ids.length, new Set(listed.ids).size], [200_000, 200_000])
  assert.deepEqual(listed.ids, [...listed.ids].sort())
})

test('a list that runs into a limit says so: it is never cut short in silence', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 300; i++) graph.write(tupleOf(`doc:${i} viewer user:ann`))
  const told: (string | null)[] = []
  const options = { work: 100, undecided: (id: string | null) => told.push(id) }
  assert.deepEqual(graph.listObjects('doc', 'viewer', { type: 'user', id: 'ann' }, options), [])
  assert.deepEqual(told, [null])
  assert.equal(graph.listObjects('doc', 'viewer', { type: 'user', id: 'ann' }).length, 300)
})

test('work is counted in steps: the same question ends at the same step, however long it takes', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 500; i++) graph.write(tupleOf(`team:0 member team:${i + 1}#member`))
  const enough = Array.from({ length: 1200 }, (_, work) => work).find(
    work => check(graph, 'team:0 member user:ann', { work }).truth === 'no',
  )
  assert.ok(enough !== undefined && enough > 500)
  for (let i = 0; i < 5; i++) {
    assert.equal(check(graph, 'team:0 member user:ann', { work: enough }).truth, 'no')
    assert.equal(check(graph, 'team:0 member user:ann', { work: enough - 1 }).limit, 'work')
  }
})

test('too much work is unknown and says so', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 500; i++) graph.write(tupleOf(`team:0 member team:${i + 1}#member`))
  const answer = check(graph, 'team:0 member user:ann', { work: 100 })
  assert.deepEqual([answer.truth, answer.why], ['unknown', 'the search took more than 100 steps'])
  const lists: (string | null)[] = []
  graph.listUsers(entity('team:0'), 'member', 'user', { work: 100, undecided: id => lists.push(id) })
  assert.deepEqual(lists, [null])
})

test('everyone a member of everyone is searched once over', () => {
  const graph = graphOf(teams)
  for (let i = 0; i < 60; i++) for (let j = 0; j < 60; j++) graph.write(tupleOf(`team:${i} member team:${j}#member`))
  const start = performance.now()
  assert.equal(check(graph, 'team:0 member user:ann', { depth: 1000 }).truth, 'no')
  assert.equal(check(graph, 'team:0 member some team member user:ann', { depth: 1000 }).truth, 'no')
  assert.ok(performance.now() - start < 2000)
})

test('a wide relation is probed and emptied without walking it', () => {
  const graph = graphOf(teams)
  const start = performance.now()
  for (let i = 0; i < 100_000; i++) graph.write(tupleOf(`team:wide member user:${i}`))
  for (let i = 0; i < 2000; i++)
    assert.equal(check(graph, `team:wide member user:${i * 50}`, { work: 10 }).truth, 'yes')
  assert.equal(check(graph, 'team:wide member user:none', { work: 10 }).truth, 'no')
  for (let i = 0; i < 100_000; i++) assert.ok(graph.remove(tupleOf(`team:wide member user:${(i * 7919) % 100_000}`)))
  assert.equal(graph.size, 0)
  assert.ok(performance.now() - start < 20_000)
})

test('some team of theirs is found from the smaller side', () => {
  const graph = graphOf(dsl('type team', 'define member: [user]', 'type doc', 'define shared: [team]'))
  for (let i = 0; i < 20_000; i++) graph.write(tupleOf(`doc:wide shared team:${i}`))
  for (let i = 0; i < 20_000; i++) graph.write(tupleOf(`team:${i} member user:busy`))
  graph.write(tupleOf('team:19999 member user:ann'))
  graph.write(tupleOf('doc:narrow shared team:5'))
  assert.equal(check(graph, 'doc:wide shared some team member user:ann', { work: 5000 }).truth, 'yes')
  assert.equal(check(graph, 'doc:narrow shared some team member user:busy', { work: 5000 }).truth, 'yes')
  assert.equal(check(graph, 'doc:wide shared some team member user:busy').truth, 'yes')
})

test('asking does not make the graph grow', () => {
  const graph = graphOf(teams, 'team:a member user:ann')
  const before = graph.bytes()
  for (let i = 0; i < 1000; i++) check(graph, `team:x${i} member user:y${i}`)
  assert.equal(graph.bytes(), before)
})

test('text that is no tuple is not stored', () => {
  const graph = createGraph(modelOf(teams))
  for (const text of [
    'team member user:ann',
    'team:* member user:ann',
    'team:a member user',
    'team:a:b member user:ann',
    'team:a me:mber user:ann',
  ]) {
    assert.equal(graph.write(tupleOf(text)), false, text)
  }
  assert.equal(graph.size, 0)
})

test('a tuple takes few bytes', () => {
  const gc = (globalThis as { gc?: () => void }).gc
  const used = (): number => {
    gc?.()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  const graph = graphOf(teams)
  for (let i = 0; graph.size < 200_000; i++) {
    graph.write(tupleOf(`doc:d${i % 50_000} viewer user:u${(i * 7919) % 19_997}`))
  }
  assert.ok(graph.bytes() / graph.size < 150, `${graph.bytes() / graph.size} estimated`)
  if (gc !== undefined) assert.ok((used() - before) / graph.size < 200, `${(used() - before) / graph.size} used`)
})
