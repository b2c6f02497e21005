import type { Attempt, Delivery, DeliveryState, DeliveryStore, HeldOutlet, Outlet } from '../../facts/deliveries.ts'
import type { Database, Queryable, Row } from './database.ts'
import { inOrg } from './org-scope.ts'
import { storable } from './text.ts'

interface OutletRow extends Row {
  readonly id: string
  readonly cursor: number
  readonly failures: number
  readonly last_at: number | null
}

interface DeliveryRow extends Row {
  readonly id: string
  readonly seq: number
  readonly event: string
  readonly type: string
  readonly body: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly next_at: number
  readonly created_at: number
  readonly ended_at: number | null
  readonly tried: readonly Attempt[]
}

const OUTLET = 'id, cursor, failures, last_at'
const DELIVERY = 'id, seq, event, type, body, state, attempts, next_at, created_at, ended_at, tried'

const outletOf = ({ id, cursor, failures, last_at }: OutletRow): Outlet => ({ id, cursor, failures, lastAt: last_at })

const deliveryOf = ({ next_at, created_at, ended_at, ...row }: DeliveryRow): Delivery => ({
  ...row,
  nextAt: next_at,
  createdAt: created_at,
  endedAt: ended_at,
})

/** Deliveries one call forgets: what bounds how long it holds its rows. */
const SWEPT = 5_000

/** What goes out of orgs. An org's calls see its rows only; whose turn an outlet is, is asked across orgs. */
export function deliveries(db: Database): DeliveryStore {
  return {
    ...leases(db),
    ...sending(db),

    async openOutlet(org, id, cursor) {
      await inOrg(db, org, tx =>
        tx.query('insert into lumoauth.outlets (org, id, cursor) values ($1, $2, $3::bigint) on conflict do nothing', [
          org,
          id,
          cursor,
        ]),
      )
    },

    async closeOutlet(org, id) {
      await inOrg(db, org, tx => tx.query('delete from lumoauth.outlets where org = $1 and id = $2', [org, id]))
    },

    outlets: org =>
      inOrg(db, org, async tx => {
        const rows = await tx.query<OutletRow>(`select ${OUTLET} from lumoauth.outlets where org = $1`, [org])
        return rows.map(outletOf)
      }),

    deliveries: (org, id, { state, limit, offset }) =>
      inOrg(db, org, async tx => {
        const wanted = 'org = $1 and outlet = $2 and ($3::text is null or state = $3)'
        const [counted] = await tx.query<{ total: number }>(
          `select count(*) as total from lumoauth.deliveries where ${wanted}`,
          [org, id, state],
        )
        const rows = await tx.query<DeliveryRow>(
          `select ${DELIVERY} from lumoauth.deliveries where ${wanted} order by id desc limit $4::integer offset $5`,
          [org, id, state, limit, offset],
        )
        return { total: counted?.total ?? 0, page: rows.map(deliveryOf) }
      }),

    async delivery(org, id, delivery) {
      if (!storable(delivery)) return null
      return inOrg(db, org, async tx => {
        const [row] = await tx.query<DeliveryRow>(
          `select ${DELIVERY} from lumoauth.deliveries where org = $1 and outlet = $2 and id = $3`,
          [org, id, delivery],
        )
        return row === undefined ? null : deliveryOf(row)
      })
    },

    async replay(org, id, which, now) {
      if (which.kind === 'one' && !storable(which.delivery)) return 0
      const picked =
        which.kind === 'one'
          ? { where: 'id = $4', params: [which.delivery] }
          : {
              where: `id in (select id from lumoauth.deliveries where org = $1 and outlet = $2 and state <> 'waiting'
                and created_at >= $4::bigint and ($5::text is null or state = $5) order by seq, id limit $6::integer)`,
              params: [which.from, which.state, which.most],
            }
      return inOrg(db, org, async tx => {
        const rows = await tx.query(
          `update lumoauth.deliveries set state = 'waiting', attempts = 0, next_at = $3::bigint, ended_at = null
            where org = $1 and outlet = $2 and state <> 'waiting' and ${picked.where} returning 1 as one`,
          [org, id, now, ...picked.params],
        )
        return rows.length
      })
    },

    sweepDeliveries: (org, id, before) =>
      inOrg(db, org, async tx => {
        const gone = await tx.query(
          `delete from lumoauth.deliveries where org = $1 and outlet = $2 and id in
            (select id from lumoauth.deliveries where org = $1 and outlet = $2 and ended_at < $3::bigint
              order by ended_at limit $4::integer) returning 1 as one`,
          [org, id, before, SWEPT],
        )
        return gone.length === SWEPT
      }),
  }
}

type Leases = Pick<DeliveryStore, 'claimOutlets' | 'renewOutlets' | 'releaseOutlets'>

const leases = (db: Database): Leases => ({
  claimOutlets: (node, kinds, lease, most) =>
    db.query<HeldOutlet & Row>('select org, id from lumoauth.claim_outlets($1, $2, $3::bigint, $4::integer)', [
      node,
      JSON.stringify(kinds),
      lease,
      most,
    ]),
  renewOutlets: (node, lease) =>
    db.query<HeldOutlet & Row>('select org, id from lumoauth.renew_outlets($1, $2::bigint)', [node, lease]),
  async releaseOutlets(node) {
    await db.query('select lumoauth.release_outlets($1)', [node])
  },
})

type Sending = Pick<DeliveryStore, 'look' | 'waiting' | 'enqueue' | 'skip' | 'attempted'>

const sending = (db: Database): Sending => ({
  look: (org, id, node, limit) =>
    inOrg(db, org, async tx => {
      const [row] = await tx.query<OutletRow>(
        `select ${OUTLET} from lumoauth.outlets where org = $1 and id = $2 and holder = $3`,
        [org, id, node],
      )
      if (row === undefined) return null
      const waiting = await tx.query<DeliveryRow>(
        `select ${DELIVERY} from lumoauth.deliveries
          where org = $1 and outlet = $2 and state = 'waiting' order by seq, id limit $3::integer`,
        [org, id, limit],
      )
      return { outlet: outletOf(row), waiting: waiting.map(deliveryOf) }
    }),

  waiting: (org, id, limit) =>
    inOrg(db, org, async tx => {
      const rows = await tx.query<DeliveryRow>(
        `select ${DELIVERY} from lumoauth.deliveries
          where org = $1 and outlet = $2 and state = 'waiting' order by seq, id limit $3::integer`,
        [org, id, limit],
      )
      return rows.map(deliveryOf)
    }),

  enqueue: (org, id, node, from, to, made, now) =>
    inOrg(db, org, async tx => {
      const moved = await tx.query(
        `update lumoauth.outlets set cursor = $5::bigint
          where org = $1 and id = $2 and holder = $3 and cursor = $4::bigint returning 1 as one`,
        [org, id, node, from, to],
      )
      if (moved.length === 0) return false
      if (made.length > 0) await insert(tx, org, id, made, now)
      return true
    }),

  async skip(org, id, to, now) {
    await inOrg(db, org, async tx => {
      await tx.query('update lumoauth.outlets set cursor = $3::bigint where org = $1 and id = $2', [org, id, to])
      await tx.query(
        `update lumoauth.deliveries set state = 'dead', ended_at = $3::bigint
          where org = $1 and outlet = $2 and state = 'waiting'`,
        [org, id, now],
      )
    })
  },

  attempted: (org, id, attempts) =>
    inOrg(db, org, async tx => {
      const changed = await tx.query<{ state: DeliveryState }>(
        `update lumoauth.deliveries d set state = r.state, attempts = r.attempts, next_at = r."nextAt",
            ended_at = case when r.state = 'waiting' then null else (r.attempt ->> 'at')::bigint end,
            tried = (case when jsonb_array_length(d.tried) < 10 then d.tried else d.tried - 0 end) || r.attempt
          from jsonb_to_recordset($3::jsonb)
            as r(id text, state text, attempts integer, "nextAt" bigint, attempt jsonb)
          where d.org = $1 and d.outlet = $2 and d.id = r.id and d.state = 'waiting' and d.attempts = r.attempts - 1
          returning d.state`,
        [org, id, JSON.stringify(attempts)],
      )
      const dead = changed.filter(({ state }) => state === 'dead').length
      const good = changed.some(({ state }) => state === 'delivered')
      const [row] = await tx.query<{ failures: number }>(
        `update lumoauth.outlets set failures = case when $3::boolean then 0 else failures + $4::integer end,
            last_at = greatest(last_at, $5::bigint)
          where org = $1 and id = $2 returning failures`,
        [org, id, good, dead, Math.max(...attempts.map(({ attempt }) => attempt.at))],
      )
      return row?.failures ?? 0
    }),
})

const insert = (
  tx: Queryable,
  org: string,
  outlet: string,
  made: Parameters<DeliveryStore['enqueue']>[5],
  now: number,
): Promise<unknown> =>
  tx.query(
    `insert into lumoauth.deliveries (org, outlet, id, seq, event, type, body, next_at, created_at)
      select $1, $2, id, seq, event, type, body, $4::bigint, $4::bigint
        from jsonb_to_recordset($3::jsonb) as r(id text, seq bigint, event text, type text, body text)`,
    [org, outlet, JSON.stringify(made), now],
  )
