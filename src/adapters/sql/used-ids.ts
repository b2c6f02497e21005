import type { Store } from '../../facts/store.ts'
import type { Database } from './database.ts'
import { SqlError } from './failure.ts'
import { FOREIGN_KEY, orgNotFound } from './org-scope.ts'
import { rowKey } from './row-key.ts'
import { storable } from './text.ts'

/** Ended ids thrown away with each taking: as many as come in, and some. */
const SWEPT = 200

/** Ids that count once, kept by their digest until they have ended. */
export function usedIds(db: Database): Pick<Store, 'takeOnce'> {
  return {
    async takeOnce(org, ids, now) {
      if (org === '' || !storable(org)) throw orgNotFound(org)
      const rows = ids.map(({ id, until }) => ({ hash: rowKey(id), until }))
      const taken = await db
        .query<{ hash: string }>('select hash::text from lumoauth.take_once($1, $2::jsonb, $3, $4) as hash', [
          org,
          JSON.stringify(rows),
          now,
          SWEPT + rows.length,
        ])
        .catch((error: unknown) => {
          throw error instanceof SqlError && error.code === FOREIGN_KEY ? orgNotFound(org) : error
        })
      const free = new Set(taken.map(({ hash }) => hash))
      return rows.map(({ hash, until }) => until >= now && free.delete(hash))
    },
  }
}
