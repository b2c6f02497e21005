import type { Change, LoggedChange, Store } from '../../facts/store.ts'
import { apply } from './apply.ts'
import type { Database, Queryable } from './database.ts'
import { inOrg, orgNotFound } from './org-scope.ts'
import { mustBeStorable } from './text.ts'

type Changes = Pick<Store, 'write' | 'changes' | 'revision'>

/**
 * Writes, and what was written. INVARIANT: a writer holds its org's row from before it reads until it commits, so the
 * revisions of an org are handed out in the order of the commits, without gaps.
 */
export function changes(db: Database): Changes {
  return {
    write(org, wanted, options) {
      return inOrg(db, org, async tx => {
        for (const change of wanted) mustBeStorable(change)
        const { revision, at } = await hold(tx, org)
        const made: { revision: number; change: Change }[] = []
        for (const change of wanted) {
          const next = revision + made.length + 1
          const effect = await apply(tx, change, { org, revision: next, at }, options)
          if (effect !== null) made.push({ revision: next, change: effect })
        }
        if (made.length > 0) await append(tx, org, at, made)
        return revision + made.length
      })
    },

    changes(org, after, limit) {
      return inOrg(db, org, async tx => {
        await current(tx, org)
        return tx.query<LoggedChange & { readonly [column: string]: unknown }>(
          `select revision, at, change from lumoauth.changelog
            where org = $1 and revision > $2::bigint order by revision limit $3::integer`,
          [org, after, limit],
        )
      })
    },

    revision: org => inOrg(db, org, tx => current(tx, org)),
  }
}

/** The org's revision as this transaction sees it; fails with `org_not_found`. */
export async function current(tx: Queryable, org: string): Promise<number> {
  const [row] = await tx.query<{ revision: number }>('select revision from lumoauth.orgs where org = $1', [org])
  if (row === undefined) throw orgNotFound(org)
  return row.revision
}

async function hold(tx: Queryable, org: string): Promise<{ readonly revision: number; readonly at: number }> {
  const [row] = await tx.query<{ revision: number; at: number }>(
    'select revision, lumoauth.now_ms() as at from lumoauth.orgs where org = $1 for no key update',
    [org],
  )
  if (row === undefined) throw orgNotFound(org)
  return row
}

async function append(
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
    [org, at, JSON.stringify(made)],
  )
}
