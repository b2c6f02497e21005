/** Bytes that the first of a text find room in. */
const FIRST = 1 << 14

/**
 * Texts that wait to be written, as bytes beside the heap: there the collector would carry them along again and again until
 * they are. What is after `used` means nothing.
 */
export interface GrowingBytes {
  bytes: Buffer
  used: number
}

/** Bytes of UTF-8 that a character of a text takes at the most. */
export const MOST_OF_A_CHARACTER = 3

const NOTHING = Buffer.alloc(0)

export const growingBytes = (): GrowingBytes => ({ bytes: NOTHING, used: 0 })

/** Room for so many bytes more. */
export function makeRoom(out: GrowingBytes, more: number): void {
  const needed = out.used + more
  if (out.bytes.length >= needed) return
  const before = out.bytes
  out.bytes = roomOf(Math.max(FIRST, needed, before.length * 2))
  before.copy(out.bytes, 0, 0, out.used)
  keep(before)
}

/** Lets go of its room. Nothing is added afterwards. */
export function letGo(out: GrowingBytes): void {
  keep(out.bytes)
  out.bytes = NOTHING
  out.used = 0
}

/** Room that was let go of, for whoever needs some next: made anew for each batch, it would have the collector run for it. */
const spare: Buffer[] = []
const MOST_SPARE = 12
const LARGEST = 1 << 22

function roomOf(size: number): Buffer {
  const found = spare.findIndex(one => one.length >= size)
  return found < 0 ? Buffer.allocUnsafeSlow(size) : (spare.splice(found, 1)[0] as Buffer)
}

function keep(bytes: Buffer): void {
  if (bytes.length === 0 || bytes.length > LARGEST) return
  spare.push(bytes)
  spare.sort((a, b) => a.length - b.length)
  // The smallest are the cheapest to make anew.
  if (spare.length > MOST_SPARE) spare.shift()
}
