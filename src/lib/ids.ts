import { hash, randomBytes } from 'node:crypto'

/** Hex digits of chance in an id. */
const CHANCE = 20
const POOL = 10_240

let pool = ''
let used = 0

/** So many hex digits of chance, drawn for many at once: a draw costs as much as ten ids. Each digit is given out once. */
export function chance(digits: number): string {
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

/**
 * Ids that are made one after another for one instant. They begin alike and end with their number, two hex digits: whoever
 * writes many of them down need say what they begin with once.
 */
export interface Run {
  readonly head: string
  readonly at: number
  made: number
}

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

const runs = new Map<string, Run>()

/** The run that the next id for an instant is of. Its ids look like those of `timedId`, and never repeat either. */
export function runAt(prefix: string, at: number): Run {
  const last = runs.get(prefix)
  if (last !== undefined && last.at === at && last.made < PAIRS.length) return last
  const run = { head: `${prefix}_${timeDigits(at)}${chance(CHANCE - 2)}`, at, made: 0 }
  runs.set(prefix, run)
  return run
}

export const nextIn = (run: Run): string => run.head + PAIRS[run.made++]

/** The id that was made in its run so many after another. INVARIANT: that one was made by `nextIn`. */
export const idAfter = (id: string, steps: number): string =>
  id.slice(0, -2) + PAIRS[Number.parseInt(id.slice(-2), 16) + steps]

/** 128 bits of chance, in hex: what is sealed with it cannot be guessed. */
export const salt = (): string => chance(32)

/** `bytes` random bytes in base64url; 32 bytes make 43 characters. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')

export const sha256 = (text: string): string => hash('sha256', text)
