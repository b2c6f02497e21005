import { createSeats, lengthened, longer, maySit, NONE, type Seats, seat, unseat } from '../../lib/columns.ts'
import { pairHash } from '../../lib/seeded.ts'
import { dropText, type Texts } from '../../lib/texts.ts'

/**
 * Numbers for lists of words, from 1 up: each is a shorter list and one word more, and 0 is the empty one. A word from 1
 * up is a text's number, one below is a mark. INVARIANT: a list in use uses its text and the list it goes on from.
 */
export interface Chains {
  befores: Int32Array
  words: Int32Array
  uses: Int32Array
  top: number
  readonly seats: Seats
  free: number
}

export const EMPTY = 0

export const createChains = (): Chains => ({
  befores: new Int32Array(64),
  words: new Int32Array(64),
  uses: new Int32Array(64),
  top: 1,
  seats: createSeats(),
  free: NONE,
})

const hashIn = (c: Chains) => (number: number) => pairHash(c.befores[number] as number, c.words[number] as number)

export function findChain({ seats, befores, words }: Chains, before: number, word: number): number {
  const { taken } = seats
  const mask = taken.length - 1
  const hash = pairHash(before, word)
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (!maySit(one, hash, mask)) continue
    const number = (one & mask) - 1
    if (befores[number] === before && words[number] === word) return number
  }
}

/** A list that is not there yet; it takes over a use of its text, and nothing uses it so far. */
export function addChain(c: Chains, before: number, word: number): number {
  let number = c.free
  if (number === NONE) number = c.top++
  else c.free = c.befores[number] as number
  if (number === c.befores.length) {
    const length = longer(number)
    c.befores = lengthened(c.befores, length)
    c.words = lengthened(c.words, length)
    c.uses = lengthened(c.uses, length)
  }
  c.befores[number] = before
  c.words[number] = word
  c.uses[number] = 0
  seat(c.seats, number, hashIn(c))
  useChain(c, before)
  return number
}

export function useChain(c: Chains, number: number): void {
  if (number !== EMPTY) c.uses[number] = (c.uses[number] as number) + 1
}

/** Takes back one use; a list that nothing uses is gone, and what it used is one use less. */
export function dropChain(c: Chains, texts: Texts, number: number): void {
  for (let one = number; one !== EMPTY; ) {
    const left = (c.uses[one] as number) - 1
    c.uses[one] = left
    if (left > 0) return
    const before = c.befores[one] as number
    const word = c.words[one] as number
    unseat(c.seats, one, hashIn(c))
    if (word > 0) dropText(texts, word)
    c.befores[one] = c.free
    c.free = one
    one = before
  }
}
