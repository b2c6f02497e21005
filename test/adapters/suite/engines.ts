import assert from 'node:assert/strict'
import type { Change, Engine, Store, TuplesChange } from '../../../src/facts/store.ts'
import { type Case, ERROR, IGNORE, refusedWith, tuple, writes } from './bench.ts'

const engine: Engine = { server: 'eu', storeId: 'S1', models: { m1: 'M1' }, state: 'arriving' }
const to = (state: Engine['state'], was: Engine['state'] | null, feed: string | null = null): Change => ({
  kind: 'engine',
  engine: { ...engine, state },
  was,
  feed,
})
const model = (id: string): Change => ({ kind: 'model', id, dsl: `model ${id}` })
const change = (...of: string[]): TuplesChange => ({
  kind: 'tuples',
  writes: of.map(user => tuple('d:1', 'viewer', user)),
  deletes: [],
})
const set = (store: Store, org: string, ...changes: Change[]) => store.write(org, changes, ERROR)

/** An org with three tuples whose server answers, its changes read up to `t0`. */
async function live(store: Store, org: () => Promise<string>): Promise<string> {
  const slug = await org()
  await set(store, slug, model('m1'), writes(...['a', 'b', 'c'].map(id => tuple('d:1', 'viewer', `user:${id}`))))
  await set(store, slug, to('arriving', null, ''))
  await set(store, slug, to('live', 'arriving', 't0'))
  return slug
}

/** Orgs whose relations a server has. */
export const engineCases: readonly Case[] = [
  [
    'while relations move, or a server has them, tuples are written nowhere else',
    async ({ store, org }) => {
      const slug = await live(store, org)
      const one = writes(tuple('d:1', 'viewer', 'user:z'))
      await refusedWith('relations_moving', set(store, slug, one))
      await set(store, slug, to('leaving', 'live'))
      await refusedWith('relations_moving', store.write(slug, [one], IGNORE))
      const arriving = await org()
      await set(store, arriving, to('arriving', null, ''))
      await refusedWith('relations_moving', set(store, arriving, one))
      await set(store, arriving, { kind: 'engine', engine: null, was: 'arriving', feed: null })
      await set(store, arriving, one)
      assert.equal(await store.feed(arriving), null)
    },
  ],
  [
    'a model counts only once the server has it',
    async ({ store, org }) => {
      const slug = await live(store, org)
      await refusedWith('relations_moving', set(store, slug, model('m2')))
      const models = { m1: 'M1', m2: 'M2' }
      const mapped = { kind: 'engine', engine: { ...engine, state: 'live', models }, was: 'live', feed: null } as const
      await set(store, slug, mapped, model('m2'))
      const { model: now, engine: has } = await store.snapshot(slug)
      assert.equal(now?.id, 'm2')
      assert.deepEqual(has?.models, models)
      await set(store, slug, { ...mapped, engine: { ...mapped.engine, state: 'leaving' } })
      await refusedWith('relations_moving', set(store, slug, model('m1')))
    },
  ],
  [
    'an engine follows from the one it was',
    async ({ store, org }) => {
      const slug = await org()
      await refusedWith('relations_moving', set(store, slug, to('live', 'arriving')))
      await set(store, slug, to('arriving', null, ''))
      await refusedWith('relations_moving', set(store, slug, to('arriving', null, '')))
      await refusedWith('relations_moving', set(store, slug, { kind: 'engine', engine: null, was: 'live', feed: null }))
    },
  ],
  [
    'what a server changed is taken over once, in order, whoever reads it, and moves no tuples',
    async ({ store, org }) => {
      const slug = await live(store, org)
      const before = await store.revision(slug)
      const runs = [
        change('user:x'),
        { ...change('user:y'), deletes: [{ object: 'd:1', relation: 'viewer', user: 'user:x' }] },
      ]
      const took = await Promise.all([1, 2, 3].map(() => store.follow(slug, 't0', 't1', runs)))
      assert.deepEqual(
        took.filter(revision => revision !== null),
        [before + 2],
      )
      assert.equal(await store.feed(slug), 't1')
      assert.equal(await store.follow(slug, 't0', 't2', runs), null)
      const logged = await store.changes(slug, before, 10)
      assert.deepEqual(
        logged.map(l => l.change),
        runs,
      )
      assert.equal(await store.follow(slug, 't1', 't2', []), before + 2)
      assert.equal((await store.keptTuples(slug, null)).tuples.length, 3)
      assert.deepEqual((await store.snapshot(slug)).tuples, [])
    },
  ],
  [
    'tuples leave the database and come back, and only while they may',
    async ({ store, org }) => {
      const slug = await live(store, org)
      const back = [
        tuple('d:1', 'viewer', 'user:n'),
        { ...tuple('d:2', 'viewer', 'user:*'), condition: { name: 'c', context: { n: 1 } } },
      ]
      await refusedWith('relations_moving', store.fillTuples(slug, back))
      while (await store.drainTuples(slug));
      assert.deepEqual(await store.keptTuples(slug, null), { tuples: [], next: null })
      await set(store, slug, to('leaving', 'live'))
      await store.fillTuples(slug, back)
      await store.fillTuples(slug, back)
      await set(store, slug, { kind: 'engine', engine: null, was: 'leaving', feed: null })
      const { tuples, engine: has } = await store.snapshot(slug)
      assert.equal(has, null)
      assert.deepEqual(
        new Set(tuples.map(t => JSON.stringify(t.condition))),
        new Set(back.map(t => JSON.stringify(t.condition))),
      )
      await refusedWith('relations_moving', store.drainTuples(slug))
      assert.equal((await store.keptTuples(slug, null)).tuples.length, 2)
    },
  ],
  [
    'what is no longer sure is in the changelog as it was said',
    async ({ store, org }) => {
      const slug = await org()
      const tuples = [{ object: 'd:1', relation: 'viewer', user: 'user:a' }]
      const revision = await set(store, slug, { kind: 'stale', tuples })
      assert.deepEqual((await store.changes(slug, revision - 1, 1))[0]?.change, { kind: 'stale', tuples })
    },
  ],
  [
    'an org sees and moves no engine but its own',
    async ({ store, org }) => {
      const slug = await live(store, org)
      const other = await org()
      assert.equal(await store.feed(other), null)
      assert.equal(await store.follow(other, 't0', 't1', [change('user:x')]), null)
      await refusedWith('relations_moving', store.drainTuples(other))
      assert.equal(await store.feed(slug), 't0')
    },
  ],
]
