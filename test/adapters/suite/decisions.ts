import assert from 'node:assert/strict'
import { batchOf } from '../../../src/adapters/sql/decision-batch.ts'
import type { DecisionQuery, DecisionRow } from '../../../src/facts/store.ts'
import { type Case, refusedWith } from './bench.ts'

const row = (id: string, at: number, more: Partial<DecisionRow> = {}): DecisionRow => ({
  id,
  at,
  effect: 'allow',
  subject: 'user:alice',
  action: 'edit',
  resource: 'document:1',
  record: { request: { deep: [1, 'two', null] }, version: 3 },
  ...more,
})

const ALL: DecisionQuery = { limit: 100, before: null, effect: null, subject: null }

export const decisionCases: readonly Case[] = [
  [
    'decisions are read back newest first, filtered, page by page',
    async ({ store, org }) => {
      const slug = await org()
      const rows = [
        row('a', 1),
        row('b', 2, { effect: 'deny' }),
        row('c', 2, { subject: 'user:bob' }),
        row('d', 2, { effect: 'escalate' }),
        row('e', 3, { effect: 'deny', subject: 'user:bob' }),
      ]
      await store.appendDecisions(slug, [batchOf(rows)])
      assert.deepEqual(await store.decisions(slug, ALL), rows.toReversed())
      const ids = async (query: Partial<DecisionQuery>): Promise<string> =>
        (await store.decisions(slug, { ...ALL, ...query })).map(({ id }) => id).join('')
      assert.equal(await ids({ effect: 'deny' }), 'eb')
      assert.equal(await ids({ effect: 'allow' }), 'ca')
      assert.equal(await ids({ effect: 'escalate' }), 'd')
      assert.equal(await ids({ subject: 'user:bob' }), 'ec')
      assert.equal(await ids({ subject: 'user:bob', effect: 'deny' }), 'e')
      assert.equal(await ids({ limit: 2 }), 'ed')
      assert.equal(await ids({ limit: 2, before: 'd' }), 'cb')
      assert.equal(await ids({ before: 'b', effect: 'deny' }), '')
      assert.equal(await ids({ before: 'e', effect: 'deny' }), 'b')
      for (const unknown of [{ before: 'zz' }, { before: '\0' }, { subject: 'user:nobody' }, { subject: '\ud800' }]) {
        assert.equal(await ids(unknown), '')
      }
      assert.deepEqual(await store.decision(slug, 'c'), rows[2])
      assert.equal(await store.decision(slug, 'zz'), null)
    },
  ],
  [
    'appending a batch again changes nothing',
    async ({ store, org }) => {
      const slug = await org()
      await store.appendDecisions(slug, [batchOf([row('a', 1), row('b', 2)])])
      await store.appendDecisions(slug, [batchOf([row('a', 1), row('b', 2)])])
      await store.appendDecisions(slug, [batchOf([row('b', 2), row('c', 3), row('c', 3)])])
      await store.appendDecisions(slug, [batchOf([row('b', 2)])])
      assert.deepEqual(await store.decisions(slug, ALL), [row('c', 3), row('b', 2), row('a', 1)])
      await store.appendDecisions(slug, [batchOf([])])
    },
  ],
  [
    'batches may overlap in ids and times: pages are in order, complete, and each row is there once',
    async ({ store, org }) => {
      const slug = await org()
      const rows = Array.from({ length: 60 }, (_, i) => row(`d${String((i * 37) % 60).padStart(2, '0')}`, (i * 7) % 20))
      for (let i = 0; i < rows.length; i += 7) await store.appendDecisions(slug, [batchOf(rows.slice(i, i + 7))])
      const expected = rows.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(r => r.id)
      const seen: string[] = []
      for (let before: string | null = null; ; before = seen.at(-1) ?? null) {
        const page: readonly DecisionRow[] = await store.decisions(slug, { ...ALL, limit: 9, before })
        seen.push(...page.map(r => r.id))
        if (page.length < 9) break
      }
      assert.deepEqual(seen, expected)
      for (const { id } of rows) assert.equal((await store.decision(slug, id))?.id, id)
    },
  ],
  [
    'what decisions share is kept once and read back whole',
    async ({ store, org }) => {
      const slug = await org()
      const facts = [{ question: { kind: 'attribute' }, answer: { value: 3 } }]
      const rows = ['a', 'b'].map((id, i) => row(id, i, { record: { facts, n: i, none: null, text: '0', list: [] } }))
      await store.appendDecisions(slug, [batchOf(rows)])
      assert.deepEqual(await store.decisions(slug, ALL), rows.toReversed())
    },
  ],
  [
    'records of one batch may have different members, in any order',
    async ({ store, org }) => {
      const slug = await org()
      const list = [1, [2]]
      const records = [{ a: list, b: 1 }, { b: list, a: list }, {}, { a: [], b: { list, empty: [] } }, { b: 2, a: [0] }]
      const rows = records.map((record, i) => row(String(i), i, { record }))
      await store.appendDecisions(slug, [batchOf(rows)])
      assert.deepEqual(await store.decisions(slug, ALL), rows.toReversed())
    },
  ],
  [
    'ids are found whatever their order in code units is',
    async ({ store, org }) => {
      const slug = await org()
      const ids = ['\uffff', '\u{10000}', 'é', 'z', '']
      await store.appendDecisions(slug, [batchOf(ids.map(id => row(id, 1)))])
      for (const id of ids) assert.equal((await store.decision(slug, id))?.id, id)
      const listed = await store.decisions(slug, ALL)
      assert.deepEqual(
        listed.map(({ id }) => id),
        ['\u{10000}', '\uffff', 'é', 'z', ''],
      )
    },
  ],
  [
    'no request can word itself out of the log',
    async ({ store, org }) => {
      const slug = await org()
      const hostile = { nul: 'a\0b', half: '\ud800', 'key\0': [1e300, -0.1], quote: `'"\\` }
      const long = `user:${'x'.repeat(100_000)}`
      await store.appendDecisions(slug, [
        batchOf([
          row('a', 1, { subject: 'user:\0', action: '\ud800', resource: 'd:\0\udfff', record: hostile }),
          row('b', 2, { subject: long }),
        ]),
      ])
      assert.deepEqual((await store.decision(slug, 'a'))?.record, hostile)
      assert.equal((await store.decision(slug, 'a'))?.subject, 'user:\0')
      assert.equal((await store.decisions(slug, { ...ALL, subject: long }))[0]?.id, 'b')
    },
  ],
  [
    'decisions of an unknown org are refused',
    async ({ store }) => {
      await refusedWith('org_not_found', store.appendDecisions('nowhere', [batchOf([row('a', 1)])]))
    },
  ],
]
