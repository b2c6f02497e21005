import { type Change, type LoggedChange, type Store, StoreError, type WriteOptions } from '../../facts/store.ts'
import { isAway } from '../../facts/store-error.ts'
import { append, hold, type Made } from './append.ts'
import { apply } from './apply.ts'
import type { Database, Queryable } from './database.ts'
import { inOrg, orgNotFound } from './org-scope.ts'
import { mustBeStorable } from './text.ts'
import { createTogether, type Outcome } from './together.ts'

interface LoggedRow extends LoggedChange {
  readonly [column: string]: unknown
  /** Of a policy's version, where its text is kept once. */
  readonly text: string | null
}

type Changes = Pick<Store, 'write' | 'changes' | 'revision'>

/** One call to write: all of its changes, or none. */
interface Wish {
  readonly wanted: readonly Change[]
  readonly options: WriteOptions
}

/** Changes and tuples of one transaction, where there are several writes. */
const MOST = 128

/**
 * Writes, and what was written. INVARIANT: a writer holds its org's row from before it reads until it commits, so the
 * revisions of an org are handed out in the order of the commits, without gaps.
 */
export function changes(db: Database): Changes {
  const write = createTogether<Wish, number>((org, wishes) => inOrg(db, org, tx => carryOut(tx, org, wishes)), {
    weight: ({ wanted }) => wanted.reduce((sum, change) => sum + 1 + tuplesIn(change), 0),
    most: MOST,
    mayRetry: error => !isAway(error),
  })
  return {
    async write(org, wanted, options) {
      for (const change of wanted) mustBeStorable(change)
      return write(org, { wanted, options })
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

const tuplesIn = (change: Change): number =>
  change.kind === 'tuples' ? change.writes.length + change.deletes.length : 0

/** Writes that waited for each other, in the order they came. One that is refused leaves nothing, and the others as they are. */
async function carryOut(tx: Queryable, org: string, wishes: readonly Wish[]): Promise<readonly Outcome<number>[]> {
  const held = await hold(tx, org)
  let { engine, revision } = held
  const made: Made[] = []
  const outcomes: Outcome<number>[] = []
  for (const { wanted, options } of wishes) {
    const guards = wishes.length > 1 && !isWhole(wanted)
    if (guards) await tx.exec('savepoint wish')
    try {
      const own: Made[] = []
      let moved = engine
      for (const change of wanted) {
        const landing = { org, revision: revision + own.length + 1, at: held.at, engine: moved }
        const effect = await apply(tx, change, landing, options)
        if (change.kind === 'engine') moved = change.engine
        if (effect !== null) own.push({ ...effect, revision: landing.revision, from: options.from })
      }
      engine = moved
      revision += own.length
      made.push(...own)
      outcomes.push({ value: revision })
    } catch (error) {
      if (wishes.length === 1 || !isRefusal(error)) throw error
      if (guards) await tx.exec('rollback to savepoint wish')
      outcomes.push({ error })
    }
    if (guards) await tx.exec('release savepoint wish')
  }
  if (made.length > 0) await append(tx, org, held.at, made)
  return outcomes
}

/** Of a single tuple it is known that, refused, it has changed nothing. */
const isWhole = (wanted: readonly Change[]): boolean =>
  wanted.every(({ kind }) => kind === 'tuples') && wanted.reduce((sum, change) => sum + tuplesIn(change), 0) <= 1

const isRefusal = (error: unknown): boolean => error instanceof StoreError && !isAway(error)

/** The org's revision as this transaction sees it; fails with `org_not_found`. */
export async function current(tx: Queryable, org: string): Promise<number> {
  const [row] = await tx.query<{ revision: number }>('select revision from lumoauth.orgs where org = $1', [org])
  if (row === undefined) throw orgNotFound(org)
  return row.revision
}
