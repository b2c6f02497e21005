import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Runs statements on a connection of its own and answers the rows of the last. */
export async function sql(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = await connected(url)
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

const STARTING = '57P03'

/** A cluster that takes connections may still be starting up, for long on a busy machine. */
async function connected(url: string): Promise<pg.Client> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return client
    } catch (error) {
      const starting = error instanceof Error && 'code' in error && error.code === STARTING
      if (!starting || Date.now() > end) throw error
    }
  }
}

let made = 0

/** A new database on the cluster of `url`, by its superuser, owned by `owner`; answers its URL. */
export async function newDatabase(url: string, owner = 'postgres'): Promise<string> {
  made += 1
  const name = `test_${process.pid}_${made}`
  await sql(url, `create database ${name} owner ${owner}`)
  return asDatabase(url, name)
}

function asDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

/** The same database, entered as another role. */
export function asLogin(url: string, role: string, password: string): string {
  const changed = new URL(url)
  changed.username = role
  changed.password = password
  return changed.href
}
