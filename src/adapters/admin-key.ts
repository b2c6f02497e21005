import { randomText } from '../lib/ids.ts'
import { secretFile } from './secret-file.ts'

export interface AdminKey {
  readonly text: string
  /** True when it was made just now, and is to be shown. */
  readonly isNew: boolean
  /** Where it is kept; null when it is kept nowhere. */
  readonly path: string | null
}

/** The instance's bootstrap key: read from `DATA_DIR/admin-key`, or made there, readable by its owner only. */
export function adminKeyIn(dataDir: string | null): AdminKey {
  const text = `lmk_${randomText(32)}`
  if (dataDir === null) return { text, isNew: true, path: null }
  const kept = secretFile(dataDir, 'admin-key', text)
  if (kept.text.length < 32) throw new Error(`\`${kept.path}\` holds no key; remove it to have a new one made`)
  return kept
}
