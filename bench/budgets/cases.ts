import type { Ledger } from '../../src/facts/ledger.ts'
import type { Charge, Window } from '../../src/policy/charge.ts'

export const ORG = 'bench'

/** One way of spending. */
export interface SpendCase {
  readonly name: string
  /** Spent from what the node holds, mostly. */
  readonly held: boolean
  spend(ledger: Ledger, i: number): unknown
}

const EVER: Window = { kind: 'ever' }
const HOUR: Window = { kind: 'sliding', length: 3_600_000 }
const FAR = 1_000_000_000_000

const charge = (counter: string, amount: number, cap: number, window: Window = EVER): Charge => ({
  counter,
  window,
  amount,
  cap,
  says: 'at most so much',
  of: 'bench',
})

let made = 0

function take(ledger: Ledger, charges: readonly Charge[], fresh: boolean, lasts: number | null = null) {
  made += 1
  const at = Date.now()
  const until = lasts === null ? null : at + lasts
  return ledger.spend(ORG, { id: `spend ${made}`, fresh, print: 'bench', charges, at, until, data: {} })
}

async function reserved(ledger: Ledger, charges: readonly Charge[]): Promise<void> {
  const spent = await take(ledger, charges, false, 60_000)
  if (spent.kind !== 'spent') throw new Error('a reservation was refused')
  await ledger.settle(ORG, spent.reservation.id, { kind: 'commit', overrun: false }, Date.now())
}

/** So few spends fit a meter that none of it is held; the next comes after as many. */
const near = (name: string, i: number, window?: Window): Charge =>
  charge(`${name} ${Math.floor(i / 30)}`, 30, 1_000, window)

export const CASES: readonly SpendCase[] = [
  { name: 'far from the cap', held: true, spend: (on, _) => take(on, [charge('far', 1, FAR)], true) },
  {
    name: 'far, four limits at once',
    held: true,
    spend: on =>
      take(
        on,
        [1, 2, 3, 4].map(n => charge(`far of four ${n}`, 1, FAR)),
        true,
      ),
  },
  { name: 'far, sliding window', held: true, spend: on => take(on, [charge('sliding', 1, FAR, HOUR)], true) },
  { name: 'far, under an id to be sent again', held: false, spend: on => take(on, [charge('far', 1, FAR)], false) },
  { name: 'near the cap', held: false, spend: (on, i) => take(on, [near('near', i)], true) },
  {
    name: 'near, four limits at once',
    held: false,
    spend: (on, i) =>
      take(
        on,
        [1, 2, 3, 4].map(n => near(`near of four ${n}`, i)),
        true,
      ),
  },
  { name: 'near, sliding window', held: false, spend: (on, i) => take(on, [near('near', i, HOUR)], true) },
  { name: 'at the cap: refused', held: false, spend: on => take(on, [charge('full', 1, 0)], true) },
  { name: 'reserved and committed', held: false, spend: on => reserved(on, [charge('reserved', 1, FAR)]) },
]
