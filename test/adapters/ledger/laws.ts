import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createMemoryNotifier } from '../../../src/adapters/notifier-memory.ts'
import type { Ledger, Settling, Spent } from '../../../src/facts/ledger.ts'
import type { Meter } from '../../../src/policy/charge.ts'
import { charge, EVER, fixed, type LedgerCase, sliding, spending } from './bench.ts'
import { createOracle, type Oracle } from './oracle.ts'

const METERS: readonly Meter[] = [
  { counter: 'limit a', window: EVER },
  { counter: 'limit a', window: sliding(20) },
  { counter: 'limit a', window: fixed(0, 50) },
  { counter: 'limit b', window: sliding(7) },
  { counter: 'limit c', window: fixed(50, 100) },
]

/** One thing that is done, so many milliseconds after the one before. */
type Deed = { readonly wait: number; readonly id: string } & (
  | {
      readonly kind: 'spend' | 'fresh' | 'reserve' | 'record'
      readonly of: readonly { readonly meter: number; readonly amount: number; readonly cap: number }[]
      readonly lasts: number
    }
  | { readonly kind: 'settle'; readonly how: Settling }
  | { readonly kind: 'refund'; readonly meter: number; readonly amount: number | null }
)

const ids = fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8')
const waits = fc.oneof(fc.constant(0), fc.nat(4), fc.constant(13))
const amounts = fc.nat(4)
const KINDS = ['spend', 'fresh', 'fresh', 'fresh', 'reserve', 'reserve', 'record'] as const
const common = { wait: waits, id: ids }

/** Caps are near where few can be spent, and far where nodes hold leases. */
const deedsWith = (meters: fc.Arbitrary<number>, caps: fc.Arbitrary<number>): fc.Arbitrary<Deed> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        ...common,
        kind: fc.constantFrom<'spend' | 'fresh' | 'reserve' | 'record'>(...KINDS),
        of: fc.array(fc.record({ meter: meters, amount: amounts, cap: caps }), {
          maxLength: 3,
        }),
        lasts: fc.integer({ min: 1, max: 15 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        ...common,
        kind: fc.constant('settle' as const),
        how: fc.oneof(
          fc.constant<Settling>({ kind: 'release' }),
          fc.record({
            kind: fc.constant('commit' as const),
            overrun: fc.boolean(),
            amounts: fc.dictionary(fc.constantFrom('limit a', 'limit b', 'limit c', 'limit z'), amounts, {
              maxKeys: 2,
            }),
          }),
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        ...common,
        kind: fc.constant('refund' as const),
        meter: meters,
        amount: fc.option(amounts),
      }),
    },
  )

const said = (spent: Spent): string => {
  if (spent.kind === 'over') return `over ${spent.over.map(one => one.charge.counter).join()}`
  return spent.kind === 'spent' && spent.again ? 'again' : spent.kind
}

let made = 0

/** What the oracle says and what the ledger says. */
async function both(deed: Deed, now: number, oracle: Oracle, ledger: Ledger, org: string): Promise<[unknown, unknown]> {
  switch (deed.kind) {
    case 'settle':
      return [oracle.settle(deed.id, deed.how, now), (await ledger.settle(org, deed.id, deed.how, now)).kind]
    case 'refund': {
      const meter = METERS[deed.meter] as Meter
      oracle.refund(meter, deed.amount, now)
      await ledger.refund(org, [{ ...meter, amount: deed.amount }], now)
      return [null, null]
    }
    default: {
      const charges = deed.of.map(({ meter, amount, cap }) => {
        const { window, counter } = METERS[meter] as Meter
        return charge(amount, cap, window, counter)
      })
      const until = deed.kind === 'reserve' ? now + deed.lasts : null
      const known = spending(deed.id, now, charges, until, `${deed.kind} ${JSON.stringify(charges)}`)
      made += 1
      const one = deed.kind === 'fresh' ? { ...known, id: `fresh ${made}`, fresh: true } : known
      const counted = deed.kind === 'record'
      return [oracle.spend(one, counted), said(await (counted ? ledger.record(org, one) : ledger.spend(org, one)))]
    }
  }
}

/** Which meters are in the way may be told in part where leases were in the way of others. */
const kindOf = (told: unknown): unknown => (typeof told === 'string' ? told.split(' ')[0] : told)

const few = deedsWith(fc.nat(METERS.length - 1), fc.integer({ min: 6, max: 12 }))
const many = deedsWith(fc.constantFrom(0, 0, 0, 1, 1, 2), fc.constantFrom(60, 100, 100, 100, 160))

export const ledgerLaws: readonly LedgerCase[] = [
  [
    'whatever is done in whatever order, the ledger says what the oracle says',
    async ({ ledger, org }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(few, { minLength: 5, maxLength: 40 }), async todo => {
          const slug = await org()
          const oracle = createOracle()
          let now = 1
          for (const deed of todo) {
            now += deed.wait
            const [expected, told] = await both(deed, now, oracle, ledger, slug)
            assert.equal(told, expected, JSON.stringify({ now, deed }))
            assert.deepEqual(
              await ledger.fetch(slug, METERS, now),
              METERS.map(meter => oracle.look(meter, now)),
            )
          }
        }),
        { seed: 6, numRuns: 60 },
      )
    },
  ],
  [
    'with leases, one node says what the oracle says, and what it knows fits if and only if it does',
    async ({ node, org }) => {
      let now = 1
      const ledger = node(() => now, null)
      let relied = 0
      await fc.assert(
        fc.asyncProperty(fc.array(many, { minLength: 60, maxLength: 150 }), async todo => {
          const slug = await org()
          const oracle = createOracle()
          now = 1
          for (const [i, deed] of todo.entries()) {
            now += deed.wait
            for (const meter of METERS) {
              const asked = { ...charge(deed.wait, 100), ...meter }
              const known = ledger.known(slug, asked, now)
              if (known === undefined) continue
              relied += 1
              const { used, reserved } = oracle.look(meter, now)
              const fits = used + reserved + asked.amount <= asked.cap
              assert.equal(known.used + known.reserved + asked.amount <= asked.cap, fits)
            }
            const [expected, told] = await both(deed, now, oracle, ledger, slug)
            assert.equal(kindOf(told), kindOf(expected), JSON.stringify({ now, deed }))
            if (i % 10 !== 0) continue
            assert.deepEqual(
              await ledger.fetch(slug, METERS, now),
              METERS.map(meter => oracle.look(meter, now)),
            )
          }
        }),
        { seed: 7, numRuns: 40 },
      )
      await ledger.close()
      assert.ok(relied > 1000, `${relied} answers at once`)
    },
  ],
  [
    'with leases, nodes that take turns say what the oracle says, and give back all that is left',
    async ({ ledger, node, org }) => {
      let now = 1
      let atOnce = 0
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(many, fc.nat(2)), { minLength: 60, maxLength: 150 }), async todo => {
          const slug = await org()
          const oracle = createOracle()
          const notifier = createMemoryNotifier()
          const nodes = [1, 2, 3].map(() => node(() => now, notifier))
          now = 1
          for (const [deed, turn] of todo) {
            now += deed.wait
            const at = nodes[turn] as Ledger
            // What a node takes back, it takes back of what is told by then.
            if (deed.kind === 'refund') continue
            const counting = {
              ...at,
              spend: (...args: Parameters<Ledger['spend']>) => {
                const spent = at.spend(...args)
                if (!(spent instanceof Promise)) atOnce += 1
                return spent
              },
            }
            const [expected, told] = await both(deed, now, oracle, counting, slug)
            assert.equal(kindOf(told), kindOf(expected), JSON.stringify({ now, turn, deed }))
          }
          await Promise.all(nodes.map(one => one.close()))
          await notifier.close()
          assert.deepEqual(
            await ledger.fetch(slug, METERS, now),
            METERS.map(meter => oracle.look(meter, now)),
          )
        }),
        { seed: 8, numRuns: 25 },
      )
      assert.ok(atOnce > 100, `${atOnce} at once`)
    },
  ],
]
