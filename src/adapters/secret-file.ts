import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomText } from '../lib/ids.ts'

export interface SecretFile {
  readonly text: string
  /** True when it was made just now. */
  readonly isNew: boolean
  readonly path: string
}

/** The secret in a file of the directory, or `fresh` put there: readable by its owner only, and made once. */
export function secretFile(dir: string, name: string, fresh: string): SecretFile {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, name)
  // Linked into place whole, so that a start that is cut off leaves no empty file behind.
  const made = `${path}.${randomText(6)}`
  try {
    writeFileSync(made, `${fresh}\n`, { mode: 0o600, flag: 'wx' })
    linkSync(made, path)
    return { text: fresh, isNew: true, path }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(made, { force: true })
  }
  chmodSync(path, 0o600)
  return { text: readFileSync(path, 'utf8').trim(), isNew: false, path }
}
