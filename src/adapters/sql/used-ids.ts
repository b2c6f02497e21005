import type { UsedIds } from '../../facts/used-ids.ts'
import type { Database, Row } from './database.ts'
import { SqlError } from './failure.ts'
import { FOREIGN_KEY, orgNotFound } from './org-scope.ts'
import { rowKey } from './row-key.ts'
import { storable } from './text.ts'

/** Ended ids thrown away with each taking: as many as come in, and some. */
const SWEPT = 200

interface Horizon extends Row {
  readonly up_to: number
  readonly doubted: number
  readonly clean: boolean
}

/** Ids that count once, kept by their digest until they have ended. */
export function usedIds(db: Database): UsedIds {
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

    async usedHorizon() {
      const [row] = await db.query<Horizon>('select up_to, doubted, clean from lumoauth.used_horizon')
      if (row === undefined) throw new TypeError('the row of `used_horizon` is gone: restore the database')
      return { upTo: row.up_to, doubted: row.doubted, isClean: row.clean }
    },

    async saveUsedHorizon({ upTo, doubted, isClean }) {
      await db.query('update lumoauth.used_horizon set up_to = $1, doubted = $2, clean = $3', [upTo, doubted, isClean])
    },
  }
}
