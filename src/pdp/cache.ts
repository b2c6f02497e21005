import { placeOf } from '../engine/asking.ts'
import type { Concern } from '../engine/candidates.ts'
import { type Residual, residualOf } from '../engine/residual.ts'
import type { CellKey } from '../facts/cells.ts'
import { createSeats, lengthened, longer, maySit, NONE, type Seats, seat, unseat } from '../lib/columns.ts'
import { pairHash } from '../lib/seeded.ts'
import type { Answer } from '../policy/question.ts'
import {
  concernOf,
  createKeys,
  dropKey,
  findKey,
  KEY,
  type Keyed,
  type Keys,
  linkOf,
  useKey,
} from './residuals/keys.ts'
import { addRead, createReads, dropReads, type Reads, readerOf, readsBytes } from './residuals/reads.ts'
import {
  answersOf,
  createShapes,
  dropShape,
  forgetCourses,
  leftOf,
  ownAnswers,
  ownBytes,
  recentOf,
  type Shapes,
  useShape,
} from './residuals/shapes.ts'

/**
 * Residuals of one org. A write drops exactly those that read a place it touches, publishing those that a rule may concern which
 * it changes.
 * INVARIANT: an entry is stored in the same turn in which its facts were read, so no write comes between; and each is what the
 * present policy set and model leave.
 */
export interface ResidualCache {
  get(link: Keyed): Residual | undefined
  /** Keeps a residual that was specialized, with the places it was read from. */
  set(residual: Residual, cells: readonly CellKey[]): void
  touch(cell: CellKey): void
  /** Rules have changed: drops what they may concern. */
  revise(isConcerned: (concern: Concern) => boolean): void
  clear(): void
  readonly size: number
  /** An estimate of the memory held. */
  readonly bytes: number
  /** How many names are held, for the keys of all. */
  readonly names: number
}

/** How often what was asked was in a cache. */
export interface CacheUse {
  hits: number
  misses: number
}

/** What the residuals of an org may take: some hundred thousand of them. */
const RESIDUAL_BYTES = 32_000_000

/** Residuals whose reads are so wide that noting each would cost more than computing them again. */
const WIDEST = 2_000

/** Columns of an entry: its key, the number of its shape or NONE where the row is free, and the last of its reads. */
const ROW = KEY + 2
const SHAPE = KEY
const READ = KEY + 1
/** The columns, what it keeps of answers, its heat, its seat. */
const ROW_BYTES = ROW * 4 + 8 + 1 + 8

/** How often the hand may pass an entry that is asked for again and again. */
const HOTTEST = 3
/** Beside its heat: what it keeps of answers is not its own. */
const SHARED = 4
const heatOf = (marks: number): number => marks & HOTTEST

/** Residuals as they were last given out, so that what is asked most is not made of its parts again: no more than this. */
const SHOWN = 4_096
const SHOWN_BYTES = 500

interface Entries {
  rows: Int32Array
  heat: Uint8Array
  readonly own: (readonly Answer[] | null)[]
  readonly seats: Seats
  top: number
  free: number
  hand: number
  ownBytes: number
  readonly keys: Keys
  readonly reads: Reads
  readonly shapes: Shapes
  /** By the last bits of an entry's number, with the number. */
  shown: (Residual | undefined)[]
  shownOf: Int32Array
  shownCount: number
}

const roomToShow = (length: number) => ({
  shown: new Array<Residual | undefined>(length).fill(undefined),
  shownOf: new Int32Array(length).fill(NONE),
  shownCount: 0,
})

const createEntries = (): Entries => ({
  rows: new Int32Array(64 * ROW),
  heat: new Uint8Array(64),
  own: [],
  seats: createSeats(),
  top: 0,
  free: NONE,
  hand: 0,
  ownBytes: 0,
  keys: createKeys(),
  reads: createReads(),
  shapes: createShapes(),
  ...roomToShow(64),
})

const key = new Int32Array(KEY)

function hashOf(row: Int32Array, from: number): number {
  const who = pairHash(row[from + 1] as number, row[from + 4] as number)
  const what = pairHash(row[from + 2] as number, row[from + 5] as number)
  return pairHash(who ^ (row[from] as number), what ^ ((row[from + 3] as number) << 8))
}

const hashIn = (e: Entries) => (entry: number) => hashOf(e.rows, entry * ROW)

/** The entry of a key that stands in `key`. */
function find({ rows, seats }: Entries): number {
  const { taken } = seats
  const mask = taken.length - 1
  const hash = hashOf(key, 0)
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (!maySit(one, hash, mask)) continue
    const entry = (one & mask) - 1
    const at = entry * ROW
    if (
      rows[at + 4] === key[4] &&
      rows[at + 1] === key[1] &&
      rows[at + 2] === key[2] &&
      rows[at] === key[0] &&
      rows[at + 3] === key[3] &&
      rows[at + 5] === key[5]
    ) {
      return entry
    }
  }
}

function drop(e: Entries, entry: number): void {
  const at = entry * ROW
  unseat(e.seats, entry, hashIn(e))
  dropReads(e.reads, e.rows[at + READ] as number)
  dropShape(e.shapes, e.rows[at + SHAPE] as number)
  dropKey(e.keys, e.rows, at)
  if ((e.heat[entry] as number) < SHARED) e.ownBytes -= ownBytes(e.own[entry] ?? null)
  e.own[entry] = null
  e.rows[at + SHAPE] = NONE
  e.rows[at + READ] = e.free
  e.free = entry
  hide(e, entry)
}

function hide(e: Entries, entry: number): void {
  const slot = entry & (e.shownOf.length - 1)
  if (e.shownOf[slot] !== entry) return
  e.shownOf[slot] = NONE
  e.shown[slot] = undefined
  e.shownCount -= 1
}

function add(e: Entries, residual: Residual, cells: readonly CellKey[]): void {
  let entry = e.free
  if (entry === NONE) entry = e.top++
  else e.free = e.rows[entry * ROW + READ] as number
  if (entry * ROW === e.rows.length) {
    const length = longer(entry)
    e.rows = lengthened(e.rows, length * ROW)
    const heat = new Uint8Array(length)
    heat.set(e.heat)
    e.heat = heat
  }
  const at = entry * ROW
  e.rows.set(key, at)
  const shape = useShape(e.shapes, residual)
  e.rows[at + SHAPE] = shape
  let last = NONE
  for (const cell of cells) last = addRead(e.reads, entry, cell, last)
  e.rows[at + READ] = last
  const shared = recentOf(e.shapes, shape)
  const own = ownAnswers(e.shapes, shape, residual.answers)
  e.own[entry] = own
  e.heat[entry] = own === shared ? SHARED : 0
  if (own !== shared) e.ownBytes += ownBytes(own)
  seat(e.seats, entry, hashIn(e))
}

/** The hand goes round: what was asked for since it came by stays, each time a little less. */
function evictOne(e: Entries): void {
  for (let entry = turn(e); ; entry = turn(e)) {
    const heat = e.heat[entry] as number
    if (heatOf(heat) > 0) e.heat[entry] = heat - 1
    else if (e.rows[entry * ROW + SHAPE] !== NONE) {
      drop(e, entry)
      return
    }
  }
}

function turn(e: Entries): number {
  const entry = e.hand
  e.hand = entry + 1 >= e.top ? 0 : entry + 1
  return entry
}

const bytesOf = (e: Entries): number =>
  e.seats.size * ROW_BYTES +
  e.ownBytes +
  e.keys.texts.bytes +
  e.keys.chains.seats.size * 20 +
  readsBytes(e.reads) +
  e.shapes.bytes +
  e.shownCount * SHOWN_BYTES

function show(e: Entries, entry: number, link: Keyed): Residual {
  if (e.top > e.shown.length && e.shown.length < SHOWN) Object.assign(e, roomToShow(e.shown.length * 4))
  const slot = entry & (e.shownOf.length - 1)
  if (e.shownOf[slot] === entry) return e.shown[slot] as Residual
  const shape = e.rows[entry * ROW + SHAPE] as number
  const left = leftOf(e.shapes, shape)
  const own = placeOf(left.org, linkOf(link)).link
  const residual = residualOf(own, left, answersOf(e.shapes, shape, e.own[entry] ?? null))
  if (e.shownOf[slot] === NONE) e.shownCount += 1
  e.shownOf[slot] = entry
  e.shown[slot] = residual
  return residual
}

/** `budget`: what it may take in bytes, as it counts them itself. */
export function createResidualCache(budget = RESIDUAL_BYTES): ResidualCache {
  let e = createEntries()

  const shrink = (to: number): void => {
    while (e.seats.size > 0 && bytesOf(e) > to) evictOne(e)
  }

  return {
    get(link) {
      if (!findKey(e.keys, link, key)) return undefined
      const entry = find(e)
      if (entry === NONE) return undefined
      const heat = e.heat[entry] as number
      if (heatOf(heat) < HOTTEST) e.heat[entry] = heat + 1
      return show(e, entry, link)
    },
    set(residual, cells) {
      if (cells.length > WIDEST) return
      shrink(budget)
      if (!useKey(e.keys, residual.link, key)) return
      const before = find(e)
      if (before !== NONE) drop(e, before)
      add(e, residual, cells)
    },
    touch(cell) {
      for (let entry = readerOf(e.reads, cell); entry !== NONE; entry = readerOf(e.reads, cell)) drop(e, entry)
    },
    revise(isConcerned) {
      for (let entry = 0; entry < e.top; entry += 1) {
        if (e.rows[entry * ROW + SHAPE] !== NONE && isConcerned(concernOf(e.keys, e.rows, entry * ROW))) drop(e, entry)
      }
      forgetCourses(e.shapes)
    },
    clear() {
      e = createEntries()
    },
    get size() {
      return e.seats.size
    },
    get bytes() {
      return bytesOf(e)
    },
    get names() {
      return e.keys.texts.seats.size + e.keys.chains.seats.size
    },
  }
}
