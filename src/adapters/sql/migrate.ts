import { type Database, type Queryable, SERVICE_ROLE } from './database.ts'
import { SqlError } from './failure.ts'
import { MIGRATIONS, type Migration } from './migrations/all.ts'
import { OpenError } from './open-error.ts'

/** Any number no other program locks; one database is migrated by one process at a time. */
const LOCK = 7_020_114_651

const BOOK = `create table if not exists lumoauth.migrations (
  id integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
)`

/**
 * Brings the schema to this release in one transaction, or finds it there already; answers how many steps it applied.
 * `db` acts as its login role. A login that may not change the schema is fine as long as nothing is pending.
 */
export async function bringUp(db: Database, steps: readonly Migration[] = MIGRATIONS): Promise<number> {
  if ((await hasBook(db)) && pending(await readAsService(db), steps).length === 0) return 0
  try {
    return await db.transaction(tx => apply(tx, steps))
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw new OpenError(
      'schema_behind',
      'the database needs migrations that this login may not apply: run `lumoauth migrate` as the owner of the database, who may create roles',
    )
  }
}

async function apply(tx: Queryable, steps: readonly Migration[]): Promise<number> {
  await tx.query('select pg_advisory_xact_lock($1::bigint)', [LOCK])
  const [schema] = await tx.query("select from pg_catalog.pg_namespace where nspname = 'lumoauth'")
  if (schema === undefined) await tx.exec('create schema lumoauth')
  await tx.exec(BOOK)
  const due = pending(await read(tx), steps)
  for (const step of due) {
    await tx.exec(step.sql)
    await tx.query('insert into lumoauth.migrations (id, name, checksum) values ($1, $2, $3)', [
      step.id,
      step.name,
      step.checksum,
    ])
  }
  return due.length
}

interface Applied {
  readonly [column: string]: unknown
  readonly id: number
  readonly name: string
  readonly checksum: string
}

const read = (on: Queryable): Promise<readonly Applied[]> =>
  on.query<Applied>('select id, name, checksum from lumoauth.migrations order by id')

async function hasBook(db: Database): Promise<boolean> {
  const found = await db.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'lumoauth' and c.relname = 'migrations'`,
  )
  return found.length > 0
}

async function readAsService(db: Database): Promise<readonly Applied[]> {
  try {
    return await db.transaction(async tx => {
      await tx.exec(`set local role ${SERVICE_ROLE}`)
      return read(tx)
    })
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw new OpenError(
      'schema_behind',
      `this database login may not act as the service: run \`grant ${SERVICE_ROLE} to\` it as the owner of the database`,
    )
  }
}

/** The steps not yet applied. Fails where the database and this release disagree on the past. */
function pending(applied: readonly Applied[], steps: readonly Migration[]): readonly Migration[] {
  const newest = applied.at(-1)?.id ?? 0
  if (newest > steps.length) {
    throw new OpenError(
      'schema_newer',
      `the database is at migration ${newest}, this release knows ${steps.length}: start the release that migrated it, or a later one`,
    )
  }
  for (const done of applied) {
    if (steps[done.id - 1]?.checksum !== done.checksum) {
      throw new OpenError(
        'schema_changed',
        `migration ${done.id} (\`${done.name}\`) was applied with other content than this release holds: start the release that migrated the database`,
      )
    }
  }
  return steps.slice(newest)
}

/** Insufficient privilege, or no such role or schema to use. */
const isRefusal = (error: unknown): boolean =>
  error instanceof SqlError && (error.code === '42501' || error.code === '22023' || error.code === '42704')
