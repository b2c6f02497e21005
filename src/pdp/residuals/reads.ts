import type { CellKey } from '../../facts/cells.ts'
import {
  addSeats,
  asTaken,
  createSeats,
  isFull,
  lengthened,
  longer,
  maySit,
  NONE,
  type Seats,
  unseat,
} from '../../lib/columns.ts'
import { pairHash } from '../../lib/seeded.ts'

/**
 * Which entries read which cells. A read is one row of `reads`: the entry, the entry's next read, and the reads before
 * and after it in its cell; the first of a cell has the cell before it, as -2 and below. So whatever is taken out is taken
 * out without a search, however many have read the same cell.
 */
export interface Reads {
  reads: Int32Array
  top: number
  free: number
  /** Low half of a cell's key, high half, and its first read. Of a row that is free: the free row after it. */
  cells: Int32Array
  cellTop: number
  cellFree: number
  readonly seats: Seats
  /** Reads there are. */
  size: number
}

/** Columns of a read. */
const READ = 4
const NEXT_OF_ENTRY = 1
const BEFORE = 2
const AFTER = 3
/** Columns of a cell. */
const CELL = 3
const HIGH = 1
const FIRST = 2

export const createReads = (): Reads => ({
  reads: new Int32Array(64 * READ),
  top: 0,
  free: NONE,
  cells: new Int32Array(64 * CELL),
  cellTop: 0,
  cellFree: NONE,
  seats: createSeats(),
  size: 0,
})

/** A cell as what stands before its first read, and back. */
const asBefore = (cell: number): number => -2 - cell

const hashIn = (r: Reads) => (cell: number) =>
  pairHash(r.cells[cell * CELL] as number, r.cells[cell * CELL + HIGH] as number)

const lowOf = (key: CellKey): number => key | 0
const highOf = (key: CellKey): number => Math.floor(key / 4_294_967_296) | 0

function findCell({ seats, cells }: Reads, low: number, high: number): number {
  const { taken } = seats
  const mask = taken.length - 1
  const hash = pairHash(low, high)
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (!maySit(one, hash, mask)) continue
    const cell = (one & mask) - 1
    if (cells[cell * CELL] === low && cells[cell * CELL + HIGH] === high) return cell
  }
}

/** The cell of a key, made where there is none. */
function useCell(r: Reads, low: number, high: number): number {
  if (isFull(r.seats)) addSeats(r.seats, hashIn(r))
  const { taken } = r.seats
  const mask = taken.length - 1
  const hash = pairHash(low, high)
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) {
      const made = addCell(r, low, high)
      taken[i] = asTaken(made, hash, mask)
      r.seats.size += 1
      return made
    }
    if (!maySit(one, hash, mask)) continue
    const cell = (one & mask) - 1
    if (r.cells[cell * CELL] === low && r.cells[cell * CELL + HIGH] === high) return cell
  }
}

function addCell(r: Reads, low: number, high: number): number {
  let cell = r.cellFree
  if (cell === NONE) cell = r.cellTop++
  else r.cellFree = r.cells[cell * CELL + FIRST] as number
  if (cell * CELL === r.cells.length) r.cells = lengthened(r.cells, longer(cell) * CELL)
  r.cells[cell * CELL] = low
  r.cells[cell * CELL + HIGH] = high
  r.cells[cell * CELL + FIRST] = NONE
  return cell
}

/**
 * Notes that an entry read a cell; `others` is the last read noted of it, or NONE, and the new last is answered. All reads
 * of an entry are noted at one go, so one that is first in its cell is there already.
 */
export function addRead(r: Reads, entry: number, key: CellKey, others: number): number {
  const cell = useCell(r, lowOf(key), highOf(key))
  const first = r.cells[cell * CELL + FIRST] as number
  if (first !== NONE && r.reads[first * READ] === entry) return others
  let read = r.free
  if (read === NONE) read = r.top++
  else r.free = r.reads[read * READ] as number
  if (read * READ === r.reads.length) r.reads = lengthened(r.reads, longer(read) * READ)
  const { reads } = r
  reads[read * READ] = entry
  reads[read * READ + NEXT_OF_ENTRY] = others
  reads[read * READ + BEFORE] = asBefore(cell)
  reads[read * READ + AFTER] = first
  if (first !== NONE) reads[first * READ + BEFORE] = read
  r.cells[cell * CELL + FIRST] = read
  r.size += 1
  return read
}

/** Takes out all reads of an entry, by the last that was noted. */
export function dropReads(r: Reads, last: number): void {
  const { reads, cells } = r
  for (let read = last; read !== NONE; ) {
    const at = read * READ
    const next = reads[at + NEXT_OF_ENTRY] as number
    const before = reads[at + BEFORE] as number
    const after = reads[at + AFTER] as number
    if (before >= 0) reads[before * READ + AFTER] = after
    else if (after === NONE) dropCell(r, asBefore(before))
    else cells[asBefore(before) * CELL + FIRST] = after
    if (after !== NONE) reads[after * READ + BEFORE] = before
    reads[at] = r.free
    r.free = read
    r.size -= 1
    read = next
  }
}

function dropCell(r: Reads, cell: number): void {
  unseat(r.seats, cell, hashIn(r))
  r.cells[cell * CELL + FIRST] = r.cellFree
  r.cellFree = cell
}

/** Some entry that read a cell, or NONE. */
export function readerOf(r: Reads, key: CellKey): number {
  const cell = findCell(r, lowOf(key), highOf(key))
  return cell === NONE ? NONE : (r.reads[(r.cells[cell * CELL + FIRST] as number) * READ] as number)
}

/** What one read takes, with its share of cells that nobody else read, and what those take. */
export const readsBytes = ({ size, seats }: Reads): number => size * READ * 4 + seats.size * (CELL * 4 + 8)
