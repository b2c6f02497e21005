import type { AuditEvent } from '../../facts/audit.ts'
import type { Store } from '../../facts/store.ts'
import type { Database } from './database.ts'
import { inOrg } from './org-scope.ts'
import { storable } from './text.ts'

/** What was done, a row an event. Nothing changes or removes one. */
export function audit(db: Database): Pick<Store, 'appendAudit' | 'audit'> {
  return {
    async appendAudit(org, { count, text }) {
      if (count === 0) return
      await inOrg(db, org, tx =>
        tx.query(
          `insert into lumoauth.audit (org, id, at, kind, actor, target, data)
            select $1, id, at, kind, actor, target, data from jsonb_to_recordset($2::jsonb)
              as r(id text, at bigint, kind text, actor text, target text, data jsonb)
            on conflict do nothing`,
          [org, text],
        ),
      )
    },
    async audit(org, { limit, before, kind }) {
      if (!storable(before ?? '') || !storable(kind ?? '')) return []
      return inOrg(db, org, async tx => {
        const rows = await tx.query<Readonly<Record<string, unknown>>>(
          `select id, at, kind, actor, target, data from lumoauth.audit
            where org = $1 and ($2::text is null or id < $2 collate "C") and ($3::text is null or kind = $3)
            order by id desc limit $4`,
          [org, before, kind, limit],
        )
        return rows as unknown as readonly AuditEvent[]
      })
    },
  }
}
