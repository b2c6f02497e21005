import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomText } from '../lib/ids.ts'

export interface AdminKey {
  readonly text: string
  /** True when it was made just now, and is to be shown. */
  readonly isNew: boolean
  /** Where it is kept; null when it is kept nowhere. */
  readonly path: string | null
}

/** The instance's bootstrap key: read from `DATA_DIR/admin-key`, or made there, readable by its owner only. */
export function adminKeyIn(dataDir: string | null): AdminKey {
  if (dataDir === null) return { text: `lmk_${randomText(32)}`, isNew: true, path: null }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'admin-key')
  const text = `lmk_${randomText(32)}`
  // Linked into place whole, so that a start that is cut off leaves no empty file behind.
  const made = `${path}.${randomText(6)}`
  try {
    writeFileSync(made, `${text}\n`, { mode: 0o600, flag: 'wx' })
    linkSync(made, path)
    return { text, isNew: true, path }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(made, { force: true })
  }
  chmodSync(path, 0o600)
  const kept = readFileSync(path, 'utf8').trim()
  if (kept.length < 32) throw new Error(`\`${path}\` holds no key; remove it to have a new one made`)
  return { text: kept, isNew: false, path }
}
