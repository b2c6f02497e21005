import type { Store } from '../facts/store.ts'
import { audit } from './sql/audit.ts'
import { auditKeeping } from './sql/audit-keeping.ts'
import { changes } from './sql/changes.ts'
import { type Database, SERVICE_ROLE } from './sql/database.ts'
import { decisionChain } from './sql/decision-chain.ts'
import { decisions } from './sql/decisions.ts'
import { deliveries } from './sql/deliveries.ts'
import { openDirectory } from './sql/directory.ts'
import { engines } from './sql/engines.ts'
import { bringUp } from './sql/migrate.ts'
import { models } from './sql/models.ts'
import { crossOrg } from './sql/orgs.ts'
import { openPglite } from './sql/pglite.ts'
import { policies } from './sql/policies.ts'
import { openPostgres, type PostgresOptions } from './sql/postgres.ts'
import { keptTuples, readSnapshot, wholeSnapshot } from './sql/snapshot.ts'
import { translations } from './sql/translations.ts'
import { usedIds } from './sql/used-ids.ts'

/** Where state is kept: nowhere, in a directory of this machine, or on a PostgreSQL server. */
export type StoreTarget =
  | { readonly kind: 'memory' }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

export type StoreOptions = Pick<PostgresOptions, 'poolSize' | 'statementTimeoutMs' | 'connectTimeoutMs'>

/**
 * Opens the store with its schema brought up to this release. Fails with an `OpenError` that says what to do, or with
 * `unavailable`. On a server, `url` may be the owner's, or that of a login that is a member of `lumoauth_service` and
 * nothing else, on a database its owner migrated.
 */
export async function openStore(target: StoreTarget, options: StoreOptions = {}): Promise<Store> {
  return storeOn(await openDatabase(target, options))
}

/** Brings the schema up to this release; answers how many migrations it applied. */
export async function migrate(target: StoreTarget): Promise<number> {
  if (target.kind === 'postgres') return migrateServer(target.url)
  const db = await openEmbedded(target)
  return bringUp(db).finally(() => db.close())
}

/** The database under a store, migrated, acting as the service. */
export async function openDatabase(target: StoreTarget, options: StoreOptions = {}): Promise<Database> {
  if (target.kind === 'postgres') {
    await migrateServer(target.url, options)
    return openPostgres(target.url, options)
  }
  const db = await openEmbedded(target)
  try {
    await bringUp(db)
    await db.exec(`grant pg_checkpoint to ${SERVICE_ROLE} with inherit true; set role ${SERVICE_ROLE}`)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

async function migrateServer(url: string, options: StoreOptions = {}): Promise<number> {
  const { connectTimeoutMs = 5_000 } = options
  const db = openPostgres(url, { poolSize: 1, statementTimeoutMs: 0, connectTimeoutMs, as: 'login' })
  return bringUp(db).finally(() => db.close())
}

const openEmbedded = async (target: Exclude<StoreTarget, { kind: 'postgres' }>): Promise<Database> =>
  target.kind === 'memory' ? openPglite('memory://') : openDirectory(target.path)

/** The store on a database that is migrated and acts as the service. */
export const storeOn = (db: Database): Store => ({
  ...crossOrg(db),
  ...changes(db),
  ...models(db),
  ...engines(db),
  ...policies(db),
  ...decisions(db),
  ...translations(db),
  ...usedIds(db),
  readSnapshot: (org, read) => readSnapshot(db, org, read),
  snapshot: org => wholeSnapshot(db, org),
  ...audit(db),
  ...auditKeeping(db),
  ...decisionChain(db),
  ...deliveries(db),
  keptTuples: (org, after) => keptTuples(db, org, after),
  close: () => db.close(),
})
