import pg from 'pg'
import { StoreError } from '../../facts/store.ts'
import { type Database, type Param, type Queryable, type Row, SERVICE_ROLE } from './database.ts'
import { failure, unavailable } from './failure.ts'
import { OpenError } from './open-error.ts'

export interface PostgresOptions {
  /** Connections of the pool. */
  readonly poolSize?: number
  /** How long one statement may run; 0 is without limit. */
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** `service` gives up what the login may do beyond the service's grants; `login` keeps it, for migrations. */
  readonly as?: 'service' | 'login'
}

const INT8 = 20
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}

/**
 * A pool of connections to a PostgreSQL server. Each works as the service role from its first statement on. A login that
 * is a plain member of that role has nothing to go back to; one that owns the tables could `reset role`, so production
 * migrates with the owner and serves with a login of its own.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): Database {
  const { poolSize = 10, statementTimeoutMs = 10_000, connectTimeoutMs = 5_000, as = 'service' } = options
  const pool = createPool(url, {
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types,
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + 2_000 } : {}),
  })
  const session = [
    `set statement_timeout = ${Math.trunc(statementTimeoutMs)}`,
    'set idle_in_transaction_session_timeout = 60000',
    ...(as === 'service' ? [`set role ${SERVICE_ROLE}`] : []),
  ].join('; ')
  const prepared = new WeakSet<pg.PoolClient>()
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))

  const connected = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw failure(error)
    })
    let whole = false
    try {
      if (!prepared.has(client)) await attempt(client.query(session))
      prepared.add(client)
      const result = await work(client)
      whole = true
      return result
    } catch (error) {
      whole = error instanceof RolledBack || !(error instanceof StoreError)
      throw error instanceof RolledBack ? error.reason : error
    } finally {
      client.release(!whole)
    }
  }

  return {
    query: (sql, params) => connected(client => on(client).query(sql, params)),
    exec: script => connected(client => on(client).exec(script)),
    transaction: work => connected(client => within(client, work)),
    close: () => pool.end(),
  }
}

/** A failure after which the connection is known to be idle again. */
class RolledBack {
  readonly reason: unknown
  constructor(reason: unknown) {
    this.reason = reason
  }
}

async function within<T>(client: pg.PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> {
  await attempt(client.query('begin'))
  let result: T
  try {
    result = await work(on(client))
  } catch (error) {
    await attempt(client.query('rollback'))
    throw new RolledBack(error)
  }
  const { command } = await attempt(client.query('commit'))
  if (command !== 'COMMIT') throw unavailable('rolled_back')
  return result
}

const on = (client: pg.PoolClient): Queryable => ({
  query: async <R extends Row>(sql: string, params: readonly Param[] = []) =>
    (await attempt(client.query<R & pg.QueryResultRow>(sql, [...params]))).rows,
  exec: async script => {
    await attempt(client.query(script))
  },
})

async function attempt<T>(running: Promise<T>): Promise<T> {
  try {
    return await running
  } catch (error) {
    throw failure(error)
  }
}

function createPool(url: string, config: pg.PoolConfig): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new OpenError('bad_target', 'the database url must start with `postgres://` or `postgresql://`')
  }
  try {
    new pg.Client({ connectionString: url })
    return new pg.Pool({ connectionString: url, ...config })
  } catch {
    throw new OpenError('bad_target', 'the database url could not be read: expected `postgres://user@host:port/name`')
  }
}
