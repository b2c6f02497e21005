import { asTaken, maySit } from '../lib/columns.ts'

/** Numbers each pair of 32-bit numbers, in a few bytes a pair: two columns and an open hash table over them. */
export interface Pairs {
  /** First and second of each pair, by its number. */
  a: Uint32Array
  b: Uint32Array
  /** Numbers given out so far, freed ones included. */
  top: number
  /** Pairs held now. */
  size: number
  /**
   * Hash table of number + 1, or 0 for an empty place. Its length is a power of two, more than any number; the bits above
   * are those of the hash, so that a place taken by another pair is hardly ever looked at twice.
   */
  table: Uint32Array
  /** The freed number to give out next, or -1; the one after it stands in `a`. */
  free: number
  /** Which numbers are held, one bit each; only kept where pairs are removed. */
  held: Uint8Array
}

export const NONE = -1

export function createPairs(): Pairs {
  return {
    a: new Uint32Array(64),
    b: new Uint32Array(64),
    top: 0,
    size: 0,
    table: new Uint32Array(128),
    free: NONE,
    held: new Uint8Array(8),
  }
}

const hash = (a: number, b: number): number => {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** The number of a pair, or NONE. */
export function findPair(pairs: Pairs, a: number, b: number): number {
  const { table } = pairs
  const mask = table.length - 1
  const h = hash(a, b)
  for (let i = h & mask; ; i = (i + 1) & mask) {
    const taken = table[i] as number
    if (taken === 0) return NONE
    if (!maySit(taken, h, mask)) continue
    const id = (taken & mask) - 1
    if (pairs.a[id] === a && pairs.b[id] === b) return id
  }
}

/** The number of a pair, given one if it has none. */
export function addPair(pairs: Pairs, a: number, b: number): number {
  const found = findPair(pairs, a, b)
  if (found !== NONE) return found
  if ((pairs.size + 1) * 4 > pairs.table.length * 3) rehash(pairs)
  let id = pairs.free
  if (id !== NONE) pairs.free = (pairs.a[id] as number) - 1
  else {
    id = pairs.top++
    if (id === pairs.a.length) {
      const size = grown(id)
      pairs.a = widen(pairs.a, size)
      pairs.b = widen(pairs.b, size)
      pairs.held = widenBytes(pairs.held, (size + 7) >>> 3)
    }
  }
  pairs.a[id] = a
  pairs.b[id] = b
  pairs.held[id >>> 3] = bitsOf(pairs, id) | (1 << (id & 7))
  pairs.size++
  place(pairs.table, id, a, b)
  return id
}

/** Frees a pair's number; the numbers of the others stay. */
export function removePair(pairs: Pairs, id: number): void {
  const { table } = pairs
  const mask = table.length - 1
  let hole = hash(pairs.a[id] as number, pairs.b[id] as number) & mask
  while (((table[hole] as number) & mask) !== id + 1) hole = (hole + 1) & mask
  for (let i = (hole + 1) & mask; table[i] !== 0; i = (i + 1) & mask) {
    const other = ((table[i] as number) & mask) - 1
    const home = hash(pairs.a[other] as number, pairs.b[other] as number) & mask
    if (((i - home) & mask) < ((i - hole) & mask)) continue
    table[hole] = table[i] as number
    hole = i
  }
  table[hole] = 0
  pairs.held[id >>> 3] = bitsOf(pairs, id) & ~(1 << (id & 7))
  pairs.a[id] = pairs.free + 1
  pairs.free = id
  pairs.size--
}

/** Whether a number is given out. */
export const isHeld = (pairs: Pairs, id: number): boolean => (bitsOf(pairs, id) & (1 << (id & 7))) !== 0

const bitsOf = ({ held }: Pairs, id: number): number => held[id >>> 3] as number

function place(table: Uint32Array, id: number, a: number, b: number): void {
  const mask = table.length - 1
  const h = hash(a, b)
  let i = h & mask
  while (table[i] !== 0) i = (i + 1) & mask
  table[i] = asTaken(id, h, mask)
}

function rehash(pairs: Pairs): void {
  const table = new Uint32Array(pairs.table.length * 2)
  for (let id = 0; id < pairs.top; id++) {
    if (isHeld(pairs, id)) place(table, id, pairs.a[id] as number, pairs.b[id] as number)
  }
  pairs.table = table
}

export const bytesOfPairs = (p: Pairs): number =>
  p.a.byteLength + p.b.byteLength + p.table.byteLength + p.held.byteLength

/** The next capacity of a column: half as much again while it is small, an eighth more once copying is cheaper than room. */
export const grown = (size: number): number =>
  Math.max(64, size + (size >>> (size < 4_096 ? 1 : size < 65_536 ? 2 : 3)))

export function widen(column: Uint32Array, size: number): Uint32Array {
  const wider = new Uint32Array(size)
  wider.set(column)
  return wider
}

function widenBytes(column: Uint8Array, size: number): Uint8Array {
  const wider = new Uint8Array(size)
  wider.set(column)
  return wider
}
