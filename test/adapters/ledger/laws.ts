import assert from 'node:assert/strict'
import fc from 'fast-check'
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
      readonly kind: 'spend' | 'reserve' | 'record'
      readonly of: readonly { readonly meter: number; readonly amount: number; readonly cap: number }[]
      readonly lasts: number
    }
  | { readonly kind: 'settle'; readonly how: Settling }
  | { readonly kind: 'refund'; readonly meter: number; readonly amount: number | null }
)

const ids = fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8')
const waits = fc.oneof(fc.constant(0), fc.nat(4), fc.constant(13))
const meters = fc.nat(METERS.length - 1)
const amounts = fc.nat(4)
const common = { wait: waits, id: ids }

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...common,
      kind: fc.constantFrom(
        'spend' as const,
        'spend' as const,
        'reserve' as const,
        'reserve' as const,
        'record' as const,
      ),
      of: fc.array(fc.record({ meter: meters, amount: amounts, cap: fc.integer({ min: 6, max: 12 }) }), {
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
          amounts: fc.dictionary(fc.constantFrom('limit a', 'limit b', 'limit c', 'limit z'), amounts, { maxKeys: 2 }),
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
      const one = spending(deed.id, now, charges, until, `${deed.kind} ${JSON.stringify(charges)}`)
      const counted = deed.kind === 'record'
      return [oracle.spend(one, counted), said(await (counted ? ledger.record(org, one) : ledger.spend(org, one)))]
    }
  }
}

export const ledgerLaws: readonly LedgerCase[] = [
  [
    'whatever is done in whatever order, the ledger says what the oracle says',
    async ({ ledger, org }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(deeds, { minLength: 5, maxLength: 40 }), async todo => {
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
]
