import type { Store } from '../../facts/store.ts'
import type { Database } from './database.ts'
import { inOrg } from './org-scope.ts'
import { rowKey } from './row-key.ts'

/** Ended ids thrown away with each taking: as many as come in, and some. */
const SWEPT = 200

/** Ids that count once, kept by their digest until they have ended. */
export function usedIds(db: Database): Pick<Store, 'takeOnce'> {
  return {
    takeOnce(org, ids, now) {
      return inOrg(db, org, async tx => {
        const rows = ids.map(({ id, until }) => ({ hash: rowKey(id), until }))
        await tx.query(
          `delete from lumoauth.used_ids where org = $1 and hash in
            (select hash from lumoauth.used_ids where org = $1 and until < $2::bigint
              order by until limit ${SWEPT} for update skip locked)`,
          [org, now],
        )
        const taken = await tx.query<{ hash: string }>(
          `insert into lumoauth.used_ids (org, hash, until)
            select distinct on (hash) $1, hash, until from jsonb_to_recordset($2::jsonb) as r(hash uuid, until bigint)
              order by hash
            on conflict do nothing returning hash::text as hash`,
          [org, JSON.stringify(rows)],
        )
        const free = new Set(taken.map(({ hash }) => hash))
        return rows.map(({ hash, until }) => until >= now && free.delete(hash))
      })
    },
  }
}
