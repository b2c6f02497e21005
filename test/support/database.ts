import pg from 'pg'

/** Runs statements on a connection of its own and answers the rows of the last. */
export async function sql(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
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
