import type { Effect } from '../../facts/change-events.ts'
import { type Change, StoreError, type WriteOptions } from '../../facts/store.ts'
import type { Queryable } from './database.ts'
import { writeEngine } from './engine-row.ts'
import type { Landing, Of } from './landing.ts'
import { type KeyRow, keyExists, keyOf } from './orgs.ts'
import { removeRegistered, writeRegistered } from './registered.ts'
import { rowKey } from './row-key.ts'
import { relationsMoving, writeTuples } from './write-tuples.ts'

/** Makes one change to the state. Answers the change as it took effect, or null where there was nothing to do. */
export async function apply(
  tx: Queryable,
  change: Change,
  landing: Landing,
  options: WriteOptions,
): Promise<Effect | null> {
  switch (change.kind) {
    case 'key':
      return writeKey(tx, landing, change)
    case 'registered':
      return writeRegistered(tx, landing, change)
    case 'unregistered':
      return removeRegistered(tx, landing, change)
    default: {
      const effect = await applied(tx, change, landing, options)
      return effect === null ? null : { change: effect, before: null }
    }
  }
}

async function applied(
  tx: Queryable,
  change: Exclude<Change, { readonly kind: 'key' | 'registered' | 'unregistered' }>,
  landing: Landing,
  options: WriteOptions,
): Promise<Change | null> {
  switch (change.kind) {
    case 'tuples':
      if (landing.engine !== null) throw relationsMoving(landing.engine)
      return writeTuples(tx, landing, change, options)
    case 'attributes':
      return writeAttributes(tx, landing, change)
    case 'model':
      return writeModel(tx, landing, change)
    case 'policy':
      return writePolicy(tx, landing, change)
    case 'org':
      await tx.query('update lumoauth.orgs set name = $2, zone = $3 where org = $1', [
        landing.org,
        change.name,
        change.zone,
      ])
      return change
    case 'store':
      return writeStore(tx, landing, change)
    case 'engine':
      if ((landing.engine?.state ?? null) !== change.was) throw relationsMoving(landing.engine)
      await writeEngine(tx, landing.org, change.engine, change.feed)
      return change
    case 'stale':
      return change
    default: {
      const never: never = change
      throw new TypeError(`a change of an unknown kind: ${JSON.stringify(never)}`)
    }
  }
}

/** A name that is both unset and set is set. */
async function writeAttributes(tx: Queryable, { org }: Landing, change: Of<'attributes'>): Promise<Change | null> {
  const { entity, set, unset } = change
  const key = (name: string) => rowKey(entity.type, entity.id, name)
  const values = Object.entries(set).map(([name, value]) => ({ key: key(name), name, value }))
  if (unset.length > 0) {
    await tx.query('delete from lumoauth.attributes where org = $1 and key = any($2::uuid[])', [
      org,
      `{${unset.map(key).join()}}`,
    ])
  }
  if (values.length > 0) {
    await tx.query(
      `insert into lumoauth.attributes (org, entity_type, entity_id, key, name, value)
        select $1, $2, $3, key, name, coalesce(value, 'null')
        from json_to_recordset($4::json) as r(key uuid, name text, value jsonb)
        on conflict (org, key) do update set value = excluded.value`,
      [org, entity.type, entity.id, JSON.stringify(values)],
    )
  }
  return values.length + unset.length === 0 ? null : change
}

/**
 * Writing a model again under its own id makes it the current one. Where a server has the relations, it must have the
 * model first.
 */
async function writeModel(tx: Queryable, { org, revision, engine }: Landing, change: Of<'model'>): Promise<Change> {
  if (engine !== null && (engine.state !== 'live' || !Object.hasOwn(engine.models, change.id))) {
    throw relationsMoving(engine)
  }
  const [row] = await tx.query(
    `insert into lumoauth.models as m (org, id, dsl, revision) values ($1, $2, $3, $4::bigint)
      on conflict (org, id) do update set revision = excluded.revision where m.dsl = excluded.dsl returning id`,
    [org, change.id, change.dsl, revision],
  )
  if (row === undefined) throw new TypeError(`the model id \`${change.id}\` belongs to another text already`)
  return change
}

async function writePolicy(tx: Queryable, { org, at }: Landing, change: Of<'policy'>): Promise<Change> {
  const [row] = await tx.query<{ latest: number }>(
    'select coalesce(max(version), 0)::bigint as latest from lumoauth.policy_versions where org = $1',
    [org],
  )
  const latest = row?.latest ?? 0
  if (change.version !== latest + 1) {
    throw new StoreError('version_conflict', `the policy is at version ${latest}, so the next one is ${latest + 1}`, {
      latest,
    })
  }
  await tx.query(
    `insert into lumoauth.policy_versions (org, version, text, author, note, published_at)
      values ($1, $2::bigint, $3, $4, $5, $6::bigint)`,
    [org, change.version, change.text, change.author, change.note, at],
  )
  return change
}

/** A new id makes a key; a known one changes name or role or revokes it. What was revoked stays revoked. */
async function writeKey(tx: Queryable, { org }: Landing, { key }: Of<'key'>): Promise<Effect> {
  if (key.org !== org) throw new TypeError(`a key of \`${key.org}\` cannot be written to \`${org}\``)
  const params = [key.id, org, key.name, key.role, key.hash, key.createdAt, key.revokedAt]
  const [was] = await tx.query<KeyRow>('select * from lumoauth.api_keys where id = $1 and org = $2', [key.id, org])
  const [row] = await tx.query<KeyRow>(
    `update lumoauth.api_keys set name = $3, role = $4, revoked_at = coalesce(revoked_at, $7::bigint)
        where id = $1 and org = $2 and hash = $5 and created_at = $6::bigint returning *`,
    params,
  )
  if (row !== undefined) {
    return { change: { kind: 'key', key: keyOf(row) }, before: was === undefined ? null : keyOf(was) }
  }
  const [made] = await tx.query<KeyRow>(
    `insert into lumoauth.api_keys (id, org, name, role, hash, created_at, revoked_at)
      values ($1, $2, $3, $4, $5, $6::bigint, $7::bigint) on conflict do nothing returning *`,
    params,
  )
  if (made === undefined) throw keyExists(key.id)
  return { change: { kind: 'key', key: keyOf(made) }, before: null }
}

/** A new id makes a store; a known one can only be deleted. */
async function writeStore(tx: Queryable, { org }: Landing, change: Of<'store'>): Promise<Change> {
  const { id, name, createdAt, deletedAt } = change.store
  await tx.query(
    `insert into lumoauth.stores (org, id, name, created_at, deleted_at) values ($1, $2, $3, $4::bigint, $5::bigint)
      on conflict (org, id) do update set deleted_at = excluded.deleted_at`,
    [org, id, name, createdAt, deletedAt],
  )
  return change
}
