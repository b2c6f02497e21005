import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StoredTuple } from '../../../src/facts/store.ts'
import { type Case, ERROR, IGNORE, tuple } from './bench.ts'

const name = fc.constantFrom('a', 'b', 'c', 'ü')
const anyTuple = fc.tuple(name, name, name).map(([d, r, u]) => tuple(`d:${d}`, r, `user:${u}`))
const anyWrite = fc.record({
  writes: fc.array(anyTuple, { maxLength: 6 }),
  deletes: fc.array(anyTuple, { maxLength: 6 }),
})

const keyOf = ({ object, relation, user }: StoredTuple): string => `${object} ${relation} ${user}`

const storableText = fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.replaceAll('\0', '').toWellFormed())
const anyJson = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')))

export const lawCases: readonly Case[] = [
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
