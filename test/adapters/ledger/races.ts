import assert from 'node:assert/strict'
import { charge, EVER, type LedgerCase, sliding, spending } from './bench.ts'

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
const a = { counter: 'limit a', window: EVER }

export const raceCases: readonly LedgerCase[] = [
  [
    '1,000 at once at the edge of a cap end exactly at it',
    async ({ ledger, org }) => {
      const slug = await org()
      const told = await Promise.all(
        range(1000).map(i => ledger.spend(slug, spending(`${i}`, 10, [charge(1, 600), charge(1, 700, sliding(5))]))),
      )
      assert.equal(told.filter(({ kind }) => kind === 'spent').length, 600)
      assert.deepEqual(await ledger.fetch(slug, [a], 10), [{ used: 600, reserved: 0 }])
    },
  ],
  [
    'one id sent many times at once counts once',
    async ({ ledger, org }) => {
      const slug = await org()
      const told = await Promise.all(range(40).map(() => ledger.spend(slug, spending('1', 10, [charge(3, 100)], 20))))
      assert.equal(told.filter(one => one.kind === 'spent' && !one.again).length, 1)
      assert.equal(told.filter(one => one.kind === 'spent').length, 40)
      assert.deepEqual(await ledger.fetch(slug, [a], 10), [{ used: 0, reserved: 3 }])
      const prints = await Promise.all(
        range(20).map(i => ledger.spend(slug, spending('2', 10, [charge(3, 100, EVER, `limit ${i}`)]))),
      )
      assert.equal(prints.filter(one => one.kind === 'spent').length, 1)
      assert.equal(prints.filter(one => one.kind === 'conflict').length, 19)
    },
  ],
  [
    'a reservation is settled once, however many try',
    async ({ ledger, org }) => {
      const slug = await org()
      await ledger.spend(slug, spending('1', 10, [charge(5, 100)], 20))
      const told = await Promise.all(
        range(30).map(i =>
          ledger.settle(slug, '1', { kind: 'commit', amounts: { 'limit a': i % 5 }, overrun: false }, 11),
        ),
      )
      const [{ used, reserved } = { used: -1, reserved: -1 }] = await ledger.fetch(slug, [a], 11)
      assert.equal(reserved, 0)
      for (const [i, one] of told.entries()) assert.equal(one.kind, i % 5 === used ? 'settled' : 'settled_otherwise')
    },
  ],
  [
    'many meters in any order, reserved, settled, refunded and swept at once: no deadlock, and all adds up',
    async ({ ledger, org }) => {
      const slug = await org()
      const counters = range(5).map(i => `limit ${i}`)
      await Promise.all(
        range(300).map(async i => {
          const first = i % 5
          const names = [...counters.slice(first), ...counters.slice(0, first)].slice(0, 2 + (i % 3))
          const charges = names.map((name, n) => charge(1 + n, 10_000, n % 2 === 0 ? EVER : sliding(1000), name))
          const until = i % 2 === 0 ? 50 : null
          assert.equal((await ledger.spend(slug, spending(`${i}`, 10, charges, until))).kind, 'spent')
          if (i % 7 === 0) await ledger.sweep(slug, 10)
          if (i % 4 === 0) assert.equal((await ledger.settle(slug, `${i}`, { kind: 'release' }, 11)).kind, 'settled')
          if (i % 4 === 2) {
            const how = { kind: 'commit', overrun: false } as const
            assert.equal((await ledger.settle(slug, `${i}`, how, 11)).kind, 'settled')
          }
        }),
      )
      const expected = counters.map(name => {
        const kept = range(300).filter(i => i % 4 !== 0)
        const amounts = kept.map(i => {
          const place = (counters.indexOf(name) - (i % 5) + 5) % 5
          return place < 2 + (i % 3) && place % 2 === 0 ? 1 + place : 0
        })
        return { used: amounts.reduce<number>((all, amount) => all + amount, 0), reserved: 0 }
      })
      const told = await ledger.fetch(
        slug,
        counters.map(counter => ({ counter, window: EVER })),
        11,
      )
      assert.deepEqual(told, expected)
    },
  ],
  [
    'who looks while others sweep counts nothing twice and nothing that is over',
    async ({ ledger, org }) => {
      const slug = await org()
      const slides = { counter: 'limit a', window: sliding(20) }
      const held = { counter: 'limit b', window: EVER }
      for (const round of range(40)) {
        const at = 10 + round * 100
        await ledger.record(slug, spending(`spent ${round}`, at, [charge(8, 100, sliding(20))]))
        await ledger.spend(slug, spending(`held ${round}`, at, [charge(5, 100, EVER, 'limit b')], at + 20))
        const nothing = [charge(0, 100, sliding(20)), charge(0, 100, EVER, 'limit b')]
        const looks = range(10).map(async i => {
          if (i === 3) await ledger.record(slug, spending(`nothing ${round}`, at + 30, nothing))
          return ledger.fetch(slug, [slides, held], at + 30)
        })
        const none = { used: 0, reserved: 0 }
        for (const told of await Promise.all(looks)) assert.deepEqual(told, [none, none])
      }
    },
  ],
]
