import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Change, StoredTuple } from '../../../src/facts/store.ts'
import { type Case, ERROR, IGNORE, policy, tuple, writes } from './bench.ts'

const name = fc.constantFrom('a', 'b', 'c', 'ü')
const anyTuple = fc.tuple(name, name, name).map(([d, r, u]) => tuple(`d:${d}`, r, `user:${u}`))
const anyWrite = fc.record({
  writes: fc.array(anyTuple, { maxLength: 6 }),
  deletes: fc.array(anyTuple, { maxLength: 6 }),
})

const keyOf = ({ object, relation, user }: StoredTuple): string => `${object} ${relation} ${user}`

const storableText = fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.replaceAll('\0', '').toWellFormed())
const anyJson = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')))

const anyWish = fc.record({
  changes: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: anyWrite.map(({ writes, deletes }): Change => ({ kind: 'tuples', writes, deletes })) },
      { weight: 3, arbitrary: anyTuple.map(one => writes(one)) },
      fc.integer({ min: 1, max: 3 }).map(version => policy(version)),
      fc.record({ id: name, value: fc.nat({ max: 3 }) }).map(
        ({ id, value }): Change => ({
          kind: 'attributes',
          entity: { type: 'user', id },
          set: { level: value },
          unset: [],
        }),
      ),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  options: fc.constantFrom(ERROR, IGNORE),
  by: name,
})

const outcomeOf = (settled: PromiseSettledResult<number>): unknown =>
  settled.status === 'fulfilled' ? settled.value : [settled.reason.name, settled.reason.code, settled.reason.message]

export const lawCases: readonly Case[] = [
  [
    'law: writes that come at once come to what they come to one after another, refused ones too',
    async ({ store, org }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyWish, { minLength: 2, maxLength: 12 }), async wishes => {
          const [alone, together] = [await org(), await org()]
          const write = (slug: string, { changes, options, by }: (typeof wishes)[number]): Promise<number> => {
            const from = { actor: `user:${by}`, trace: null, ip: null }
            return store.write(slug, changes, { ...options, from })
          }
          const expected: unknown[] = []
          for (const wish of wishes) {
            const [settled] = await Promise.allSettled([write(alone, wish)])
            expected.push(settled === undefined ? null : outcomeOf(settled))
          }
          const got = await Promise.allSettled(wishes.map(wish => write(together, wish)))
          assert.deepEqual(got.map(outcomeOf), expected)
          const logged = async (slug: string) =>
            (await store.changes(slug, 0, 200)).map(({ revision, change }) => ({ revision, change }))
          assert.deepEqual(await logged(together), await logged(alone))
          const held = async (slug: string) => {
            const { tuples, attributes, policy: current } = await store.snapshot(slug)
            return [tuples.map(keyOf).sort(), attributes.map(a => JSON.stringify(a)).sort(), current?.version]
          }
          assert.deepEqual(await held(together), await held(alone))
          const told = async (slug: string) =>
            (await store.auditSince(slug, 0, 500)).map(({ kind, actor }) => ({ kind, actor }))
          assert.deepEqual(await told(together), await told(alone))
        }),
        { numRuns: 25, seed: 20_262 },
      )
    },
  ],
  [
    'law: the tuples are what a set would hold, and the changelog replays to them',
    async ({ store, org }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyWrite, { minLength: 1, maxLength: 6 }), async rounds => {
          const slug = await org()
          const model = new Set<string>()
          for (const { writes, deletes } of rounds) {
            await store.write(slug, [{ kind: 'tuples', writes, deletes }], IGNORE)
            for (const gone of deletes) model.delete(keyOf(gone))
            for (const added of writes) model.add(keyOf(added))
          }
          assert.deepEqual((await store.snapshot(slug)).tuples.map(keyOf).sort(), [...model].sort())
          const replay = new Set<string>()
          for (const { change } of await store.changes(slug, 0, 100)) {
            if (change.kind !== 'tuples') continue
            for (const gone of change.deletes) assert.ok(replay.delete(keyOf({ ...gone, condition: null })))
            for (const added of change.writes) {
              assert.ok(!replay.has(keyOf(added)))
              replay.add(keyOf(added))
            }
          }
          assert.deepEqual([...replay].sort(), [...model].sort())
        }),
        { numRuns: 20, seed: 20_260 },
      )
    },
  ],
  [
    'law: any storable name and any json value come back as they were',
    async ({ store, org }) => {
      const slug = await org()
      const attributes = fc.dictionary(storableText, anyJson, { maxKeys: 5, noNullPrototype: true })
      await fc.assert(
        fc.asyncProperty(storableText, attributes, async (id, set) => {
          const entity = { type: 'user', id }
          const before = (await store.snapshot(slug)).attributes.filter(a => a.entity.id === id).map(a => a.name)
          await store.write(slug, [{ kind: 'attributes', entity, set, unset: before }], ERROR)
          const seen = (await store.snapshot(slug)).attributes.filter(a => a.entity.id === id)
          assert.deepEqual(Object.fromEntries(seen.map(a => [a.name, a.value])), set)
        }),
        { numRuns: 40, seed: 20_261 },
      )
    },
  ],
]
