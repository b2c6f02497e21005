import { hash, randomBytes } from 'node:crypto'

/** Hex digits of chance in an id. */
const CHANCE = 20
const POOL = 64 * CHANCE

let pool = ''
let used = 0

/** Chance is drawn for many ids at once: a draw costs as much as ten ids. Each digit is given out once. */
function chance(): string {
  if (used === pool.length) {
    pool = randomBytes(POOL / 2).toString('hex')
    used = 0
  }
  used += CHANCE
  return pool.slice(used - CHANCE, used)
}

let lastTime = Number.NaN
let lastDigits = ''

function timeDigits(at: number): string {
  if (at !== lastTime) {
    lastDigits = at.toString(16).padStart(12, '0')
    lastTime = at
  }
  return lastDigits
}

/** `<prefix>_` and 12 hex digits of time, 20 of chance: sorts by time, never repeats. */
export function timedId(prefix: string, at: number): string {
  return `${prefix}_${timeDigits(at)}${chance()}`
}

/** `bytes` random bytes in base64url; 32 bytes make 43 characters. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')

export const sha256 = (text: string): string => hash('sha256', text)
