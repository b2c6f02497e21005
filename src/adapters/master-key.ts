import { type MasterKey, newMasterKeyText, readMasterKey } from '../lib/master-key.ts'
import { secretFile } from './secret-file.ts'

export interface MasterKeyPlace {
  /** The setting. */
  readonly masterKey: string | null
  readonly databaseUrl: string | null
  readonly dataDir: string | null
}

/** From the setting, or from a file beside the embedded database. Null on a server's database: its nodes must share one. */
export function masterKeyFrom({ masterKey, databaseUrl, dataDir }: MasterKeyPlace): MasterKey | null {
  if (masterKey !== null) return readMasterKey(masterKey)
  if (databaseUrl !== null) return null
  const fresh = newMasterKeyText()
  if (dataDir === null) return readMasterKey(fresh)
  const kept = secretFile(dataDir, 'master-key', fresh)
  const read = readMasterKey(kept.text)
  if (read === null) throw new Error(`\`${kept.path}\` holds no key of 32 bytes; restore it from a backup`)
  return read
}
