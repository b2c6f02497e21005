import type { AuditStore, Checkpoint, StoredEvent } from '../../facts/audit.ts'
import { chained, EVENT_COLUMNS, type EventRow } from './audit.ts'
import { appendEvents } from './audit-append.ts'
import type { Database, Queryable } from './database.ts'
import { inOrg } from './org-scope.ts'

type Keeping = Pick<
  AuditStore,
  'auditStored' | 'checkpoints' | 'addCheckpoint' | 'checkpointsDue' | 'auditExpired' | 'dropAudit' | 'eraseAudit'
>

/** What keeps the chain honest, and what is taken from it: checkpoints, retention, erasure. */
export function auditKeeping(db: Database): Keeping {
  return {
    auditStored: (org, seq, limit) =>
      inOrg(db, org, async tx => {
        const rows = await tx.query<EventRow & StoredEvent['found'] & { numbers: readonly string[] }>(
          `select ${EVENT_COLUMNS}, id, kind, outcome, at, actor, to_json(names::text[]) as numbers
            from lumoauth.audit_events where org = $1 and seq > $2::bigint order by seq limit $3::integer`,
          [org, seq, limit],
        )
        return rows.map(row => {
          const { id, kind, outcome, at, actor, numbers } = row
          return { chained: chained(row), found: { id, kind, outcome, at, actor, names: numbers } }
        })
      }),

    checkpoints: (org, after, limit) =>
      inOrg(db, org, async tx => {
        const rows = await tx.query<Checkpoint & Readonly<Record<string, unknown>>>(
          `select seq, hash, at, jws from lumoauth.audit_checkpoints
            where org = $1 and seq > $2::bigint order by seq limit $3::integer`,
          [org, after, limit],
        )
        return rows.map(({ seq, hash, at, jws }) => ({ seq, hash, at, jws }))
      }),

    addCheckpoint: (org, { seq, hash, at, jws }, event) =>
      inOrg(db, org, async tx => {
        await held(tx, org)
        const [made] = await tx.query(
          `insert into lumoauth.audit_checkpoints (org, seq, hash, at, jws)
            values ($1, $2::bigint, $3, $4::bigint, $5) on conflict do nothing returning seq`,
          [org, seq, hash, at, jws],
        )
        if (made === undefined) return false
        const told = await appendEvents(tx, org, [event])
        await tx.query(
          'update lumoauth.audit_heads set checkpointed = $2::bigint, checkpoint_at = $3::bigint where org = $1',
          [org, told, at],
        )
        return true
      }),

    checkpointsDue: async (events, before, limit) => {
      const sql = 'select org from lumoauth.audit_due($1::bigint, $2::bigint, $3::integer)'
      return (await db.query<{ org: string }>(sql, [events, before, limit])).map(({ org }) => org)
    },

    auditExpired: (now, standardDays, limit) =>
      db.query('select org, days from lumoauth.audit_expired($1::bigint, $2::integer, $3::integer)', [
        now,
        standardDays,
        limit,
      ]),

    dropAudit: (org, through, event) =>
      inOrg(db, org, async tx => {
        await held(tx, org)
        const [there] = await tx.query('select from lumoauth.audit_events where org = $1 and seq = $2::bigint', [
          org,
          through,
        ])
        // Another node was first.
        if (there === undefined) return 0
        const [row] = await tx.query<{ gone: number }>('select lumoauth.drop_audit($1, $2::bigint) as gone', [
          org,
          through,
        ])
        const gone = row?.gone ?? 0
        await appendEvents(tx, org, [{ ...event, data: { ...event.data, events: gone } }])
        return gone
      }),

    eraseAudit: (org, erasures) =>
      inOrg(db, org, async tx => {
        await tx.query('select lumoauth.erase_audit($1, $2::json)', [org, JSON.stringify(erasures)])
      }),
  }
}

/** Takes the end of the chain, so that nobody adds to it meanwhile. */
const held = (tx: Queryable, org: string): Promise<unknown> =>
  tx.query('select seq from lumoauth.audit_heads where org = $1 for update', [org])
