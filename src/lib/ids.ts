import { hash, randomBytes, randomUUID } from 'node:crypto'

/** `<prefix>_` and 12 hex digits of time, 20 of chance: sorts by time, never repeats. */
export function timedId(prefix: string, at: number): string {
  const chance = randomUUID()
  const time = at.toString(16).padStart(12, '0')
  return `${prefix}_${time}${chance.slice(0, 8)}${chance.slice(24)}`
}

/** `bytes` random bytes in base64url; 32 bytes make 43 characters. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')

export const sha256 = (text: string): string => hash('sha256', text)
