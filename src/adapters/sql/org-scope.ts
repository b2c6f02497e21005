import { StoreError } from '../../facts/store.ts'
import type { Database, Queryable } from './database.ts'
import { SqlError } from './failure.ts'
import { storable } from './text.ts'

export const orgNotFound = (org: string): StoreError =>
  new StoreError('org_not_found', `there is no org \`${org.slice(0, 100)}\``, { org: org.slice(0, 100).toWellFormed() })

export const FOREIGN_KEY = '23503'

/** Runs `work` in a transaction that sees the rows of one org and no others. `steady` reads all as of one instant. */
export async function inOrg<T>(
  db: Database,
  org: string,
  work: (tx: Queryable) => Promise<T>,
  mode: 'plain' | 'steady' = 'plain',
): Promise<T> {
  if (org === '' || !storable(org)) throw orgNotFound(org)
  try {
    return await db.transaction(async tx => {
      if (mode === 'steady') await tx.exec('set transaction isolation level repeatable read, read only')
      await see(tx, org)
      return work(tx)
    })
  } catch (error) {
    if (error instanceof SqlError && error.code === FOREIGN_KEY) throw orgNotFound(org)
    throw error
  }
}

/** From now on the transaction sees the rows of this org. */
export async function see(tx: Queryable, org: string): Promise<void> {
  await tx.query("select set_config('lumoauth.org', $1, true)", [org])
}
