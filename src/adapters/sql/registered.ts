import type { Effect } from '../../facts/change-events.ts'
import type { Registered } from '../../facts/registry.ts'
import { StoreError } from '../../facts/store.ts'
import type { Queryable } from './database.ts'
import type { Landing, Of } from './landing.ts'
import { pages } from './pages.ts'
import { rowKey } from './row-key.ts'

/** Writes a row as it is given, if it replaces what it says it does. */
export async function writeRegistered(tx: Queryable, { org }: Landing, change: Of<'registered'>): Promise<Effect> {
  const { entry, replaces } = change
  const [held] = await tx.query<{ version: number | null; value: Registered }>(
    `select (value ->> 'version')::bigint as version, value from lumoauth.registry where org = $1 and key = $2::uuid`,
    [org, rowKey(entry.kind, entry.id)],
  )
  if (replaces !== undefined && versionOf(held) !== replaces) {
    throw new StoreError('stale_version', `\`${entry.id}\` was changed meanwhile; read it again`, {
      id: entry.id,
      version: held?.version ?? null,
    })
  }
  await refuseTakenSlug(tx, org, entry)
  await tx.query(
    `insert into lumoauth.registry (org, kind, id, value, key) values ($1, $2, $3, $4::jsonb, $5::uuid)
      on conflict (org, key) do update set value = excluded.value`,
    [org, entry.kind, entry.id, JSON.stringify(entry), rowKey(entry.kind, entry.id)],
  )
  const { replaces: _, ...logged } = change
  return { change: logged, before: held?.value ?? null }
}

/** Null where nothing is held; what counts no versions is at 0. */
const versionOf = (held: { readonly version: number | null } | undefined): number | null =>
  held === undefined ? null : (held.version ?? 0)

/** INVARIANT: the transaction holds the org's row, so nobody takes a slug between this and the write. */
async function refuseTakenSlug(tx: Queryable, org: string, entry: Registered): Promise<void> {
  if (!('slug' in entry)) return
  const [taken] = await tx.query(
    `select id from lumoauth.registry
      where org = $1 and kind = $2 and value ->> 'slug' collate "C" = $3 and value ? 'slug' and id <> $4`,
    [org, entry.kind, entry.slug, entry.id],
  )
  if (taken === undefined) return
  throw new StoreError('slug_taken', `the name \`${entry.slug}\` is, or was, somebody's; choose one that is new`, {
    slug: entry.slug,
  })
}

export async function removeRegistered(
  tx: Queryable,
  { org }: Landing,
  change: Of<'unregistered'>,
): Promise<Effect | null> {
  const [gone] = await tx.query<{ value: Registered }>(
    'delete from lumoauth.registry where org = $1 and key = $2::uuid returning value',
    [org, rowKey(change.of, change.id)],
  )
  return gone === undefined ? null : { change, before: gone.value }
}

export async function readRegistered(tx: Queryable, org: string): Promise<readonly Registered[]> {
  const all: Registered[] = []
  for await (const page of pages<{ value: Registered }>(tx, org, 'registry', { value: 'value' })) {
    all.push(...page.value)
  }
  return all
}
