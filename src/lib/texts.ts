import { createSeats, lengthened, longer, maySit, NONE, type Seats, seat, unseat } from './columns.ts'
import { textHash } from './seeded.ts'

/**
 * Numbers for texts, from 1 up, each for as long as something uses it. Texts are told apart unit by unit, whatever they
 * hold.
 */
export interface Texts {
  texts: (string | null)[]
  /** Of a number that is free: the free one after it. */
  hashes: Int32Array
  uses: Int32Array
  readonly seats: Seats
  free: number
  /** What the texts in use take, with their places. */
  bytes: number
}

export const createTexts = (): Texts => ({
  texts: [null],
  hashes: new Int32Array(64),
  uses: new Int32Array(64),
  seats: createSeats(),
  free: NONE,
  bytes: 0,
})

/** Columns, a seat, and the text with its header. */
const PLACE = 24
const HEADER = 20

const weigh = (text: string): number => PLACE + HEADER + text.length * (/[^\0-\xff]/.test(text) ? 2 : 1)

/** The number of a text, or NONE where nothing uses it. */
export const findText = (t: Texts, text: string): number => look(t, text, textHash(text))

function look({ seats, hashes, texts }: Texts, text: string, hash: number): number {
  const { taken } = seats
  const mask = taken.length - 1
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (!maySit(one, hash, mask)) continue
    const number = (one & mask) - 1
    if (hashes[number] === hash && texts[number] === text) return number
  }
}

/** The number of a text, used once more. */
export function useText(t: Texts, text: string): number {
  const hash = textHash(text)
  const known = look(t, text, hash)
  const number = known === NONE ? give(t, text, hash) : known
  t.uses[number] = (t.uses[number] as number) + 1
  return number
}

function give(t: Texts, text: string, hash: number): number {
  let number = t.free
  if (number === NONE) number = t.texts.length
  else t.free = t.hashes[number] as number
  if (number === t.hashes.length) {
    t.hashes = lengthened(t.hashes, longer(number))
    t.uses = lengthened(t.uses, longer(number))
  }
  t.texts[number] = text
  t.hashes[number] = hash
  seat(t.seats, number, one => t.hashes[one] as number)
  t.bytes += weigh(text)
  return number
}

/** Takes back one use; with the last, the number is free for another text. */
export function dropText(t: Texts, number: number): void {
  const left = (t.uses[number] as number) - 1
  t.uses[number] = left
  if (left > 0) return
  unseat(t.seats, number, one => t.hashes[one] as number)
  t.bytes -= weigh(t.texts[number] as string)
  t.texts[number] = null
  t.hashes[number] = t.free
  t.free = number
}
