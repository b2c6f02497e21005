import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'
import { OpenError } from './open-error.ts'
import { openPglite } from './pglite.ts'

/**
 * Opens the embedded database kept in a directory, for this process alone.
 * The lock is the operating system's own, held on an empty SQLite file: it is let go when the process ends, however it
 * ends, and tells true processes from reused numbers, in containers that share a volume too.
 */
export async function openDirectory(path: string): Promise<Database> {
  prepare(path)
  const lock = takeLock(path)
  try {
    const data = join(path, 'postgres')
    if (!existsSync(data)) await createIn(path, data)
    const db = openPglite(data)
    return {
      ...db,
      close: () => db.close().finally(() => lock.isOpen && lock.close()),
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

function prepare(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new OpenError('bad_target', `the data directory \`${path}\` cannot be made or made private (${code})`)
  }
}

/** A new cluster gets its name only when it is whole, so a process killed while making it leaves nothing to trip over. */
async function createIn(path: string, data: string): Promise<void> {
  const unfinished = join(path, 'postgres.new')
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const db = openPglite(unfinished)
  await db.exec('checkpoint')
  await db.close()
  renameSync(unfinished, data)
}

function takeLock(path: string): DatabaseSync {
  const file = new DatabaseSync(join(path, 'lock'))
  try {
    file.exec('pragma locking_mode = exclusive; begin exclusive')
    return file
  } catch {
    file.close()
    throw new OpenError(
      'directory_locked',
      `the data directory \`${path}\` is in use by another process: stop it, or choose another directory`,
    )
  }
}
