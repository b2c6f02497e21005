import type { Ledger, Over, Reservation, Settled, Settling, Spending, Spent, Usage } from '../../src/facts/ledger.ts'
import type { Charge, Meter } from '../../src/policy/charge.ts'

/** One spending's part in one meter; `at` is when it was made. */
interface Entry {
  readonly at: number
  amount: number
  /** When it ends by itself; null: it is spent. */
  until: number | null
}

interface Held {
  readonly print: string
  reservation: Reservation
  readonly entries: readonly { readonly key: string; readonly entry: Entry }[]
}

interface OrgLedger {
  readonly meters: Map<string, Entry[]>
  readonly held: Map<string, Held>
}

const text = ({ counter, window }: Meter): string =>
  window.kind === 'fixed'
    ? `${window.from}-${window.until} ${counter}`
    : `${window.kind === 'sliding' ? window.length : 'ever'} ${counter}`

/** A plain ledger in memory, for tests of what stands on one. */
export function createMemoryLedger(): Ledger {
  const orgs = new Map<string, OrgLedger>()
  const ofOrg = (org: string): OrgLedger => {
    const known = orgs.get(org)
    if (known !== undefined) return known
    const made = { meters: new Map<string, Entry[]>(), held: new Map<string, Held>() }
    orgs.set(org, made)
    return made
  }

  /** What is in a meter now; what is over leaves it. */
  const usage = ({ meters }: OrgLedger, meter: Meter, now: number): Usage => {
    const { window } = meter
    const from = window.kind === 'sliding' ? now - window.length : Number.NEGATIVE_INFINITY
    let used = 0
    let reserved = 0
    for (const { at, amount, until } of meters.get(text(meter)) ?? []) {
      if (until !== null && until > now) reserved += amount
      else if (until === null && at > from) used += amount
    }
    return { used, reserved }
  }

  const take = (ledger: OrgLedger, { id, print, charges, at, until, data }: Spending): Spent => {
    const entries = charges.map(charge => {
      const key = text(charge)
      const entry: Entry = { at, amount: charge.amount, until }
      const line = ledger.meters.get(key) ?? []
      line.push(entry)
      ledger.meters.set(key, line)
      return { key, entry }
    })
    const state = until === null ? 'committed' : 'reserved'
    const reservation: Reservation = { id, state, charges, at, until, data }
    ledger.held.set(id, { print, reservation, entries })
    return { kind: 'spent', reservation, again: false }
  }

  const before = ({ held }: OrgLedger, { id, print }: Spending): Spent | null => {
    const known = held.get(id)
    if (known === undefined) return null
    return known.print === print ? { kind: 'spent', reservation: known.reservation, again: true } : { kind: 'conflict' }
  }

  return {
    known: (org, charge, now) => usage(ofOrg(org), charge, now),
    fetch: async (org, meters, now) => meters.map(meter => usage(ofOrg(org), meter, now)),
    spend(org, spending) {
      const ledger = ofOrg(org)
      const known = before(ledger, spending)
      if (known !== null) return known
      const over: Over[] = []
      for (const charge of spending.charges) {
        const { used, reserved } = usage(ledger, charge, spending.at)
        if (charge.amount > charge.cap - used - reserved) over.push({ charge, used, reserved })
      }
      return over.length > 0 ? { kind: 'over', over } : take(ledger, spending)
    },
    async settle(org, id, how, now): Promise<Settled> {
      const held = ofOrg(org).held.get(id)
      return held === undefined ? { kind: 'unknown' } : settleHeld(held, how, now)
    },
    reservation: async (org, id) => ofOrg(org).held.get(id)?.reservation ?? null,
    async record(org, spending) {
      const ledger = ofOrg(org)
      return before(ledger, spending) ?? take(ledger, { ...spending, until: null })
    },
    async refund(org, meters, now) {
      const ledger = ofOrg(org)
      for (const { amount, ...meter } of meters) {
        let left = amount ?? Number.POSITIVE_INFINITY
        const { window } = meter
        const from = window.kind === 'sliding' ? now - window.length : Number.NEGATIVE_INFINITY
        for (const entry of ledger.meters.get(text(meter)) ?? []) {
          if (entry.until !== null || entry.at <= from) continue
          const back = Math.min(left, entry.amount)
          entry.amount -= back
          left -= back
        }
      }
    },
    async close() {
      orgs.clear()
    },
  }
}

function settleHeld(held: Held, how: Settling, now: number): Settled {
  const { reservation } = held
  const wanted = how.kind === 'commit' ? 'committed' : 'released'
  if (reservation.state !== 'reserved') {
    return reservation.state === wanted ? { kind: 'settled', reservation } : { kind: 'settled_otherwise' }
  }
  if (reservation.until !== null && reservation.until <= now) return { kind: 'over_time' }
  const spent = ({ counter, amount }: Charge): number => {
    if (how.kind === 'release') return 0
    return how.amounts !== undefined && Object.hasOwn(how.amounts, counter) ? (how.amounts[counter] ?? amount) : amount
  }
  const charges = reservation.charges.map(charge => ({ ...charge, amount: spent(charge) }))
  const beyond = charges.some(({ amount }, i) => amount > (reservation.charges[i]?.amount ?? 0))
  if (beyond && !(how.kind === 'commit' && how.overrun)) return { kind: 'beyond' }
  for (const [i, { entry }] of held.entries.entries()) {
    entry.amount = charges[i]?.amount ?? 0
    entry.until = null
  }
  held.reservation = { ...reservation, state: wanted, charges: how.kind === 'commit' ? charges : reservation.charges }
  return { kind: 'settled', reservation: held.reservation }
}
