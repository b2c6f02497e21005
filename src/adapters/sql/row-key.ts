import { sha256 } from '../../lib/ids.ts'

/** The key of a row that is named by texts of any length: a digest of them, in the form of a UUID. */
export function rowKey(...parts: readonly string[]): string {
  const hex = sha256(JSON.stringify(parts))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
