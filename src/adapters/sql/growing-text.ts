/** Bytes that the first rows of a batch find room in. */
const FIRST = 1 << 14

/** Characters that are written to the bytes at once: to write a line by itself takes longer than to make it. */
const AT_ONCE = 1 << 13

/**
 * Texts that wait to be written together. They wait as bytes beside the heap: there the collector would carry them along again and
 * again until they are written.
 */
export interface GrowingText {
  add(text: string): void
  /** All of it, with commas in between, as it stands until `done`. */
  joined(): Uint8Array
  /** Lets go of its room. Nothing is added afterwards. */
  done(): void
}

/** Room that was let go of, for whoever needs some next: made anew for each batch, it would have the collector run for it. */
const spare: Buffer[] = []
const MOST_SPARE = 12
const LARGEST = 1 << 22

function roomOf(size: number): Buffer {
  const found = spare.findIndex(one => one.length >= size)
  return found < 0 ? Buffer.allocUnsafeSlow(size) : (spare.splice(found, 1)[0] as Buffer)
}

function keep(bytes: Buffer | null): void {
  if (bytes === null || bytes.length > LARGEST) return
  spare.push(bytes)
  spare.sort((a, b) => a.length - b.length)
  // The smallest are the cheapest to make anew.
  if (spare.length > MOST_SPARE) spare.shift()
}

export function growingText(): GrowingText {
  let bytes: Buffer | null = null
  let used = 0
  /** What is not yet in the bytes. */
  let rest = ''

  /** No character takes more than three bytes. */
  const room = (length: number): Buffer => {
    const needed = used + length * 3 + 1
    if (bytes !== null && bytes.length >= needed) return bytes
    const before = bytes
    const wider = roomOf(Math.max(FIRST, needed, (before?.length ?? 0) * 2))
    before?.copy(wider, 0, 0, used)
    keep(before)
    bytes = wider
    return wider
  }

  const settle = (): void => {
    if (rest === '') return
    const into = room(rest.length)
    if (used > 0) into[used++] = COMMA
    used += into.write(rest, used)
    rest = ''
  }

  return {
    add(text) {
      rest = rest === '' ? text : `${rest},${text}`
      if (rest.length >= AT_ONCE) settle()
    },
    joined() {
      settle()
      return bytes?.subarray(0, used) ?? NOTHING
    },
    done() {
      keep(bytes)
      bytes = null
      used = 0
    },
  }
}

const COMMA = 44
const NOTHING = new Uint8Array(0)
