import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstOf, listInParts, objectListing, wholeList } from '../../src/pdp/lists.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Graph, Listing } from '../../src/relations/graph.ts'
import { loadShipped } from '../../src/server.ts'

const dsl =
  'model\n  schema 1.1\ntype user\ntype team\n  relations\n    define member: [user]\ntype doc\n  relations\n    define viewer: [user, user:*, team#member]'
const shipped = loadShipped()
const ann = { kind: 'entity', entity: { type: 'user', id: 'ann' } } as const
const team = { kind: 'set', object: { type: 'team', id: 't' }, relation: 'member' } as const

const tuple = (id: string, user: string) => ({ object: `doc:${id}`, relation: 'viewer', user, condition: null })

/** Documents `a…`, seen by ann herself, and `b…`, seen by her team. */
function world(): { readonly state: OrgState; readonly graph: Graph; readonly write: Write } {
  const state = stateOf(
    {
      org: { slug: 'lists', name: 'Lists', zone: 'UTC' },
      revision: 1,
      model: { id: 'm', dsl },
      tuples: [
        { object: 'team:t', relation: 'member', user: 'user:ann', condition: null },
        ...Array.from({ length: 50 }, (_, i) => tuple(`a${i}`, 'user:ann')),
        ...Array.from({ length: 50 }, (_, i) => tuple(`b${i}`, 'team:t#member')),
      ],
      attributes: [],
      policy: null,
      keys: [],
    },
    shipped,
  )
  assert.ok(state.graph !== null)
  const write: Write = (writes, deletes) =>
    applyChange(state, { revision: state.revision + 1, at: 0, change: { kind: 'tuples', writes, deletes } }, shipped)
  return { state, graph: state.graph, write }
}

type Write = (writes: ReturnType<typeof tuple>[], deletes: ReturnType<typeof tuple>[]) => void

/** So slow that every candidate is a slice of its own. */
const slow = <T>(listing: Listing<T>): Listing<T> =>
  counted(listing, () => {
    const until = performance.now() + 11
    while (performance.now() < until);
  })

function* counted<T>(listing: Listing<T>, each: () => void): Listing<T> {
  for (;;) {
    const step = listing.next()
    if (step.done === true) return step.value
    each()
    yield step.value
  }
}

const numbered = (letter: string): string[] => Array.from({ length: 50 }, (_, i) => `${letter}${i}`)

for (const user of [ann, team]) {
  const wanted = (user === ann ? [...numbered('a'), ...numbered('b')] : numbered('b')).sort()

  test(`whole and in parts, for ${user.kind === 'set' ? 'a set' : 'a person'}`, async () => {
    const { state, graph } = world()
    const begin = (after = '') => objectListing(graph, 'doc', 'viewer', user, {}, after)
    assert.deepEqual(await wholeList(state, begin), wanted)
    const parts: string[][] = []
    for await (const part of listInParts(state, begin)) parts.push([...part])
    assert.deepEqual(parts.flat(), wanted)
    assert.deepEqual(
      parts.find(part => part.length > 0),
      wanted.slice(0, 1),
      'the first is given at once',
    )
    for (const most of [1, 7, 100, 101]) {
      let looked = 0
      const first = await wholeList(state, () =>
        firstOf(
          counted(begin(), () => (looked += 1)),
          most,
        ),
      )
      assert.deepEqual(first, wanted.slice(0, most))
      if (user === ann) assert.ok(looked <= most, 'no more is looked at than is given')
    }
    for (const after of ['', 'a', 'a49', 'b0', 'b9', 'c']) {
      assert.deepEqual(
        [...begin(after)].filter(id => id !== null),
        wanted.filter(id => id > after),
      )
    }
  })
}

// A grant moves from one document to another in one write: no state has both of them, or neither.
test('a whole list that writes overtake is of one state', async () => {
  const { state, graph, write } = world()
  let at = 'a0'
  const move = (): void => {
    const to = at === 'a0' ? 'z' : 'a0'
    write([tuple(to, 'user:ann')], [tuple(at, 'user:ann')])
    at = to
  }
  let begun = 0
  const busy = setInterval(move, 1)
  const list = await wholeList(state, () => {
    begun += 1
    return slow(objectListing(graph, 'doc', 'viewer', ann, {}))
  })
  clearInterval(busy)
  assert.ok(begun > 1, 'a write came in between')
  assert.equal(list.filter(id => id === 'a0' || id === 'z').length, 1)
  assert.equal(list.length, 100)
})

test('a list in parts, overtaken by writes, gives what stays once and in order', async () => {
  const { state, graph, write } = world()
  const given: string[] = []
  let turn = 0
  for await (const part of listInParts(state, after => objectListing(graph, 'doc', 'viewer', ann, {}, after))) {
    given.push(...part)
    // Numbers of entities that go are given to others that come.
    turn += 1
    const gone = numbered('a').sort()[49]
    if (turn === 1) write([tuple('b7x', 'user:ann'), tuple('a', 'user:ann')], [tuple(gone ?? '', 'user:ann')])
    if (turn === 2) write([tuple('zz', 'user:bob')], [])
  }
  const stays = [...numbered('a'), ...numbered('b')].sort().filter(id => id !== numbered('a').sort()[49])
  assert.deepEqual(given, [...stays, 'b7x'].sort())
})

test('a reader who leaves ends it', async () => {
  const { state, graph } = world()
  const parts = listInParts(state, after => objectListing(graph, 'doc', 'viewer', ann, {}, after))
  for await (const part of parts) if (part.length > 0) break
  assert.deepEqual(await parts.next(), { done: true, value: undefined })
})
