import type { Store } from '../../facts/store.ts'
import type { Database } from './database.ts'
import { inOrg } from './org-scope.ts'
import { rowKey } from './row-key.ts'

/** Ended ids thrown away at once, after so many were taken: as many as come in, and some. */
const SWEPT = 200
const AFTER = 100

/** Ids that count once, kept by their digest until they have ended. */
export function usedIds(db: Database): Pick<Store, 'takeOnce'> {
  let taken = 0
  return {
    takeOnce(org, ids, now) {
      return inOrg(db, org, async tx => {
        const rows = ids.map(({ id, until }) => ({ hash: rowKey(id), until }))
        taken += rows.length
        if (taken >= AFTER) {
          taken = 0
          await tx.query(
            `delete from lumoauth.used_ids where org = $1 and hash in
            (select hash from lumoauth.used_ids where org = $1 and until < $2::bigint
              order by until limit ${SWEPT} for update skip locked)`,
            [org, now],
          )
        }
        const free = await tx.query<{ hash: string }>(
          `insert into lumoauth.used_ids (org, hash, until)
            select distinct on (hash) $1, hash, until from jsonb_to_recordset($2::jsonb) as r(hash uuid, until bigint)
              order by hash
            on conflict (org, hash) do update set until = excluded.until where used_ids.until < $3::bigint
            returning hash::text as hash`,
          [org, JSON.stringify(rows), now],
        )
        const first = new Set(free.map(({ hash }) => hash))
        return rows.map(({ hash, until }) => until >= now && first.delete(hash))
      })
    },
  }
}
