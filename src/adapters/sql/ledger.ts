import type { Over, Reservation, Settled, Settling, Spending, Spent, Usage } from '../../facts/ledger.ts'
import type { Charge, Meter } from '../../policy/charge.ts'
import type { Database, Param } from './database.ts'
import { SqlError } from './failure.ts'
import { type MeterRow, meterRow, mustBeCounted, mustBeWhole, refundRows, takenRows } from './ledger-meters.ts'
import { FOREIGN_KEY, inOrg, orgNotFound } from './org-scope.ts'
import { rowKey } from './row-key.ts'
import { storable } from './text.ts'

/** What the database says of a meter, to one node. */
export interface Stand extends Usage {
  readonly key: string
  /** What nodes hold of it. */
  readonly leased: number
  /** When it changes though nobody does anything, as far as is known. */
  readonly next: number | null
  /** What this node may still spend of its lease, and by which of its statements; null where it has none. */
  readonly rest: number | null
  readonly seq: number | null
  /** The lease is to be given back. */
  readonly called: boolean
}

export type Told =
  | {
      readonly kind: 'spent'
      readonly reservation: Reservation
      readonly again: boolean
      readonly stands: readonly Stand[]
    }
  | Exclude<Spent, { kind: 'spent' }>
  /** It would fit if these nodes, by meter, gave back what they hold; they have been called in. */
  | { readonly kind: 'leased'; readonly called: readonly { readonly key: string; readonly node: string }[] }

/** How a statement names the node that sends it. A later statement has a higher number. */
export interface Sender {
  readonly node: string
  readonly seq: number
  /** How long a lease lasts, in milliseconds. */
  readonly term: number
}

/** What a node did with a lease, and what becomes of it. */
export interface FlushRow extends MeterRow {
  readonly spent: readonly (readonly [at: number, amount: number])[]
  readonly cap: number
  readonly wish: number
  readonly keep: 'all' | 'none' | 'uncalled'
}

/** The ledger in the database: what it says is exact, and each call is one statement. */
export interface SqlLedger {
  /** `wishes` is what the node would hold of each meter, by key. */
  spend(org: string, spending: Spending, from: Sender, wishes?: ReadonlyMap<string, number>): Promise<Told>
  record(org: string, spending: Spending, from: Sender): Promise<Told>
  settle(org: string, id: string, how: Settling, now: number): Promise<Settled>
  reservation(org: string, id: string): Promise<Reservation | null>
  refund(org: string, meters: readonly (Meter & { readonly amount: number | null })[], now: number): Promise<void>
  look(org: string, meters: readonly Meter[], now: number, node: string): Promise<readonly Stand[]>
  /** Rows are in the order of their keys. */
  flush(org: string, rows: readonly FlushRow[], now: number, from: Sender): Promise<readonly Stand[]>
  /** Forgets what has been over for long. */
  sweep(org: string, now: number): Promise<void>
}

type OverRow = { readonly key: string; readonly used: number | null; readonly reserved: number | null }
type ToldRow =
  | Exclude<Told, { kind: 'over' | 'spent' }>
  | (Omit<Extract<Told, { kind: 'spent' }>, 'stands'> & { readonly stands?: readonly Stand[] })
  | { readonly kind: 'over'; readonly over: readonly OverRow[] }

/** Rows one sweep takes of each kind. */
const SWEPT = 500

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

  const take = async (
    org: string,
    spending: Spending,
    counted: boolean,
    { node, seq, term }: Sender,
    wishes?: ReadonlyMap<string, number>,
  ): Promise<Told> => {
    const { id, at, until, charges } = spending
    mustBeWhole(at, until ?? at)
    const meters = takenRows(charges, at).map(row => ({ ...row, wish: wishes?.get(row.key) ?? 0 }))
    const told = await call<ToldRow>(org, 'spend', [
      rowKey(id),
      JSON.stringify({ ...spending, until: counted ? null : until }),
      JSON.stringify(meters),
      counted,
      node,
      seq,
      term,
    ])
    switch (told.kind) {
      case 'spent':
        return { ...told, stands: told.stands ?? [] }
      case 'over': {
        const stands = new Map(told.over.map(meter => [meter.key, meter]))
        return { kind: 'over', over: charges.flatMap(charge => overOf(charge, stands.get(meterRow(charge, at).key))) }
      }
      default:
        return told
    }
  }

  return {
    spend: (org, spending, from, wishes) => take(org, spending, false, from, wishes),
    record: (org, spending, from) => take(org, spending, true, from),
    async settle(org, id, how, now) {
      mustBeWhole(now)
      if (how.kind === 'commit') mustBeCounted(...Object.values(how.amounts ?? {}))
      return call(org, 'settle', [rowKey(id), JSON.stringify(how), now])
    },
    async look(org, meters, now, node) {
      mustBeWhole(now)
      return call(org, 'look', [JSON.stringify(meters.map(meter => meterRow(meter, now))), now, node])
    },
    async refund(org, meters, now) {
      mustBeWhole(now)
      mustBeCounted(...meters.map(({ amount }) => amount ?? 0))
      await call(org, 'refund', [JSON.stringify(refundRows(meters, now)), now])
    },
    flush: (org, rows, now, { node, seq, term }) => call(org, 'flush', [node, seq, JSON.stringify(rows), now, term]),
    reservation: (org, id) =>
      inOrg(db, org, async tx => {
        const [row] = await tx.query<{ told: Reservation }>(
          'select lumoauth.ledger_told(r) as told from lumoauth.reservations as r where org = $1 and key = $2::uuid',
          [org, rowKey(id)],
        )
        return row?.told ?? null
      }),
    sweep: (org, now) => call(org, 'sweep', [now, SWEPT]),
  }
}

/** A meter that is closed has nothing left. */
const overOf = (charge: Charge, stands: OverRow | undefined): readonly Over[] =>
  stands === undefined ? [] : [{ charge, used: stands.used ?? charge.cap, reserved: stands.reserved ?? 0 }]
