import type { Change, Engine } from '../../facts/store.ts'
import type { Queryable } from './database.ts'
import { engineOf } from './engine-row.ts'
import { orgNotFound } from './org-scope.ts'

/** An org whose row a transaction holds: nobody else writes to it until that ends. */
export interface Held {
  readonly revision: number
  readonly at: number
  readonly engine: Engine | null
}

export async function hold(tx: Queryable, org: string): Promise<Held> {
  const [row] = await tx.query<Omit<Held, 'engine'>>(
    'select revision, lumoauth.now_ms() as at from lumoauth.orgs where org = $1 for no key update',
    [org],
  )
  if (row === undefined) throw orgNotFound(org)
  return { ...row, engine: await engineOf(tx, org) }
}

/** Appends to the changelog, and makes the last of these the org's revision. */
export async function append(
  tx: Queryable,
  org: string,
  at: number,
  made: readonly { readonly revision: number; readonly change: Change }[],
): Promise<void> {
  await tx.query(
    `with logged as (insert into lumoauth.changelog (org, revision, at, change)
        select $1, revision, $2::bigint, change from jsonb_to_recordset($3::jsonb) as r(revision bigint, change jsonb)
        returning revision)
      update lumoauth.orgs set revision = (select max(revision) from logged) where org = $1`,
    [org, at, JSON.stringify(made.map(({ revision, change }) => ({ revision, change: logged(change) })))],
  )
}

/** A policy's text may be large and stands with its version, which never changes. */
function logged(change: Change): object {
  if (change.kind !== 'policy') return change
  const { text: _, ...rest } = change
  return rest
}
