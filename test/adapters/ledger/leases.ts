import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryNotifier } from '../../../src/adapters/notifier-memory.ts'
import { sqlLedger } from '../../../src/adapters/sql/ledger.ts'
import { meterRow } from '../../../src/adapters/sql/ledger-meters.ts'
import type { Ledger, Spent } from '../../../src/facts/ledger.ts'
import { charge, EVER, fresh, type LedgerCase, sliding, spending } from './bench.ts'

const NOW = 1_000_000
const clock = () => NOW
const a = { counter: 'limit a', window: EVER }

let made = 0
const next = (amount: number, cap: number, window = charge(0, 0).window) => {
  made += 1
  return fresh(`lease ${made}`, NOW, [charge(amount, cap, window)])
}

const atOnce = (told: Spent | Promise<Spent>): Spent => {
  assert.ok(!(told instanceof Promise), 'a round trip')
  return told
}

async function times(n: number, ledger: Ledger, org: string, cap: number): Promise<readonly string[]> {
  const told: string[] = []
  for (let i = 0; i < n; i += 1) told.push((await ledger.spend(org, next(1, cap))).kind)
  return told
}

const fetched = async (ledger: Ledger, org: string, window = EVER) =>
  (await ledger.fetch(org, [{ counter: 'limit a', window }], NOW))[0]

const sent = (node: string, seq: number, term = 60_000) => ({ node, seq, term })

export const leaseCases: readonly LedgerCase[] = [
  [
    'far from the cap the second spend needs no round trip, and is counted like any other',
    async ({ node, org }) => {
      const [ledger, slug] = [node(clock, null), await org()]
      await ledger.spend(slug, next(1, 10_000))
      atOnce(ledger.spend(slug, next(2, 10_000)))
      assert.deepEqual(ledger.known(slug, charge(1, 10_000), NOW), { used: 3, reserved: 0 })
      assert.deepEqual(await fetched(ledger, slug), { used: 3, reserved: 0 })
      await ledger.close()
    },
  ],
  [
    'what is sent again, or is reserved, or is under a lower cap, is a statement',
    async ({ node, org }) => {
      const [ledger, slug] = [node(clock, null), await org()]
      await ledger.spend(slug, next(1, 10_000))
      const asked = [
        spending('known', NOW, [charge(1, 10_000)]),
        { ...next(1, 10_000), until: NOW + 50 },
        next(1, 9_999),
        next(9_000, 10_000),
      ].map(one => ledger.spend(slug, one))
      for (const told of asked) assert.ok(told instanceof Promise)
      await ledger.close()
      assert.deepEqual(
        (await Promise.all(asked)).map(({ kind }) => kind),
        ['spent', 'spent', 'spent', 'spent'],
      )
      assert.deepEqual(await fetched(ledger, slug), { used: 9_003, reserved: 1 })
    },
  ],
  [
    'what cannot be counted is no charge to a lease either',
    async ({ node, org }) => {
      const [ledger, slug] = [node(clock, null), await org()]
      await ledger.spend(slug, next(1, 10_000))
      for (const bad of [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
        await assert.rejects(async () => ledger.spend(slug, next(bad, 10_000)), TypeError)
        await assert.rejects(async () => ledger.spend(slug, next(1, bad)), TypeError)
        await assert.rejects(async () => ledger.spend(slug, { ...next(1, 10_000), at: bad * 0.3 }), TypeError)
      }
      assert.deepEqual(await fetched(ledger, slug), { used: 1, reserved: 0 })
      await ledger.close()
    },
  ],
  [
    'a node that holds a lease gives it back before anything that fits is refused',
    async ({ node, org }) => {
      const notifier = createMemoryNotifier()
      const [one, two, slug] = [node(clock, notifier), node(clock, notifier), await org()]
      await one.spend(slug, next(5, 1_000))
      atOnce(one.spend(slug, next(5, 1_000)))
      const all = await two.spend(slug, spending('the rest', NOW, [charge(990, 1_000)], NOW + 9_000))
      assert.equal(all.kind, 'spent')
      assert.equal((await one.spend(slug, next(1, 1_000))).kind, 'over')
      await two.settle(slug, 'the rest', { kind: 'release' }, NOW)
      assert.deepEqual(await times(3, one, slug, 1_000), ['spent', 'spent', 'spent'])
      await Promise.all([one.close(), two.close(), notifier.close()])
      assert.deepEqual(await fetched(one, slug), { used: 13, reserved: 0 })
    },
  ],
  [
    'where no call is heard, the lease is given back by the time its term ends',
    async ({ node, org }) => {
      const deaf = { callIn() {}, onCallIn() {} }
      const [one, two, slug] = [node(clock, deaf as never), node(clock, deaf as never), await org()]
      await one.spend(slug, next(5, 1_000))
      atOnce(one.spend(slug, next(5, 1_000)))
      assert.equal((await two.spend(slug, next(990, 1_000))).kind, 'spent')
      await Promise.all([one.close(), two.close()])
    },
  ],
  [
    'what a node held that does not answer counts as spent, until it answers',
    async ({ db, node, org }) => {
      const [ledger, slug, sql] = [node(clock, null), await org(), sqlLedger(db)]
      const key = meterRow(a, NOW).key
      const told = await sql.spend(slug, next(10, 1_000), sent('gone', 1, 1), new Map([[key, 90]]))
      assert.equal(told.kind === 'spent' && told.stands[0]?.rest, 90)
      await sleep(20)
      assert.deepEqual(await fetched(ledger, slug), { used: 100, reserved: 0 })
      assert.equal((await ledger.spend(slug, next(901, 1_000))).kind, 'over')
      const row = { ...meterRow(a, NOW), spent: [[NOW, 30]] as const, cap: 1_000, wish: 0, keep: 'none' as const }
      await sql.flush(slug, [row], NOW, sent('gone', 2))
      assert.deepEqual(await fetched(ledger, slug), { used: 40, reserved: 0 })
      assert.equal((await ledger.spend(slug, next(960, 1_000))).kind, 'spent')
      await ledger.close()
    },
  ],
  [
    'a statement that is sent again, or comes late, changes nothing',
    async ({ db, org }) => {
      const [slug, sql] = [await org(), sqlLedger(db)]
      const base = meterRow(a, NOW)
      await sql.spend(slug, next(10, 1_000), sent('n', 1), new Map([[base.key, 90]]))
      const row = (amount: number, keep: 'all' | 'none') => [
        { ...base, spent: [[NOW, amount]] as const, cap: 1_000, wish: 0, keep },
      ]
      for (const again of [1, 2]) {
        const [stand] = await sql.flush(slug, row(30, 'all'), NOW, sent('n', 3))
        assert.deepEqual([stand?.used, stand?.rest, stand?.leased], [40, 60, 60], `time ${again}`)
      }
      const [late] = await sql.flush(slug, row(30, 'none'), NOW, sent('n', 2))
      assert.deepEqual([late?.used, late?.rest, late?.leased], [40, 60, 60])
      for (const _ of [1, 2]) {
        const [back] = await sql.flush(slug, row(5, 'none'), NOW, sent('n', 4))
        assert.deepEqual([back?.used, back?.rest, back?.leased], [45, null, 0])
      }
    },
  ],
  [
    'a sliding window counts what was spent from a lease from its own instant, however late it is told',
    async ({ db, node, org }) => {
      const [ledger, slug, sql] = [node(clock, null), await org(), sqlLedger(db)]
      const window = sliding(100)
      const base = meterRow({ counter: 'limit a', window }, NOW)
      await sql.spend(slug, next(10, 1_000, window), sent('n', 1), new Map([[base.key, 90]]))
      const spent = [
        [NOW, 1],
        [NOW + 40, 2],
        [NOW + 60, 4],
      ] as const
      await sql.flush(slug, [{ ...base, spent, cap: 1_000, wish: 0, keep: 'none' }], NOW + 130, sent('n', 2))
      const at = async (now: number) =>
        (await ledger.fetch(slug, [{ counter: 'limit a', window }], now)).map(({ used }) => used)[0]
      assert.deepEqual(
        [await at(NOW + 139), await at(NOW + 140), await at(NOW + 159), await at(NOW + 160)],
        [6, 4, 4, 0],
      )
      await ledger.close()
    },
  ],
  [
    'no more is held than a tenth of what remains, and near the cap nothing',
    async ({ db, org }) => {
      const [slug, sql] = [await org(), sqlLedger(db)]
      const { key } = meterRow(a, NOW)
      const wish = new Map([[key, 500]])
      const held: (number | null | undefined)[] = []
      for (const node of ['x', 'y', 'z']) {
        const told = await sql.spend(slug, next(1, 2_001), sent(node, 1), wish)
        held.push(told.kind === 'spent' ? told.stands[0]?.rest : undefined)
      }
      assert.deepEqual(held, [200, 179, 161])
      const near = await sql.spend(slug, next(1, 700), sent('w', 1), new Map([[key, 16]]))
      assert.equal(near.kind === 'spent' ? near.stands[0]?.rest : 0, 15)
      const nearer = await sql.spend(slug, next(1, 580), sent('v', 1), new Map([[key, 16]]))
      assert.equal(nearer.kind === 'spent' ? nearer.stands[0]?.rest : 0, null)
    },
  ],
]
