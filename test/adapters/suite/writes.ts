import assert from 'node:assert/strict'
import type { Change, StoredTuple } from '../../../src/facts/store.ts'
import { type Case, ERROR, IGNORE, policy, refusedWith, tuple, writes } from './bench.ts'

const conditional: StoredTuple = {
  ...tuple('document:1', 'viewer', 'user:*'),
  condition: { name: 'on_network', context: { ranges: ['10.0.0.0/8'], deep: { n: 1.5, z: null } } },
}

const everything: readonly Change[] = [
  { kind: 'model', id: 'm1', dsl: 'model\n  schema 1.1\n' },
  { kind: 'tuples', writes: [tuple('team:eng', 'member', 'user:alice'), conditional], deletes: [] },
  {
    kind: 'attributes',
    entity: { type: 'user', id: 'alice' },
    set: { department: 'eng', level: 3, tags: ['a', { b: null }], active: false, boss: null, '': '' },
    unset: [],
  },
  policy(1),
  { kind: 'org', name: 'Renamed', zone: 'UTC' },
]

const byName = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
  [...all].sort((a, b) => (a.name < b.name ? -1 : 1))

export const writeCases: readonly Case[] = [
  [
    'a new org is empty, at revision 0',
    async ({ store, org }) => {
      const slug = await org()
      const { org: self, ...rest } = await store.snapshot(slug)
      assert.equal(self.slug, slug)
      assert.deepEqual(rest, {
        revision: 0,
        model: null,
        policy: null,
        keys: [],
        attributes: [],
        tuples: [],
        stores: [],
        registered: [],
        engine: null,
      })
    },
  ],
  [
    'every kind of change is applied, logged as it was asked for, and read back',
    async ({ store, org }) => {
      const slug = await org()
      const start = Date.now()
      assert.equal(await store.write(slug, everything, ERROR), everything.length)
      const log = await store.changes(slug, 0, 100)
      assert.deepEqual(
        log.map(({ change }) => change),
        everything,
      )
      assert.deepEqual(
        log.map(({ revision }) => revision),
        [1, 2, 3, 4, 5],
      )
      for (const { at } of log) assert.ok(Math.abs(at - start) < 60_000)

      const seen = await store.snapshot(slug)
      assert.equal(seen.revision, 5)
      assert.deepEqual(seen.org, { slug, name: 'Renamed', zone: 'UTC' })
      assert.deepEqual(seen.model, { id: 'm1', dsl: 'model\n  schema 1.1\n' })
      assert.equal(seen.policy?.version, 1)
      assert.equal(seen.policy?.publishedAt, log[3]?.at)
      const order = (t: StoredTuple): string => t.object
      assert.deepEqual(
        [...seen.tuples].sort((a, b) => (order(a) < order(b) ? -1 : 1)),
        [conditional, tuple('team:eng', 'member', 'user:alice')],
      )
      assert.deepEqual(
        byName(seen.attributes),
        byName(
          Object.entries({
            department: 'eng',
            level: 3,
            tags: ['a', { b: null }],
            active: false,
            boss: null,
            '': '',
          }).map(([name, value]) => ({ entity: { type: 'user', id: 'alice' }, name, value })),
        ),
      )
    },
  ],
  [
    'attributes are replaced and unset one by one, and those of others stay',
    async ({ store, org }) => {
      const slug = await org()
      const change = (id: string, set: Record<string, number>, unset: readonly string[]): Change => ({
        kind: 'attributes',
        entity: { type: 'user', id },
        set,
        unset,
      })
      await store.write(slug, [change('a', { x: 1, y: 2 }, []), change('b', { x: 3 }, [])], ERROR)
      await store.write(slug, [change('a', { y: 4, z: 5 }, ['x', 'z', 'never-there'])], ERROR)
      const { attributes } = await store.snapshot(slug)
      const text = attributes.map(({ entity, name, value }) => `${entity.id}.${name}=${value}`)
      assert.deepEqual(text.sort(), ['a.y=4', 'a.z=5', 'b.x=3'])
      assert.equal(await store.write(slug, [change('a', {}, [])], ERROR), 3)
    },
  ],
  [
    'the model written last is the current one, and an id names one text',
    async ({ store, org }) => {
      const slug = await org()
      const model = (id: string, dsl: string): Change => ({ kind: 'model', id, dsl })
      await store.write(slug, [model('one', '1'), model('two', '2')], ERROR)
      assert.equal((await store.snapshot(slug)).model?.id, 'two')
      await store.write(slug, [model('one', '1')], ERROR)
      assert.equal((await store.snapshot(slug)).model?.id, 'one')
      await assert.rejects(store.write(slug, [model('one', 'other')], ERROR), TypeError)
      assert.deepEqual(await store.model(slug, 'two'), { id: 'two', dsl: '2' })
      assert.equal(await store.model(slug, 'three'), null)
    },
  ],
  [
    'all changes of a write happen or none',
    async ({ store, org }) => {
      const slug = await org()
      const before = await store.snapshot(slug)
      const doomed = [...everything, policy(7)]
      await refusedWith('version_conflict', store.write(slug, doomed, ERROR))
      assert.deepEqual(await store.snapshot(slug), before)
      assert.deepEqual(await store.changes(slug, 0, 10), [])
    },
  ],
  [
    'a write of nothing answers the current revision',
    async ({ store, org }) => {
      const slug = await org()
      await store.write(slug, [policy(1)], ERROR)
      for (const nothing of [[], [writes()]]) assert.equal(await store.write(slug, nothing, IGNORE), 1)
      assert.equal((await store.changes(slug, 0, 10)).length, 1)
    },
  ],
  [
    'changes are read from a revision on, as many as asked for',
    async ({ store, org }) => {
      const slug = await org()
      await store.write(slug, everything, ERROR)
      const revisions = async (after: number, limit: number): Promise<number[]> =>
        (await store.changes(slug, after, limit)).map(({ revision }) => revision)
      assert.deepEqual(await revisions(0, 2), [1, 2])
      assert.deepEqual(await revisions(3, 10), [4, 5])
      assert.deepEqual(await revisions(5, 10), [])
    },
  ],
  [
    'concurrent writes of one org get revisions in the order of their commits, without gaps',
    async ({ store, org }) => {
      const slug = await org()
      const got = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          store.write(
            slug,
            [writes(tuple(`d:${n}`, 'viewer', 'user:a')), writes(tuple(`e:${n}`, 'r', 'user:a'))],
            ERROR,
          ),
        ),
      )
      assert.deepEqual(
        got.sort((a, b) => a - b),
        Array.from({ length: 30 }, (_, n) => 2 * (n + 1)),
      )
      const log = await store.changes(slug, 0, 1000)
      assert.deepEqual(
        log.map(({ revision }) => revision),
        Array.from({ length: 60 }, (_, n) => n + 1),
      )
      assert.equal((await store.snapshot(slug)).tuples.length, 60)
    },
  ],
  [
    '5,000 tuples in one change, and 11,000 read back over several pages',
    async ({ store, org }) => {
      const slug = await org()
      const many = (prefix: string, count: number) =>
        Array.from({ length: count }, (_, n) => tuple(`document:${prefix}${n}`, 'viewer', `user:${n % 97}`))
      assert.equal(await store.write(slug, [writes(...many('a', 5_000))], ERROR), 1)
      assert.equal(await store.write(slug, [writes(...many('b', 6_000))], ERROR), 2)
      const all = (await store.snapshot(slug)).tuples
      assert.equal(new Set(all.map(t => t.object)).size, 11_000)
      const gone: Change = { kind: 'tuples', writes: [], deletes: many('b', 6_000) }
      assert.equal(await store.write(slug, [gone], ERROR), 3)
      assert.equal((await store.snapshot(slug)).tuples.length, 5_000)
    },
  ],
]
