import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bringUp } from '../../src/adapters/sql/migrate.ts'
import { MIGRATIONS } from '../../src/adapters/sql/migrations/all.ts'
import { openPostgres } from '../../src/adapters/sql/postgres.ts'
import { migrate, openDatabase, openStore } from '../../src/adapters/store.ts'
import { StoreError } from '../../src/facts/store.ts'
import { asLogin, newDatabase, sql } from '../support/database.ts'
import { freePort, type Running, skipWithout, startPostgres } from '../support/services.ts'
import { storeSuite } from './store-suite.ts'
import { ERROR, policy } from './suite/bench.ts'

const server = await startPostgres()
const root = server.kind === 'running' ? server.url : ''
const OWNER = 'lumo_owner'
const LOGIN = 'lumo_app'

if (server.kind === 'running') {
  await sql(
    root,
    `create role ${OWNER} login createrole password 'owner'`,
    `create role ${LOGIN} login noinherit password 'app'`,
  )
}
after(() => (server as Partial<Running>).stop?.())

/** A database its plain owner migrated, with a login of its own for the service: how production should be set up. */
async function production(): Promise<{ readonly owner: string; readonly login: string }> {
  const url = await newDatabase(root, OWNER)
  const owner = asLogin(url, OWNER, 'owner')
  await migrate({ kind: 'postgres', url: owner })
  await sql(owner, `grant lumoauth_service to ${LOGIN}`)
  return { owner, login: asLogin(url, LOGIN, 'app') }
}

const target = (url: string) => ({ kind: 'postgres', url }) as const

const opened = async (url: string): Promise<Awaited<ReturnType<typeof openDatabase>>> => openDatabase(target(url))

storeSuite(
  'postgresql, entered as a plain member of the service role',
  async () => opened((await production()).login),
  skipWithout(server),
)

storeSuite('postgresql, entered as a superuser', async () => opened(await newDatabase(root)), skipWithout(server))

describe('postgresql', { skip: skipWithout(server) }, () => {
  test('a plain login has nothing to go back to; even the owner is under row-level security', async () => {
    const { owner, login } = await production()
    const store = await openStore(target(owner))
    await store.createOrg({ slug: 'a', name: 'a', zone: 'UTC' })
    await store.write('a', [policy(1)], ERROR)
    await store.close()
    const db = await openDatabase(target(login), { poolSize: 1 })
    await db.exec('reset role')
    await assert.rejects(db.query('select * from lumoauth.policy_versions'), { code: '42501' })
    for (const role of [OWNER, 'postgres']) await assert.rejects(db.exec(`set role ${role}`), { code: '42501' })
    await assert.rejects(db.exec('alter table lumoauth.tuples disable row level security'), { code: '42501' })
    await db.close()
    assert.deepEqual(await sql(owner, 'select * from lumoauth.policy_versions'), [])
  })

  test('nodes that start together migrate once', async () => {
    const url = await newDatabase(root)
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(target(url))))
    assert.deepEqual(applied.sort(), [0, 0, 0, 0, MIGRATIONS.length])
  })

  test('databases of one cluster are migrated at the same time, though they share the role', async () => {
    const urls = await Promise.all([1, 2, 3].map(() => newDatabase(root, OWNER)))
    await Promise.all(urls.map(url => migrate(target(asLogin(url, OWNER, 'owner')))))
  })

  test('a database of a later release, or with another past, is left alone', async () => {
    const url = await newDatabase(root)
    await migrate(target(url))
    await sql(url, `insert into lumoauth.migrations values (${MIGRATIONS.length + 1}, 'later', 'x')`)
    await assert.rejects(openStore(target(url)), { name: 'OpenError', code: 'schema_newer' })
    await sql(
      url,
      "delete from lumoauth.migrations where name = 'later'",
      "update lumoauth.migrations set checksum = 'x'",
    )
    await assert.rejects(openStore(target(url)), { name: 'OpenError', code: 'schema_changed' })
  })

  test('a migration that fails leaves nothing behind', async () => {
    const url = await newDatabase(root)
    const db = openPostgres(url, { as: 'login', poolSize: 1 })
    const broken = { id: 2, name: 'broken', sql: 'create table lumoauth.half (); select 1/0', checksum: 'x' }
    await assert.rejects(bringUp(db, [...MIGRATIONS, broken]), { code: '22012' })
    assert.deepEqual(await db.query("select from pg_namespace where nspname = 'lumoauth'"), [])
    await db.close()
  })

  test('a login that may not migrate says who should', async () => {
    const url = await newDatabase(root)
    const login = asLogin(url, LOGIN, 'app')
    await assert.rejects(openStore(target(login)), { name: 'OpenError', code: 'schema_behind' })
    await sql(root, "create role stranger login password 'stranger'")
    await migrate(target(url))
    await assert.rejects(openStore(target(asLogin(url, 'stranger', 'stranger'))), {
      name: 'OpenError',
      code: 'schema_behind',
      message: /grant lumoauth_service/,
    })
  })

  test('a server that cannot be reached is unavailable, and the error tells no secret', async () => {
    const port = await freePort()
    const urls = [
      `postgres://someone:hunter2@127.0.0.1:${port}/nothing`,
      'postgres://someone:hunter2@no-such-host.invalid/nothing',
      asLogin(root, 'postgres', 'hunter2'),
      asLogin(root, 'hunter2', 'x'),
    ]
    for (const url of urls) {
      await assert.rejects(openStore(target(url)), (error: unknown) => {
        assert.ok(error instanceof StoreError)
        assert.equal(error.code, 'unavailable')
        const told = `${error.message} ${JSON.stringify(error.detail)} ${error.stack} ${error.cause}`
        assert.doesNotMatch(told, /hunter2|no-such-host|127\.0\.0\.1/)
        return true
      })
    }
    for (const url of ['', 'mysql://x', 'postgres://[']) {
      await assert.rejects(openStore(target(url)), { name: 'OpenError', code: 'bad_target' })
    }
  })

  test('a statement that takes too long is unavailable, and the next one works', async () => {
    const db = await openDatabase(target(await newDatabase(root)), { statementTimeoutMs: 200, poolSize: 1 })
    await assert.rejects(db.query('select pg_sleep(5)'), { code: 'unavailable' })
    assert.equal((await db.query('select 1 as one'))[0]?.one, 1)
    await db.close()
  })

  test('connections that are cut are replaced, in the middle of a transaction too', async () => {
    const url = await newDatabase(root)
    const db = await openDatabase(target(url))
    const cut = () =>
      sql(
        url,
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
    await db.query('select 1')
    await cut()
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal((await db.query('select current_user as me'))[0]?.me, 'lumoauth_service')
    await assert.rejects(
      db.transaction(async tx => {
        await tx.query('select 1')
        await cut()
        await tx.query('select 2')
      }),
      { code: 'unavailable' },
    )
    assert.equal((await db.query('select current_user as me'))[0]?.me, 'lumoauth_service')
    await db.close()
  })
})

describe('postgresql that goes away', { skip: skipWithout(server) }, () => {
  let other: Running
  before(async () => {
    const started = await startPostgres()
    if (started.kind === 'missing') throw new Error(started.how)
    other = started
  })

  test('calls fail as unavailable, none hangs, none crashes the process', async () => {
    const store = await openStore(target(other.url), { connectTimeoutMs: 1000 })
    await store.createOrg({ slug: 'a', name: 'a', zone: 'UTC' })
    await store.ping()
    await other.stop()
    for (const call of [() => store.ping(), () => store.write('a', [policy(1)], ERROR), () => store.snapshot('a')]) {
      await assert.rejects(call(), { name: 'StoreError', code: 'unavailable' })
    }
    await store.close()
  })
})
