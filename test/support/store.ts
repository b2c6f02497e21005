import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MIGRATIONS } from '../../src/adapters/sql/migrations/all.ts'
import { openStore } from '../../src/adapters/store.ts'
import type { Store } from '../../src/facts/store.ts'

const MODULES = resolve(import.meta.dirname, '../../node_modules')
const PGLITE = readFileSync(join(MODULES, '@electric-sql/pglite/package.json'))
const AGE = createHash('sha256').update(PGLITE).update(JSON.stringify(MIGRATIONS)).digest('hex').slice(0, 16)

/**
 * A data directory with an empty, migrated database, removed when the process ends. Making one takes seconds of computing;
 * it is made once for a release of PGlite and a set of migrations, and copied from then on. `within`: its place in the
 * directory.
 */
export async function dataDirectory(within = ''): Promise<string> {
  const template = join(MODULES, '.cache', `lumoauth-data-${AGE}`)
  if (!existsSync(template)) await makeTemplate(template)
  const made = mkdtempSync(join(tmpdir(), 'lumoauth-data-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  cpSync(template, join(made, within), { recursive: true })
  return made
}

/** A store of its own for a test, on a database like that of a directory in production. */
export async function openTestStore(): Promise<Store> {
  return openStore({ kind: 'directory', path: await dataDirectory() })
}

async function makeTemplate(template: string): Promise<void> {
  mkdirSync(join(MODULES, '.cache'), { recursive: true })
  const mine = mkdtempSync(`${template}-`)
  const store = await openStore({ kind: 'directory', path: mine })
  await store.close()
  try {
    renameSync(mine, template)
  } catch (error) {
    rmSync(mine, { recursive: true, force: true })
    if (!existsSync(template)) throw error
  }
}
