import { hash, randomBytes } from 'node:crypto'

/** Hex digits of chance in an id. */
const CHANCE = 20
const POOL = 10_240

let pool = ''
let used = 0

/** Chance is drawn for many at once: a draw costs as much as ten ids. Each digit is given out once. */
function chance(digits: number): string {
  if (used + digits > pool.length) {
    pool = randomBytes(POOL / 2).toString('hex')
    used = 0
  }
  used += digits
  return pool.slice(used - digits, used)
}

interface Rendered {
  at: number
  digits: string
}

/** Ids are made in turns for the instant and for the second it lies in: each has a place of its own. */
const instant: Rendered = { at: Number.NaN, digits: '' }
const second: Rendered = { at: Number.NaN, digits: '' }

function timeDigits(at: number): string {
  const last = at % 1_000 === 0 ? second : instant
  if (at !== last.at) {
    last.digits = at.toString(16).padStart(12, '0')
    last.at = at
  }
  return last.digits
}

/** `<prefix>_` and 12 hex digits of time, 20 of chance: sorts by time, never repeats. */
export function timedId(prefix: string, at: number): string {
  return `${prefix}_${timeDigits(at)}${chance(CHANCE)}`
}

/** 128 bits of chance, in hex: what is sealed with it cannot be guessed. */
export const salt = (): string => chance(32)

/** `bytes` random bytes in base64url; 32 bytes make 43 characters. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')

export const sha256 = (text: string): string => hash('sha256', text)
