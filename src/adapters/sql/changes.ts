import type { LoggedChange, Store } from '../../facts/store.ts'
import { append, hold, type Made } from './append.ts'
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
        const { revision, at, engine: held } = await hold(tx, org)
        let engine = held
        const made: Made[] = []
        for (const change of wanted) {
          const next = revision + made.length + 1
          const effect = await apply(tx, change, { org, revision: next, at, engine }, options)
          if (change.kind === 'engine') engine = change.engine
          if (effect !== null) made.push({ ...effect, revision: next })
        }
        if (made.length > 0) await append(tx, org, at, made, options.from)
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
