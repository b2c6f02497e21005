import { type Engine, type StoredTuple, StoreError, type TuplesChange, type WriteOptions } from '../../facts/store.ts'
import { type Entity, parseEntity } from '../../policy/entity.ts'
import type { TupleText } from '../../policy/question.ts'
import type { Param, Queryable } from './database.ts'
import { rowKey } from './row-key.ts'

/** Rows one statement carries: few statements for thousands of tuples, and a bound on the size of each. */
const BATCH = 10_000

const DELETE = 'delete from lumoauth.tuples where org = $1 and key = any($2::uuid[]) returning key'

const INSERT = `insert into lumoauth.tuples
  (org, written_at, key, object_type, object_id, relation, "user", condition_name, condition_context)
  select $1, $3::bigint, * from json_to_recordset($2::json) as r(key uuid, object_type text, object_id text, relation text,
    "user" text, condition_name text, condition_context jsonb)
  on conflict (org, key) do nothing returning key`

/** Deletes, then writes. Answers what really changed, or null where nothing did. */
export async function writeTuples(
  tx: Queryable,
  { org, at }: { readonly org: string; readonly at: number },
  change: TuplesChange,
  { onConflict, onMissing = onConflict }: WriteOptions,
): Promise<TuplesChange | null> {
  const refuse = onConflict === 'error'
  const refuseMissing = onMissing === 'error'
  const deletes: TupleText[] = []
  for (const batch of batches(byKey(change.deletes, refuseMissing ? missing : null))) {
    const gone = await keys(tx, DELETE, [org, `{${batch.map(([key]) => key).join()}}`])
    for (const [key, tuple] of batch) {
      if (gone.has(key)) deletes.push(tuple)
      else if (refuseMissing) throw missing(tuple)
    }
  }
  const writes: StoredTuple[] = []
  for (const batch of batches(byKey(change.writes, refuse ? exists : null))) {
    const added = await keys(tx, INSERT, [org, JSON.stringify(batch.map(row)), at])
    for (const [key, tuple] of batch) {
      if (added.has(key)) writes.push(tuple)
      else if (refuse) throw exists(tuple)
    }
  }
  return writes.length + deletes.length === 0 ? null : { kind: 'tuples', writes, deletes }
}

async function keys(tx: Queryable, sql: string, params: readonly Param[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ key: string }>(sql, params)
  return new Set(rows.map(({ key }) => key))
}

const row = ([key, { object, relation, user, condition }]: readonly [string, StoredTuple]) => {
  const { type, id } = entityOf(object)
  return {
    key,
    object_type: type,
    object_id: id,
    relation,
    user,
    condition_name: condition?.name ?? null,
    condition_context: condition?.context ?? null,
  }
}

function entityOf(object: string): Entity {
  const entity = parseEntity(object)
  if (entity === null) throw new TypeError(`the object of a tuple must be \`type:id\`, not \`${object}\``)
  return entity
}

/** The tuples without repetitions; a repetition fails where `fault` says how. */
function byKey<T extends TupleText>(
  tuples: readonly T[],
  fault: ((tuple: T) => StoreError) | null,
): readonly (readonly [string, T])[] {
  const first = new Map<string, T>()
  for (const tuple of tuples) {
    const key = rowKey(tuple.object, tuple.relation, tuple.user)
    if (!first.has(key)) first.set(key, tuple)
    else if (fault !== null) throw fault(tuple)
  }
  return [...first]
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += BATCH) yield all.slice(start, start + BATCH)
}

const text = ({ object, relation, user }: TupleText) => ({ object, relation, user })

const exists = (tuple: TupleText): StoreError =>
  new StoreError('tuple_exists', `the tuple ${print(tuple)} exists already`, { tuple: text(tuple) })

const missing = (tuple: TupleText): StoreError =>
  new StoreError('tuple_missing', `the tuple ${print(tuple)} does not exist`, { tuple: text(tuple) })

const print = ({ object, relation, user }: TupleText): string => `\`${object}#${relation}@${user}\``

export const relationsMoving = (engine: Engine | null): StoreError =>
  new StoreError(
    'relations_moving',
    engine === null || engine.state === 'live'
      ? 'the relations of the org have just moved; try again'
      : 'the relations of the org are being moved; write again when that is done',
  )
