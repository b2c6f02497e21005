import assert from 'node:assert/strict'
import type { Settling } from '../../../src/facts/ledger.ts'
import type { Charge, Meter } from '../../../src/policy/charge.ts'
import { charge, EVER, fixed, type LedgerCase, sliding, spending } from './bench.ts'

const MAX = Number.MAX_SAFE_INTEGER
const commit = (amounts?: Record<string, number>, overrun = false): Settling => ({
  kind: 'commit',
  overrun,
  ...(amounts !== undefined && { amounts }),
})
const release: Settling = { kind: 'release' }

/** `told` is the kind of the answer; `again` and `conflict` are told apart, `over` names what stands in the way. */
type Step =
  | {
      readonly at: number
      readonly spend: string
      readonly of: readonly Charge[]
      readonly until?: number
      readonly told: string
      readonly print?: string
    }
  | { readonly at: number; readonly record: string; readonly of: readonly Charge[]; readonly told: string }
  | { readonly at: number; readonly settle: string; readonly how: Settling; readonly told: string }
  | { readonly at: number; readonly refund: readonly (Meter & { readonly amount: number | null })[] }
  | { readonly at: number; readonly look: Meter; readonly is: readonly [used: number, reserved: number] }
  | { readonly at: number; readonly row: string; readonly is: readonly [state: string, ...amounts: number[]] | null }

const a: Meter = { counter: 'limit a', window: EVER }
const b: Meter = { counter: 'limit b', window: EVER }
const hour = fixed(0, 3600)
const next = fixed(3600, 7200)
const last10 = sliding(10)
const slides: Meter = { counter: 'limit a', window: last10 }
const two = [charge(1, 5), charge(2, 3, EVER, 'limit b')]

const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'a cap is reached, not passed': [
    { at: 1, spend: '1', of: [charge(6, 10)], told: 'spent' },
    { at: 2, spend: '2', of: [charge(5, 10)], told: 'over limit a 6+0' },
    { at: 3, spend: '3', of: [charge(4, 10)], told: 'spent' },
    { at: 4, spend: '4', of: [charge(1, 10)], told: 'over limit a 10+0' },
    { at: 4, spend: '5', of: [charge(0, 10)], told: 'spent' },
    { at: 5, look: a, is: [10, 0] },
  ],
  'all charges or none': [
    { at: 1, spend: '1', of: two, told: 'spent' },
    { at: 2, spend: '2', of: two, told: 'over limit b 2+0' },
    { at: 2, look: a, is: [1, 0] },
    { at: 2, look: b, is: [2, 0] },
    { at: 3, spend: '3', of: [charge(9, 5), charge(9, 3, EVER, 'limit b')], told: 'over limit a 1+0, limit b 2+0' },
  ],
  'nothing at all costs nothing': [
    { at: 1, spend: '1', of: [], told: 'spent' },
    { at: 1, spend: '1', of: [], told: 'again' },
    { at: 1, spend: '2', of: [], until: 5, told: 'spent' },
    { at: 2, settle: '2', how: commit(), told: 'settled' },
    { at: 2, row: '2', is: ['committed'] },
  ],
  'charges on one meter add up, under the least of their caps': [
    { at: 1, spend: '1', of: [charge(2, 5), charge(2, 9)], told: 'spent' },
    { at: 1, look: a, is: [4, 0] },
    { at: 2, spend: '2', of: [charge(1, 5), charge(1, 9)], told: 'over limit a 4+0, limit a 4+0' },
    { at: 2, spend: '3', of: [charge(2, 9)], told: 'spent' },
  ],
  'a cap that was lowered beneath what is spent': [
    { at: 1, spend: '1', of: [charge(6, 10)], told: 'spent' },
    { at: 2, spend: '2', of: [charge(1, 5)], told: 'over limit a 6+0' },
    { at: 2, spend: '3', of: [charge(0, 5)], told: 'over limit a 6+0' },
    { at: 3, spend: '4', of: [charge(1, 10)], told: 'spent' },
  ],
  'the same id counts once, another print is a conflict': [
    { at: 1, spend: '1', of: [charge(6, 10)], told: 'spent' },
    { at: 2, spend: '1', of: [charge(6, 10)], told: 'again' },
    { at: 3, spend: '1', of: [charge(7, 10)], told: 'conflict' },
    { at: 3, record: '1', of: [charge(6, 10)], told: 'again' },
    { at: 3, record: '1', of: [charge(1, 10)], told: 'conflict' },
    { at: 4, look: a, is: [6, 0] },
  ],
  'what was refused is not remembered': [
    { at: 1, spend: '1', of: [charge(6, 5)], told: 'over limit a 0+0' },
    { at: 1, row: '1', is: null },
    { at: 2, spend: '1', of: [charge(6, 10)], told: 'spent' },
  ],
  'reserved, committed whole': [
    { at: 1, spend: '1', of: [charge(6, 10)], until: 9, told: 'spent' },
    { at: 2, look: a, is: [0, 6] },
    { at: 2, spend: '2', of: [charge(5, 10)], told: 'over limit a 0+6' },
    { at: 3, settle: '1', how: commit(), told: 'settled' },
    { at: 3, look: a, is: [6, 0] },
    { at: 99, settle: '1', how: commit(), told: 'settled' },
    { at: 99, settle: '1', how: commit({ 'limit a': 6 }), told: 'settled' },
    { at: 99, settle: '1', how: commit({ 'limit a': 5 }), told: 'settled_otherwise' },
    { at: 99, settle: '1', how: release, told: 'settled_otherwise' },
    { at: 99, row: '1', is: ['committed', 6] },
    { at: 99, look: a, is: [6, 0] },
  ],
  'reserved, committed in part: the rest is free again': [
    { at: 1, spend: '1', of: two, until: 9, told: 'spent' },
    { at: 2, settle: '1', how: commit({ 'limit b': 0 }), told: 'settled' },
    { at: 2, look: a, is: [1, 0] },
    { at: 2, look: b, is: [0, 0] },
    { at: 3, settle: '1', how: commit({ 'limit b': 0 }), told: 'settled' },
    { at: 3, settle: '1', how: commit(), told: 'settled_otherwise' },
    { at: 3, row: '1', is: ['committed', 1, 0] },
  ],
  'reserved, released': [
    { at: 1, spend: '1', of: two, until: 9, told: 'spent' },
    { at: 2, settle: '1', how: release, told: 'settled' },
    { at: 2, settle: '1', how: release, told: 'settled' },
    { at: 2, settle: '1', how: commit(), told: 'settled_otherwise' },
    { at: 2, look: a, is: [0, 0] },
    { at: 2, row: '1', is: ['released', 1, 2] },
    { at: 2, spend: '1', of: two, until: 9, told: 'again' },
  ],
  'more than was reserved is beyond, unless it may be': [
    { at: 1, spend: '1', of: [charge(6, 10)], until: 9, told: 'spent' },
    { at: 2, settle: '1', how: commit({ 'limit a': 7 }), told: 'beyond' },
    { at: 2, look: a, is: [0, 6] },
    { at: 2, settle: '1', how: commit({ 'limit a': 17 }, true), told: 'settled' },
    { at: 2, look: a, is: [17, 0] },
    { at: 3, spend: '2', of: [charge(1, 10)], told: 'over limit a 17+0' },
    { at: 3, row: '1', is: ['committed', 17] },
  ],
  'an amount of what was not charged is beyond': [
    { at: 1, spend: '1', of: [charge(6, 10)], until: 9, told: 'spent' },
    { at: 2, settle: '1', how: commit({ 'limit z': 1 }), told: 'beyond' },
    { at: 2, settle: '1', how: commit({ 'limit z': 1 }, true), told: 'beyond' },
    { at: 2, settle: '1', how: commit({ 'limit z': 0 }), told: 'settled' },
  ],
  'a reservation is over at its instant, not before': [
    { at: 1, spend: '1', of: [charge(6, 10)], until: 9, told: 'spent' },
    { at: 8, spend: '2', of: [charge(6, 10)], told: 'over limit a 0+6' },
    { at: 8, look: a, is: [0, 6] },
    { at: 9, look: a, is: [0, 0] },
    { at: 9, settle: '1', how: commit(), told: 'over_time' },
    { at: 9, spend: '3', of: [charge(10, 10)], told: 'spent' },
    { at: 9, settle: '1', how: release, told: 'over_time' },
    { at: 9, look: a, is: [10, 0] },
  ],
  'what ended by one clock stays ended by another': [
    { at: 1, spend: '1', of: two, until: 9, told: 'spent' },
    { at: 9, spend: '2', of: [charge(5, 5)], told: 'spent' },
    { at: 8, settle: '1', how: commit(), told: 'over_time' },
    { at: 8, settle: '1', how: commit(), told: 'over_time' },
    { at: 8, look: a, is: [5, 0] },
    { at: 8, look: b, is: [0, 0] },
  ],
  'settling what never was': [
    { at: 1, settle: 'x', how: commit(), told: 'unknown' },
    { at: 1, settle: 'x', how: release, told: 'unknown' },
    { at: 1, row: 'x', is: null },
  ],
  'settling what was spent at once': [
    { at: 1, spend: '1', of: [charge(6, 10)], told: 'spent' },
    { at: 2, settle: '1', how: commit(), told: 'settled' },
    { at: 2, settle: '1', how: release, told: 'settled_otherwise' },
    { at: 2, look: a, is: [6, 0] },
  ],
  'a record counts whatever the caps': [
    { at: 1, record: '1', of: [charge(16, 10)], told: 'spent' },
    { at: 1, look: a, is: [16, 0] },
    { at: 2, spend: '2', of: [charge(1, 10)], told: 'over limit a 16+0' },
    { at: 2, spend: '3', of: [charge(1, 17)], told: 'spent' },
  ],
  'a refund takes back what was used, not what is reserved': [
    { at: 1, spend: '1', of: [charge(6, 10)], told: 'spent' },
    { at: 1, spend: '2', of: [charge(3, 10)], until: 9, told: 'spent' },
    { at: 2, refund: [{ ...a, amount: 2 }] },
    { at: 2, look: a, is: [4, 3] },
    { at: 3, refund: [{ ...a, amount: 99 }] },
    { at: 3, look: a, is: [0, 3] },
    { at: 3, spend: '3', of: [charge(7, 10)], told: 'spent' },
    {
      at: 4,
      refund: [
        { ...a, amount: null },
        { ...b, amount: 1 },
      ],
    },
    { at: 4, look: a, is: [0, 3] },
    {
      at: 4,
      refund: [
        { ...a, amount: 1 },
        { ...a, amount: 1 },
        { ...a, amount: null },
      ],
    },
  ],
  'windows of the calendar are meters of their own': [
    { at: 3599, spend: '1', of: [charge(10, 10, hour)], told: 'spent' },
    { at: 3599, spend: '2', of: [charge(1, 10, hour)], told: 'over limit a 10+0' },
    { at: 3600, spend: '3', of: [charge(10, 10, next)], told: 'spent' },
    { at: 3600, spend: '4', of: [charge(1, 10, hour)], told: 'over limit a 10+0' },
    { at: 3600, look: { counter: 'limit a', window: hour }, is: [10, 0] },
    { at: 3600, look: a, is: [0, 0] },
  ],
  'a commit belongs to the window it was reserved in': [
    { at: 3599, spend: '1', of: [charge(10, 10, hour)], until: 4000, told: 'spent' },
    { at: 3700, spend: '2', of: [charge(10, 10, next)], told: 'spent' },
    { at: 3800, settle: '1', how: commit(), told: 'settled' },
    { at: 3800, look: { counter: 'limit a', window: hour }, is: [10, 0] },
  ],
  'a sliding window counts a spend until its length has passed': [
    { at: 100, spend: '1', of: [charge(6, 10, last10)], told: 'spent' },
    { at: 105, spend: '2', of: [charge(4, 10, last10)], told: 'spent' },
    { at: 109, spend: '3', of: [charge(1, 10, last10)], told: 'over limit a 10+0' },
    { at: 109, look: slides, is: [10, 0] },
    { at: 110, look: slides, is: [4, 0] },
    { at: 110, spend: '4', of: [charge(7, 10, last10)], told: 'over limit a 4+0' },
    { at: 110, spend: '5', of: [charge(6, 10, last10)], told: 'spent' },
    { at: 115, look: slides, is: [6, 0] },
    { at: 120, look: slides, is: [0, 0] },
    { at: 500, spend: '6', of: [charge(10, 10, last10)], told: 'spent' },
  ],
  'a sliding window by a clock that is behind counts what ends later': [
    { at: 100, spend: '1', of: [charge(6, 10, last10)], told: 'spent' },
    { at: 95, spend: '2', of: [charge(5, 10, last10)], told: 'over limit a 6+0' },
    { at: 95, spend: '3', of: [charge(4, 10, last10)], told: 'spent' },
    { at: 105, look: slides, is: [6, 0] },
    { at: 112, spend: '4', of: [charge(10, 10, last10)], told: 'spent' },
    { at: 101, spend: '5', of: [charge(1, 10, last10)], told: 'over limit a 10+0' },
    { at: 101, refund: [{ ...slides, amount: 4 }] },
    { at: 101, spend: '6', of: [charge(4, 10, last10)], told: 'spent' },
    { at: 119, look: slides, is: [10, 0] },
    { at: 120, look: slides, is: [6, 0] },
  ],
  'a sliding window holds what is reserved, and counts it from its commit': [
    { at: 100, spend: '1', of: [charge(6, 10, last10)], until: 130, told: 'spent' },
    { at: 125, spend: '2', of: [charge(5, 10, last10)], told: 'over limit a 0+6' },
    { at: 125, settle: '1', how: commit({ 'limit a': 5 }), told: 'settled' },
    { at: 125, spend: '3', of: [charge(5, 10, last10)], told: 'spent' },
    { at: 134, look: slides, is: [10, 0] },
    { at: 135, look: slides, is: [0, 0] },
  ],
  'a refund of a sliding window takes the oldest': [
    { at: 100, spend: '1', of: [charge(6, 10, last10)], told: 'spent' },
    { at: 105, spend: '2', of: [charge(4, 10, last10)], told: 'spent' },
    { at: 106, refund: [{ ...slides, amount: 7 }] },
    { at: 106, look: slides, is: [3, 0] },
    { at: 110, look: slides, is: [3, 0] },
    { at: 111, spend: '3', of: [charge(7, 10, last10)], told: 'spent' },
    { at: 112, refund: [{ ...slides, amount: null }] },
    { at: 112, look: slides, is: [0, 0] },
    { at: 112, spend: '4', of: [charge(10, 10, last10)], told: 'spent' },
    { at: 121, look: slides, is: [10, 0] },
    { at: 122, look: slides, is: [0, 0] },
  ],
  'sums that cannot be counted stay at the most that can': [
    { at: 1, record: '1', of: [charge(MAX, 10)], told: 'spent' },
    { at: 1, record: '2', of: [charge(MAX, 10)], told: 'spent' },
    { at: 1, look: a, is: [MAX, 0] },
    { at: 2, spend: '3', of: [charge(1, MAX)], told: `over limit a ${MAX}+0` },
    { at: 2, spend: '4', of: [charge(1, MAX, EVER, 'limit b')], until: 9, told: 'spent' },
    { at: 3, settle: '4', how: commit({ 'limit b': MAX }, true), told: 'settled' },
    { at: 3, look: b, is: [MAX, 0] },
    { at: 4, record: '5', of: [charge(MAX, 10, last10)], told: 'spent' },
    { at: 5, record: '6', of: [charge(MAX, 10, last10)], told: 'spent' },
    { at: 14, spend: '7', of: [charge(1, MAX, last10)], told: `over limit a ${MAX}+0` },
    { at: 15, spend: '8', of: [charge(1, MAX, last10)], told: 'spent' },
    { at: 15, look: slides, is: [1, 0] },
  ],
  'counters are told apart by name and by window': [
    {
      at: 1,
      spend: '1',
      of: [charge(1, 1), charge(1, 1, hour), charge(1, 1, last10), charge(1, 1, sliding(11))],
      told: 'spent',
    },
    { at: 1, spend: '2', of: [charge(1, 1, EVER, 'limit a '), charge(1, 1, fixed(0, 3601))], told: 'spent' },
    { at: 1, spend: '3', of: [charge(1, 1, fixed(1, 3600))], told: 'spent' },
  ],
}

export const storyCases: readonly LedgerCase[] = Object.entries(STORIES).map(([name, steps]) => [
  name,
  async ({ ledger, org }) => {
    const slug = await org()
    for (const [i, step] of steps.entries()) {
      const told = await toldBy(step)
      assert.deepEqual(told, expected(step), `step ${i + 1}: ${JSON.stringify(step)}`)
    }

    async function toldBy(step: Step): Promise<unknown> {
      if ('spend' in step)
        return spoken(await ledger.spend(slug, spending(step.spend, step.at, step.of, step.until ?? null)))
      if ('record' in step) return spoken(await ledger.record(slug, spending(step.record, step.at, step.of)))
      if ('settle' in step) return (await ledger.settle(slug, step.settle, step.how, step.at)).kind
      if ('refund' in step) return ledger.refund(slug, step.refund, step.at)
      if ('look' in step) return (await ledger.fetch(slug, [step.look], step.at)).map(at => [at.used, at.reserved])
      const row = await ledger.reservation(slug, step.row)
      return row === null ? null : [row.state, ...row.charges.map(({ amount }) => amount)]
    }
  },
])

const expected = (step: Step): unknown => {
  if ('told' in step) return step.told
  if ('look' in step) return [step.is]
  return 'row' in step ? step.is : undefined
}

const spoken = (spent: import('../../../src/facts/ledger.ts').Spent): string => {
  switch (spent.kind) {
    case 'spent':
      return spent.again ? 'again' : 'spent'
    case 'over':
      return `over ${spent.over.map(({ charge: { counter }, used, reserved }) => `${counter} ${used}+${reserved}`).join(', ')}`
    case 'conflict':
      return 'conflict'
  }
}
