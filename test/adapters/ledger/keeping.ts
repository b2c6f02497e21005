import assert from 'node:assert/strict'
import { StoreError } from '../../../src/facts/store.ts'
import { charge, EVER, fixed, type LedgerCase, sliding, spending } from './bench.ts'

const DAY = 86_400_000
const TABLES = ['counters', 'holds', 'slides', 'reservations'] as const

/** Rows of an org in each table. */
async function rowsOf({ db }: Parameters<LedgerCase[1]>[0], org: string): Promise<readonly number[]> {
  return db.transaction(async tx => {
    await tx.query("select set_config('lumoauth.org', $1, true)", [org])
    const counts: number[] = []
    for (const table of TABLES) {
      const [row] = await tx.query<{ n: number }>(`select count(*) as n from lumoauth.${table} where org = $1`, [org])
      counts.push(row?.n ?? -1)
    }
    return counts
  })
}

const NOT_COUNTED = [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN, Number.POSITIVE_INFINITY]

export const keepingCases: readonly LedgerCase[] = [
  [
    'what is over is forgotten a day later, what is not is kept',
    async bench => {
      const { ledger } = bench
      const org = await bench.org()
      const charges = [charge(1, 10, fixed(0, 1000)), charge(1, 10, sliding(500)), charge(1, 10, EVER)]
      await ledger.spend(org, spending('1', 900, charges))
      await ledger.spend(org, spending('2', 900, charges, 2000))
      assert.deepEqual(await rowsOf(bench, org), [3, 3, 1, 2])
      await ledger.sweep(org, DAY + 899)
      assert.deepEqual(await rowsOf(bench, org), [3, 3, 1, 2])
      await ledger.sweep(org, DAY + 900)
      assert.deepEqual(await rowsOf(bench, org), [3, 3, 1, 1])
      await ledger.sweep(org, DAY + 2000)
      assert.deepEqual(await rowsOf(bench, org), [2, 2, 1, 0])
      await ledger.sweep(org, 2 * DAY)
      assert.deepEqual(await rowsOf(bench, org), [1, 1, 0, 0])
      assert.deepEqual(await ledger.fetch(org, [charge(0, 0)], 2 * DAY), [{ used: 1, reserved: 0 }])
    },
  ],
  [
    'a window that was forgotten is closed: nothing is spent from it again',
    async ({ ledger, org }) => {
      const slug = await org()
      await ledger.spend(slug, spending('1', 900, [charge(10, 10, fixed(0, 1000))]))
      await ledger.sweep(slug, DAY + 1000)
      for (const until of [999, 1000]) {
        const late = await ledger.spend(slug, spending('2', 900, [charge(1, 10, fixed(0, until))]))
        assert.deepEqual(late.kind === 'over' && late.over.map(({ used }) => used), [10])
        const recorded = await ledger.record(slug, spending(`3 ${until}`, 900, [charge(1, 10, fixed(0, until))]))
        assert.equal(recorded.kind, 'spent')
      }
      assert.equal((await ledger.spend(slug, spending('4', 900, [charge(1, 10, fixed(0, 1001))]))).kind, 'spent')
      const ended = { kind: 'ever', until: 1000 } as const
      assert.equal((await ledger.spend(slug, spending('5', 900, [charge(1, 10, ended)]))).kind, 'over')
    },
  ],
  [
    'a clock that is far ahead makes nobody forget',
    async bench => {
      const org = await bench.org()
      const now = Date.now()
      await bench.ledger.spend(org, spending('1', now, [charge(10, 10, fixed(now - 1, now + 1))]))
      await bench.ledger.sweep(org, now + 1000 * DAY)
      assert.deepEqual(await rowsOf(bench, org), [1, 0, 0, 1])
    },
  ],
  [
    'what cannot be counted is refused before anything is done',
    async ({ ledger, org }) => {
      const slug = await org()
      for (const bad of NOT_COUNTED) {
        await assert.rejects(async () => ledger.spend(slug, spending('1', 1, [charge(bad, 10)])), TypeError)
        await assert.rejects(async () => ledger.spend(slug, spending('1', 1, [charge(1, bad)])), TypeError)
        await assert.rejects(async () => ledger.record(slug, spending('1', 1, [charge(bad, 10)])), TypeError)
        await assert.rejects(async () => ledger.spend(slug, spending('1', 1, [charge(1, 9, sliding(bad))])), TypeError)
        const how = { kind: 'commit', amounts: { 'limit a': bad }, overrun: true } as const
        await assert.rejects(async () => ledger.settle(slug, '1', how, 1), TypeError)
        await assert.rejects(async () => ledger.refund(slug, [{ ...charge(0, 0), amount: bad }], 1), TypeError)
      }
      await assert.rejects(async () => ledger.spend(slug, spending('1', 0.5, [])), TypeError)
      await assert.rejects(async () => ledger.spend(slug, spending('1', 1, [charge(1, 9, EVER, 'a\0b')])), TypeError)
      assert.deepEqual(await ledger.fetch(slug, [charge(0, 0)], 1), [{ used: 0, reserved: 0 }])
    },
  ],
  [
    'orgs do not see each other, and one that is not there is not found',
    async ({ ledger, db, org }) => {
      const [one, two] = [await org(), await org()]
      await ledger.spend(one, spending('1', 1, [charge(5, 10)], 9))
      assert.equal(await ledger.reservation(two, '1'), null)
      assert.deepEqual(await ledger.fetch(two, [charge(0, 0)], 1), [{ used: 0, reserved: 0 }])
      assert.equal((await ledger.settle(two, '1', { kind: 'release' }, 2)).kind, 'unknown')
      assert.deepEqual(await db.query('select * from lumoauth.counters'), [])
      for (const none of ['', 'nobody', 'a\0b']) {
        await assert.rejects(
          async () => ledger.spend(none, spending('1', 1, [charge(1, 10)])),
          (error: unknown) => error instanceof StoreError && error.code === 'org_not_found',
        )
      }
    },
  ],
]
