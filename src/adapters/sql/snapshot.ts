import {
  answersAway,
  type OpenSnapshot,
  type PolicyVersion,
  type RelationStore,
  type Snapshot,
  type Store,
  type StoredAttribute,
  type StoredTuple,
} from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { Database, Queryable } from './database.ts'
import { engineOf } from './engine-row.ts'
import { inOrg, orgNotFound } from './org-scope.ts'
import { type KeyRow, keyOf, orgOf } from './orgs.ts'
import { type Page, pageAfter, pages } from './pages.ts'
import { versionOf } from './policies.ts'
import { readRegistered } from './registered.ts'

/** Reads all of an org as of one instant. What there can be millions of comes in pages, and none is kept here. */
export function readSnapshot<T>(db: Database, org: string, read: (snapshot: OpenSnapshot) => Promise<T>): Promise<T> {
  return inOrg(
    db,
    org,
    async tx => {
      const [found] = await tx.query<{ org: string; name: string; zone: string; revision: number }>(
        'select org, name, zone, revision from lumoauth.orgs where org = $1',
        [org],
      )
      if (found === undefined) throw orgNotFound(org)
      const engine = await engineOf(tx, org)
      const head = {
        org: orgOf(found),
        revision: found.revision,
        model: await latestModel(tx, org),
        policy: await latestPolicy(tx, org),
        keys: (
          await tx.query<KeyRow>('select * from lumoauth.api_keys where org = $1 order by created_at, id', [org])
        ).map(keyOf),
        engine,
        stores: await relationStores(tx, org),
        registered: await readRegistered(tx, org),
      }
      const away = answersAway(engine)
      const tupleCount = away ? 0 : await countTuples(tx, org)
      const stored = away ? none : () => tuples(tx, org)
      return read({ head, tupleCount, attributes: () => attributes(tx, org), tuples: stored })
    },
    'steady',
  )
}

/** A server has them. */
async function* none(): AsyncGenerator<readonly StoredTuple[]> {}

/** A whole snapshot in one value. */
export const wholeSnapshot = (db: Database, org: string): Promise<Snapshot> =>
  readSnapshot(db, org, async open => ({
    ...open.head,
    attributes: await collected(open.attributes()),
    tuples: await collected(open.tuples()),
  }))

async function collected<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const page of pages) for (const row of page) all.push(row)
  return all
}

async function countTuples(tx: Queryable, org: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>('select count(*) from lumoauth.tuples where org = $1', [org])
  return row?.count ?? 0
}

export const keptTuples = (db: Database, org: string, after: string | null): ReturnType<Store['keptTuples']> =>
  inOrg(db, org, async tx => {
    const { page, next } = await pageAfter<TupleColumns>(tx, org, 'tuples', TUPLE_COLUMNS, after)
    return { tuples: page === null ? [] : tuplesIn(page, new Map()), next }
  })

async function latestModel(tx: Queryable, org: string): Promise<Snapshot['model']> {
  const [row] = await tx.query<{ id: string; dsl: string }>(
    'select id, dsl from lumoauth.models where org = $1 order by revision desc limit 1',
    [org],
  )
  return row ?? null
}

async function latestPolicy(tx: Queryable, org: string): Promise<PolicyVersion | null> {
  const [row] = await tx.query<Parameters<typeof versionOf>[0]>(
    'select * from lumoauth.policy_versions where org = $1 order by version desc limit 1',
    [org],
  )
  return row === undefined ? null : versionOf(row)
}

async function relationStores(tx: Queryable, org: string): Promise<readonly RelationStore[]> {
  const rows = await tx.query<{ id: string; name: string; created_at: number; deleted_at: number | null }>(
    'select id, name, created_at, deleted_at from lumoauth.stores where org = $1 order by id',
    [org],
  )
  return rows.map(({ id, name, created_at, deleted_at }) => ({
    id,
    name,
    createdAt: created_at,
    deletedAt: deleted_at,
  }))
}

async function* attributes(tx: Queryable, org: string): AsyncGenerator<readonly StoredAttribute[]> {
  const columns = { type: 'entity_type', id: 'entity_id', name: 'name', value: 'value' }
  for await (const page of pages<{ type: string; id: string; name: string; value: Json }>(
    tx,
    org,
    'attributes',
    columns,
  )) {
    yield page.type.map((type, n) => ({
      entity: { type, id: at(page.id, n) },
      name: at(page.name, n),
      value: at(page.value, n),
    }))
  }
}

const TUPLE_COLUMNS = {
  object: "object_type || ':' || object_id",
  relation: 'relation',
  user: '"user"',
  condition: 'condition_name',
  context: 'condition_context',
}

interface TupleColumns {
  readonly object: string
  readonly relation: string
  readonly user: string
  readonly condition: string | null
  readonly context: JsonObject | null
}

async function* tuples(tx: Queryable, org: string): AsyncGenerator<readonly StoredTuple[]> {
  const words = new Map<string, string>()
  for await (const page of pages<TupleColumns>(tx, org, 'tuples', TUPLE_COLUMNS)) yield tuplesIn(page, words)
}

const tuplesIn = (page: Page<TupleColumns>, words: Map<string, string>): readonly StoredTuple[] =>
  page.object.map((object, n) => {
    const name = at(page.condition, n)
    return {
      object,
      relation: shared(words, at(page.relation, n)),
      user: at(page.user, n),
      condition: name === null ? null : { name: shared(words, name), context: at(page.context, n) ?? {} },
    }
  })

function at<T>(column: readonly T[], n: number): T {
  if (n >= column.length) throw new RangeError('a page of a snapshot has columns of different length')
  return column[n] as T
}

/** One copy of a word that occurs a million times. */
function shared(words: Map<string, string>, word: string): string {
  const known = words.get(word)
  if (known !== undefined) return known
  words.set(word, word)
  return word
}
