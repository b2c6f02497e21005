import type { Change, LoggedChange, Store } from '../../facts/store.ts'
import { apply } from './apply.ts'
import type { Database, Queryable } from './database.ts'
import { inOrg, orgNotFound } from './org-scope.ts'
import { mustBeStorable } from './text.ts'

interface LoggedRow extends LoggedChange {
  readonly [column: string]: unknown
  /** Of a policy's version, where its text is kept once. */
  readonly text: string | null
}

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
        const rows = await tx.query<LoggedRow>(
          `select c.revision, c.at, c.change, v.text from lumoauth.changelog c
            left join lumoauth.policy_versions v
              on c.change ->> 'kind' = 'policy' and v.org = c.org and v.version = (c.change -> 'version')::bigint
            where c.org = $1 and c.revision > $2::bigint order by c.revision limit $3::integer`,
          [org, after, limit],
        )
        return rows.map(({ revision, at, change, text }) => ({
          revision,
          at,
          change: change.kind === 'policy' && text !== null ? { ...change, text } : change,
        }))
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
    [org, at, JSON.stringify(made.map(({ revision, change }) => ({ revision, change: logged(change) })))],
  )
}

/** A policy's text may be large and stands with its version, which never changes. */
function logged(change: Change): object {
  if (change.kind !== 'policy') return change
  const { text: _, ...rest } = change
  return rest
}
