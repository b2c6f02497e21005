import { type Effect, eventOfChange } from '../../facts/change-events.ts'
import type { Change, Engine } from '../../facts/store.ts'
import type { Origin } from '../../lib/origin.ts'
import { appendEvents } from './audit-append.ts'
import type { Queryable } from './database.ts'
import { engineOf } from './engine-row.ts'
import { orgNotFound, see } from './org-scope.ts'

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

export interface Made extends Effect {
  readonly revision: number
  /** Who did it, for the audit. */
  readonly from: Origin | undefined
}

/** Appends to the changelog, makes the last of these the org's revision, and has the audit tell each of them. */
export async function append(tx: Queryable, org: string, at: number, made: readonly Made[]): Promise<void> {
  await tx.query(
    `with logged as (insert into lumoauth.changelog (org, revision, at, change)
        select $1, revision, $2::bigint, change from jsonb_to_recordset($3::jsonb) as r(revision bigint, change jsonb)
        returning revision)
      update lumoauth.orgs set revision = (select max(revision) from logged) where org = $1`,
    [org, at, JSON.stringify(made.map(({ revision, change }) => ({ revision, change: logged(change) })))],
  )
  const chain = chainOf(org)
  const events = made.flatMap(one => eventOfChange(one, org, one.revision, at, one.from) ?? [])
  if (events.length === 0) return
  if (chain !== org) await see(tx, chain)
  await appendEvents(tx, chain, events)
  if (chain !== org) await see(tx, org)
}

/** A store beside an org's own has its place in the chain of its org. */
const chainOf = (org: string): string => org.split('/', 1)[0] ?? org

/** A policy's text may be large and stands with its version, which never changes. */
function logged(change: Change): object {
  if (change.kind !== 'policy') return change
  const { text: _, ...rest } = change
  return rest
}
