import type { Ledger, Over, Reservation, Settled, Settling, Spending, Spent, Usage } from '../../facts/ledger.ts'
import type { Charge, Meter } from '../../policy/charge.ts'
import type { Database, Param } from './database.ts'
import { SqlError } from './failure.ts'
import { inOrder, type MeterRow, meterRow, mustBeCounted, mustBeWhole, takenRows } from './ledger-meters.ts'
import { FOREIGN_KEY, inOrg, orgNotFound } from './org-scope.ts'
import { rowKey } from './row-key.ts'
import { storable } from './text.ts'

/** The ledger in the database: what it says is exact, and each call is one statement. */
export interface SqlLedger extends Pick<Ledger, 'fetch' | 'settle' | 'reservation' | 'refund'> {
  spend(org: string, spending: Spending): Promise<Spent>
  record(org: string, spending: Spending): Promise<Spent>
  /** Forgets what has been over for long. */
  sweep(org: string, now: number): Promise<void>
}

type SpentRow =
  | Exclude<Spent, { kind: 'over' }>
  | {
      readonly kind: 'over'
      readonly over: readonly { readonly key: string; readonly used: number | null; readonly reserved: number | null }[]
    }

/** Rows one sweep takes of each kind. */
const SWEPT = 500
/** Spendings of an org, on this node, from one sweep to the next. */
const BETWEEN_SWEEPS = 100

export function sqlLedger(db: Database): SqlLedger {
  const call = async <T>(org: string, does: string, params: readonly Param[]): Promise<T> => {
    if (org === '' || !storable(org)) throw orgNotFound(org)
    const marks = ['$1', ...params.map((_, i) => `$${i + 2}`)].join(', ')
    try {
      const rows = await db.query<{ told: T }>(`select lumoauth.ledger_${does}(${marks}) as told`, [org, ...params])
      return (rows[0] as { told: T }).told
    } catch (error) {
      throw error instanceof SqlError && error.code === FOREIGN_KEY ? orgNotFound(org) : error
    }
  }

  const spent = new Map<string, number>()
  const sweep = (org: string, now: number): Promise<void> => call(org, 'sweep', [now, SWEPT])
  const sweepAtTimes = (org: string, now: number): void => {
    const n = spent.get(org) ?? 0
    spent.set(org, (n + 1) % BETWEEN_SWEEPS)
    if (n === 0) sweep(org, now).catch(() => {})
  }

  const take = async (org: string, spending: Spending, counted: boolean): Promise<Spent> => {
    const { id, at, until, charges } = spending
    mustBeWhole(at, until ?? at)
    const meters = takenRows(charges, at)
    const row = await call<SpentRow>(org, 'spend', [
      rowKey(id),
      JSON.stringify({ ...spending, until: counted ? null : until }),
      JSON.stringify(meters),
      counted,
    ])
    if (row.kind !== 'over') {
      if (row.kind === 'spent' && !row.again) sweepAtTimes(org, at)
      return row
    }
    const stands = new Map(row.over.map(meter => [meter.key, meter]))
    return { kind: 'over', over: charges.flatMap(charge => overOf(charge, stands.get(meterRow(charge, at).key))) }
  }

  return {
    spend: (org, spending) => take(org, spending, false),
    record: (org, spending) => take(org, spending, true),
    async settle(org, id, how, now) {
      mustBeWhole(now)
      if (how.kind === 'commit') mustBeCounted(...Object.values(how.amounts ?? {}))
      return call<Settled>(org, 'settle', [rowKey(id), JSON.stringify(how satisfies Settling), now])
    },
    async fetch(org, meters, now) {
      mustBeWhole(now)
      return call<readonly Usage[]>(org, 'look', [JSON.stringify(meters.map(meter => meterRow(meter, now))), now])
    },
    async refund(org, meters, now) {
      mustBeWhole(now)
      mustBeCounted(...meters.map(({ amount }) => amount ?? 0))
      await call(org, 'refund', [JSON.stringify(refundRows(meters, now)), now])
    },
    reservation: (org, id) =>
      inOrg(db, org, async tx => {
        const [row] = await tx.query<{ told: Reservation }>(
          'select lumoauth.ledger_told(r) as told from lumoauth.reservations as r where org = $1 and key = $2::uuid',
          [org, rowKey(id)],
        )
        return row?.told ?? null
      }),
    sweep,
  }
}

/** A meter that is closed has nothing left. */
const overOf = (
  charge: Charge,
  stands: { readonly used: number | null; readonly reserved: number | null } | undefined,
): readonly Over[] =>
  stands === undefined ? [] : [{ charge, used: stands.used ?? charge.cap, reserved: stands.reserved ?? 0 }]

/** Each meter once, in the order of locking: refunds of one meter add up. */
function refundRows(
  meters: readonly (Meter & { readonly amount: number | null })[],
  now: number,
): readonly (MeterRow & { readonly amount: number | null })[] {
  const rows = new Map<string, MeterRow & { readonly amount: number | null }>()
  for (const meter of meters) {
    const row = meterRow(meter, now)
    const amount = rows.has(row.key) ? sum(rows.get(row.key)?.amount ?? null, meter.amount) : meter.amount
    rows.set(row.key, { ...row, amount })
  }
  return inOrder([...rows.values()])
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.min(a + b, Number.MAX_SAFE_INTEGER)
