import type { Asked, Usage } from '../facts/ledger.ts'
import type { Meter } from '../policy/charge.ts'
import { type MeterRow, meterRow } from './sql/ledger-meters.ts'

/** A lease, as the node knows it. Times of its end are of the steady clock, so that no change of the hour makes it longer. */
export interface Held {
  readonly text: string
  readonly meter: Meter
  readonly row: MeterRow
  /** The least cap that what is held was granted under. */
  readonly cap: number
  /** What may still be spent from it. */
  left: number
  /** Instants between which it may be spent from, by the clock of who asks. */
  since: number
  until: number
  /** When it may no longer be spent from, by the steady clock. */
  ends: number
  /** What was spent and not yet told, by instant, and in all; and how much of it is being told. */
  untold: [at: number, amount: number][]
  ahead: number
  telling: number
  /** As the database told it last. */
  used: number
  reserved: number
  /** How much the node would hold, and how much it spent since it last said so. */
  wish: number
  spent: number
  /** More of it was asked for lately. */
  asked: boolean
  /** It is being given back. */
  frozen: boolean
}

export const textOf = ({ counter, window }: Meter): string => {
  switch (window.kind) {
    case 'fixed':
      return `${counter}\n${window.from} ${window.until}`
    case 'sliding':
      return `${counter}\n${window.length}`
    case 'ever':
      return `${counter}\n`
  }
}

export const rowOf = (held: Held, now: number): MeterRow =>
  held.meter.window.kind === 'sliding' ? meterRow(held.meter, now) : held.row

/** What the meter stands at, with what was spent here since. */
export const usageOf = ({ used, ahead, reserved }: Held): Usage => ({ used: used + ahead, reserved })

/** May a charge be spent from the lease now? `steady` is the steady clock's time. */
export const covers = (
  { frozen, left, cap: granted, until, ends }: Held,
  { amount = 1, cap = granted }: Pick<Asked, 'amount' | 'cap'>,
  at: number,
  steady: number,
): boolean =>
  !frozen && amount <= left && cap >= granted && at < until && steady < ends && amount >= 0 && isWhole(amount, at)

const isWhole = (amount: number, at: number): boolean => Number.isInteger(amount) && Number.isInteger(at)

export function takeFrom(held: Held, amount: number, at: number): void {
  held.left -= amount
  held.spent += amount
  held.ahead += amount
  if (amount === 0) return
  const instant = Math.max(at, held.since)
  const last = held.untold.at(-1)
  if (last !== undefined && (last[0] === instant || held.row.length === undefined)) last[1] += amount
  else held.untold.push([instant, amount])
}

/** Leases of the node, by org and meter. */
export interface Holdings {
  get(org: string, meter: Meter): Held | undefined
  byKey(org: string, key: string): Held | undefined
  of(org: string): readonly Held[]
  orgs(): readonly string[]
  put(org: string, held: Held): void
  drop(org: string, held: Held): void
}

export function createHoldings(): Holdings {
  const all = new Map<string, Map<string, Held>>()
  return {
    get: (org, meter) => all.get(org)?.get(textOf(meter)),
    byKey: (org, key) => [...(all.get(org)?.values() ?? [])].find(held => held.row.key === key),
    of: org => [...(all.get(org)?.values() ?? [])],
    orgs: () => [...all.keys()],
    put(org, held) {
      const mine = all.get(org) ?? new Map<string, Held>()
      all.set(org, mine.set(held.text, held))
    },
    drop(org, held) {
      const mine = all.get(org)
      if (mine?.get(held.text) !== held) return
      mine.delete(held.text)
      if (mine.size === 0) all.delete(org)
    },
  }
}
