/** No number. */
export const NONE = -1

/**
 * Numbers that are found by what they stand for: an open hash table of number + 1, or 0 for an empty seat. The bits above
 * are those of the hash, so that what another number stands for is hardly ever looked at.
 */
export interface Seats {
  /** Its length is a power of two, more than any number it holds. */
  taken: Int32Array
  size: number
}

/** Tells the hash of a number that has a seat. */
export type HashOf = (number: number) => number

export const createSeats = (): Seats => ({ taken: new Int32Array(64), size: 0 })

/** Gives a number its seat. INVARIANT: it has none yet, and `hashOf` answers for it too. */
export function seat(seats: Seats, number: number, hashOf: HashOf): void {
  while (isFull(seats) || number + 1 >= seats.taken.length) addSeats(seats, hashOf)
  sit(seats.taken, number, hashOf(number))
  seats.size += 1
}

/** Whether there must be more seats before one more is taken. */
export const isFull = ({ size, taken }: Seats): boolean => (size + 1) * 4 > taken.length * 3

export function addSeats(seats: Seats, hashOf: HashOf): void {
  const before = seats.taken
  const mask = before.length - 1
  seats.taken = new Int32Array(before.length * 2)
  for (let i = 0; i <= mask; i += 1) {
    const number = ((before[i] as number) & mask) - 1
    if (number >= 0) sit(seats.taken, number, hashOf(number))
  }
}

/** What stands on the seat of a number with that hash. */
export const asTaken = (number: number, hash: number, mask: number): number => (hash & ~mask) | (number + 1)

/** Whether a number with that hash may sit there. */
export const maySit = (taken: number, hash: number, mask: number): boolean => ((taken ^ hash) & ~mask) === 0

function sit(taken: Int32Array, number: number, hash: number): void {
  const mask = taken.length - 1
  let i = hash & mask
  while (taken[i] !== 0) i = (i + 1) & mask
  taken[i] = asTaken(number, hash, mask)
}

/** Takes a number's seat away; whoever had to sit further on for it moves up. */
export function unseat(seats: Seats, number: number, hashOf: HashOf): void {
  const { taken } = seats
  const mask = taken.length - 1
  let hole = hashOf(number) & mask
  while (((taken[hole] as number) & mask) !== number + 1) hole = (hole + 1) & mask
  for (let i = (hole + 1) & mask; taken[i] !== 0; i = (i + 1) & mask) {
    const home = hashOf(((taken[i] as number) & mask) - 1) & mask
    if (((i - home) & mask) < ((i - hole) & mask)) continue
    taken[hole] = taken[i] as number
    hole = i
  }
  taken[hole] = 0
  seats.size -= 1
}

/** The next length of a column: half as much again while it is short, an eighth once little of it may be empty. */
export const longer = (length: number): number =>
  Math.max(64, length + (length >>> (length < 4_096 ? 1 : length < 16_384 ? 2 : 3)))

export function lengthened(column: Int32Array, length: number): Int32Array {
  const made = new Int32Array(length)
  made.set(column)
  return made
}
