import type { Engine } from '../../facts/store.ts'
import type { Queryable } from './database.ts'

/** Makes `engine` the org's, or none. */
export async function writeEngine(tx: Queryable, org: string, engine: Engine | null, feed: string | null) {
  if (engine === null) {
    await tx.query('delete from lumoauth.engines where org = $1', [org])
    return
  }
  await tx.query(
    `insert into lumoauth.engines as e (org, engine, feed) values ($1, $2::json, coalesce($3::text, ''))
      on conflict (org) do update set engine = excluded.engine, feed = coalesce($3::text, e.feed)`,
    [org, JSON.stringify(engine), feed],
  )
}

export async function engineOf(tx: Queryable, org: string): Promise<Engine | null> {
  const [row] = await tx.query<{ engine: Engine }>('select engine from lumoauth.engines where org = $1', [org])
  return row?.engine ?? null
}
