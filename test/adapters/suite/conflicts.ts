import assert from 'node:assert/strict'
import type { StoredTuple, StoreErrorCode } from '../../../src/facts/store.ts'
import { type Case, ERROR, IGNORE, refusedWith, tuple } from './bench.ts'

const here = tuple('d:here', 'viewer', 'user:a')
const also = tuple('d:also', 'viewer', 'user:a')
const fresh = tuple('d:fresh', 'viewer', 'user:a')
const never = tuple('d:never', 'viewer', 'user:a')
const other: StoredTuple = { ...here, condition: { name: 'c', context: {} } }

/** On an org that holds `here` and `also`. */
const CASES: readonly {
  readonly name: string
  readonly writes?: readonly StoredTuple[]
  readonly deletes?: readonly StoredTuple[]
  readonly error: StoreErrorCode | null
  /** What an ignoring write logs, or null where it logs nothing. */
  readonly logged: { readonly writes: readonly StoredTuple[]; readonly deletes: readonly StoredTuple[] } | null
}[] = [
  { name: 'a new tuple', writes: [fresh], error: null, logged: { writes: [fresh], deletes: [] } },
  { name: 'a tuple that exists', writes: [here], error: 'tuple_exists', logged: null },
  { name: 'one under another condition', writes: [other], error: 'tuple_exists', logged: null },
  { name: 'a tuple twice', writes: [fresh, fresh], error: 'tuple_exists', logged: { writes: [fresh], deletes: [] } },
  { name: 'some of each', writes: [here, fresh], error: 'tuple_exists', logged: { writes: [fresh], deletes: [] } },
  { name: 'deleting one', deletes: [here], error: null, logged: { writes: [], deletes: [here] } },
  { name: 'deleting what is not there', deletes: [never], error: 'tuple_missing', logged: null },
  {
    name: 'deleting some of each',
    deletes: [never, here, also],
    error: 'tuple_missing',
    logged: { writes: [], deletes: [here, also] },
  },
  {
    name: 'deleting one twice',
    deletes: [here, here],
    error: 'tuple_missing',
    logged: { writes: [], deletes: [here] },
  },
  {
    name: 'changing a condition: deletes come before writes',
    writes: [other],
    deletes: [here],
    error: null,
    logged: { writes: [other], deletes: [here] },
  },
]

const text = ({ object, relation, user }: StoredTuple) => ({ object, relation, user })

export const conflictCases: readonly Case[] = CASES.map(({ name, writes = [], deletes = [], error, logged }) => [
  `conflicts: ${name}`,
  async ({ store, org }) => {
    const change = { kind: 'tuples', writes, deletes: deletes.map(text) } as const
    const strict = await org()
    await store.write(strict, [{ kind: 'tuples', writes: [here, also], deletes: [] }], ERROR)
    const before = await store.snapshot(strict)
    if (error === null) assert.equal(await store.write(strict, [change], ERROR), 2)
    else {
      await refusedWith(error, store.write(strict, [change], ERROR))
      assert.deepEqual(await store.snapshot(strict), before)
    }

    const easy = await org()
    await store.write(easy, [{ kind: 'tuples', writes: [here, also], deletes: [] }], ERROR)
    assert.equal(await store.write(easy, [change], IGNORE), logged === null ? 1 : 2)
    assert.deepEqual(
      (await store.changes(easy, 1, 10)).map(entry => entry.change),
      logged === null ? [] : [{ kind: 'tuples', writes: logged.writes, deletes: logged.deletes.map(text) }],
    )
  },
])
