import { randomFillSync } from 'node:crypto'

const secrets = randomFillSync(new Int32Array(6))

/** Odd numbers that nobody outside this process knows. INVARIANT: nothing that is hashed with them outlives it. */
const FIRST = (secrets[0] as number) | 1
const SECOND = (secrets[1] as number) | 1
const THIRD = (secrets[2] as number) | 1

const halves = new Int32Array(2)

/** Begins a hash over texts and numbers; `kind` tells apart what may be made of the same. */
export function startHash(kind: number): void {
  halves[0] = (secrets[3] as number) ^ Math.imul(kind + 1, FIRST)
  halves[1] = (secrets[4] as number) + Math.imul(kind + 1, SECOND)
}

/** Takes in a text with its length, so that no two lists of texts are taken in alike. */
export function hashText(text: string): void {
  let a = halves[0] as number
  let b = halves[1] as number
  const { length } = text
  for (let i = 0; i < length; i += 1) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, FIRST)
    b = Math.imul(b + unit, SECOND)
    a = ((a << 15) | (a >>> 17)) ^ b
    b = (b << 11) | (b >>> 21)
  }
  halves[0] = Math.imul(a ^ length, THIRD)
  halves[1] = Math.imul(b + length, THIRD) ^ (a >>> 16)
}

/** What was taken in so far, in two numbers: to go on from, or for another hash to take in. */
export const lowHalf = (): number => halves[0] as number
export const highHalf = (): number => halves[1] as number

/** Goes on from where another hash was. */
export function goOn(low: number, high: number): void {
  halves[0] = low
  halves[1] = high
}

/** Takes in what another hash has taken in. No two pairs of numbers lead on from one hash to the same. */
export function hashHalves(low: number, high: number): void {
  const a = Math.imul((halves[0] as number) ^ low, FIRST)
  const b = Math.imul((halves[1] as number) + high, SECOND)
  const turned = ((a << 15) | (a >>> 17)) ^ b
  halves[0] = Math.imul(turned, THIRD)
  halves[1] = Math.imul((b << 11) | (b >>> 21), THIRD) ^ (turned >>> 16)
}

/** Spreads what came in last over all bits. */
const spread = (h: number): number => {
  const mixed = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 13)
}

/** What was taken in, in 52 bits: a whole number that a double holds exactly. */
export function hashOf(): number {
  const low = spread((halves[0] as number) ^ Math.imul(halves[1] as number, THIRD))
  const high = spread((halves[1] as number) + Math.imul(halves[0] as number, SECOND))
  return (high >>> 12) * 4_294_967_296 + (low >>> 0)
}

/** A text in 32 bits, as a whole number that takes no room. */
export function textHash(text: string): number {
  let h = secrets[5] as number
  for (let i = 0; i < text.length; i += 1) {
    h = Math.imul(h ^ text.charCodeAt(i), FIRST)
    h = (h << 13) | (h >>> 19)
  }
  return spread(Math.imul(h, SECOND))
}

/** Two numbers in 32 bits, likewise. */
export const pairHash = (a: number, b: number): number => spread(Math.imul(a, FIRST) ^ Math.imul(b, SECOND) ^ THIRD)
