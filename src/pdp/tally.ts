import { hash, randomBytes } from 'node:crypto'
import type { StoredTuple } from '../facts/store.ts'

/** Tuples as they are read, page by page, as often as they are asked for. */
export type Pages = () => AsyncIterable<readonly StoredTuple[]>

/** What tells two readings of the same tuples from others, in little memory however many they are. */
interface Tally {
  add(tuple: StoredTuple): void
  readonly count: number
  /** Of each bucket: how many tuples fell into it, and 96 bits of all their hashes. */
  readonly counts: Uint32Array
  readonly sums: Uint32Array
}

const BUCKETS = 4_096
const WORDS = 3
/** Tuples of one side that are held at once to tell which differ. */
const HELD = 50_000

export const tupleKey = ({ object, relation, user }: Pick<StoredTuple, 'object' | 'relation' | 'user'>): string =>
  JSON.stringify([object, relation, user])

/** A tuple as a text, whatever the order of its context's members. */
export const tuplePrint = (tuple: StoredTuple): string => `${tupleKey(tuple)}${JSON.stringify(sorted(tuple.condition))}`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
}

/** Hashed behind a secret of their own, so that nobody can choose tuples whose hashes cancel out. */
type Hasher = (tuple: StoredTuple) => Buffer

function createHasher(): Hasher {
  const secret = randomBytes(16).toString('hex')
  return tuple => hash('sha256', secret + tuplePrint(tuple), 'buffer')
}

const bucketOf = (hashed: Buffer): number => hashed.readUInt16BE(0) % BUCKETS

function createTally(hasher: Hasher): Tally {
  const counts = new Uint32Array(BUCKETS)
  const sums = new Uint32Array(BUCKETS * WORDS)
  let count = 0
  return {
    counts,
    sums,
    add(tuple) {
      const hashed = hasher(tuple)
      const bucket = bucketOf(hashed)
      count += 1
      counts[bucket] = (counts[bucket] ?? 0) + 1
      for (let word = 0; word < WORDS; word++) {
        const at = bucket * WORDS + word
        sums[at] = (sums[at] ?? 0) ^ hashed.readUInt32BE(4 + word * 4)
      }
    },
    get count() {
      return count
    },
  }
}

/** What only one of the two has, a part at a time. */
export interface Difference {
  readonly onlyHere: readonly StoredTuple[]
  readonly onlyThere: readonly StoredTuple[]
}

export interface Tallied {
  /** Tuples there are here. */
  readonly count: number
  readonly same: boolean
  differences(): AsyncIterable<Difference>
}

/** Compares all that two sides hold; `seen` hears of every tuple of ours. Reads again only what differs. */
export async function tallied(here: Pages, there: Pages, seen?: (tuple: StoredTuple) => void): Promise<Tallied> {
  const hasher = createHasher()
  const ours = createTally(hasher)
  const theirs = createTally(hasher)
  for await (const page of here()) {
    for (const tuple of page) {
      ours.add(tuple)
      seen?.(tuple)
    }
  }
  for await (const page of there()) for (const tuple of page) theirs.add(tuple)
  const buckets = unlike(ours, theirs)
  return {
    count: ours.count,
    same: buckets.length === 0,
    async *differences() {
      for (const some of parts(buckets, ours, theirs)) {
        const left = await within(here, hasher, some)
        const right = await within(there, hasher, some)
        const onlyHere = [...left].flatMap(([print, tuple]) => (right.has(print) ? [] : [tuple]))
        const onlyThere = [...right].flatMap(([print, tuple]) => (left.has(print) ? [] : [tuple]))
        yield { onlyHere, onlyThere }
      }
    },
  }
}

function unlike(ours: Tally, theirs: Tally): readonly number[] {
  const found: number[] = []
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = bucket * WORDS
    const words = [0, 1, 2].every(word => ours.sums[from + word] === theirs.sums[from + word])
    if (!words || ours.counts[bucket] !== theirs.counts[bucket]) found.push(bucket)
  }
  return found
}

/** Buckets that can be held together. */
function* parts(buckets: readonly number[], ours: Tally, theirs: Tally): Generator<ReadonlySet<number>> {
  let some = new Set<number>()
  let held = 0
  for (const bucket of buckets) {
    const more = Math.max(ours.counts[bucket] ?? 0, theirs.counts[bucket] ?? 0)
    if (some.size > 0 && held + more > HELD) {
      yield some
      some = new Set()
      held = 0
    }
    some.add(bucket)
    held += more
  }
  if (some.size > 0) yield some
}

async function within(pages: Pages, hasher: Hasher, buckets: ReadonlySet<number>): Promise<Map<string, StoredTuple>> {
  const found = new Map<string, StoredTuple>()
  for await (const page of pages()) {
    for (const tuple of page) if (buckets.has(bucketOf(hasher(tuple)))) found.set(tuplePrint(tuple), tuple)
  }
  return found
}
