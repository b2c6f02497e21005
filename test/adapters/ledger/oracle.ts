import type { Settling, Spending, Usage } from '../../../src/facts/ledger.ts'
import type { Charge, Meter } from '../../../src/policy/charge.ts'

interface Entry {
  readonly meter: string
  readonly amount: number
  /** When it counts no longer. */
  readonly ends: number
}

interface Held {
  readonly spending: Spending
  state: 'reserved' | 'committed' | 'released'
  spent: readonly number[]
}

export interface Oracle {
  spend(spending: Spending, counted: boolean): string
  settle(id: string, how: Settling, now: number): string
  refund(meter: Meter, amount: number | null, now: number): void
  look(meter: Meter, now: number): Usage
}

const nameOf = ({ counter, window }: Meter): string => JSON.stringify([counter, window])
const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0)
const endOf = ({ window }: Meter, at: number): number =>
  window.kind === 'sliding' ? at + window.length : Number.POSITIVE_INFINITY

/** The ledger as one would explain it: two lists, looked through for every question. Its clock never goes back. */
export function createOracle(): Oracle {
  let entries: Entry[] = []
  const all = new Map<string, Held>()

  const look = (meter: Meter, now: number): Usage => {
    const name = nameOf(meter)
    const used = entries.filter(entry => entry.meter === name && entry.ends > now)
    const held = [...all.values()].filter(
      ({ state, spending: { until } }) => state === 'reserved' && until !== null && until > now,
    )
    const reserved = held.flatMap(one => one.spending.charges.filter(charge => nameOf(charge) === name))
    return { used: sum(used.map(({ amount }) => amount)), reserved: sum(reserved.map(({ amount }) => amount)) }
  }

  const count = (charges: readonly Charge[], amounts: readonly number[], at: number): void => {
    for (const [i, charge] of charges.entries()) {
      entries.push({ meter: nameOf(charge), amount: amounts[i] ?? 0, ends: endOf(charge, at) })
    }
  }

  return {
    look,
    spend(spending, counted) {
      const { id, charges, at, until, print } = spending
      const before = all.get(id)
      if (before !== undefined) return before.spending.print === print ? 'again' : 'conflict'
      const over = charges.filter(charge => {
        const { used, reserved } = look(charge, at)
        const same = charges.filter(other => nameOf(other) === nameOf(charge))
        return used + reserved + sum(same.map(({ amount }) => amount)) > Math.min(...same.map(({ cap }) => cap))
      })
      if (!counted && over.length > 0) return `over ${over.map(({ counter }) => counter).join()}`
      const amounts = charges.map(({ amount }) => amount)
      const atOnce = counted || until === null
      all.set(id, { spending, state: atOnce ? 'committed' : 'reserved', spent: amounts })
      if (atOnce) count(charges, amounts, at)
      return 'spent'
    },
    settle(id, how, now) {
      const held = all.get(id)
      if (held === undefined) return 'unknown'
      const { charges, until } = held.spending
      const amountOf = ({ counter, amount }: Charge): number =>
        how.kind === 'commit' ? (how.amounts?.[counter] ?? amount) : 0
      const spent = charges.map(amountOf)
      if (held.state === 'released') return how.kind === 'release' ? 'settled' : 'settled_otherwise'
      if (held.state === 'committed') {
        return how.kind === 'commit' && spent.join() === held.spent.join() ? 'settled' : 'settled_otherwise'
      }
      if (until !== null && until <= now) return 'over_time'
      if (how.kind === 'release') {
        held.state = 'released'
        return 'settled'
      }
      if (!how.overrun && charges.some(({ amount }, i) => (spent[i] ?? 0) > amount)) return 'beyond'
      const counters = new Set(charges.map(({ counter }) => counter))
      if (Object.entries(how.amounts ?? {}).some(([name, amount]) => amount > 0 && !counters.has(name))) return 'beyond'
      held.state = 'committed'
      held.spent = spent
      count(charges, spent, now)
      return 'settled'
    },
    refund(meter, amount, now) {
      let back = amount ?? Number.POSITIVE_INFINITY
      const name = nameOf(meter)
      const mine = entries.filter(entry => entry.meter === name && entry.ends > now)
      const left = mine
        .sort((a, b) => a.ends - b.ends)
        .map(entry => {
          const taken = Math.min(back, entry.amount)
          back -= taken
          return { ...entry, amount: entry.amount - taken }
        })
      entries = [...entries.filter(entry => entry.meter !== name), ...left]
    },
  }
}
