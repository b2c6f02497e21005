/** Bytes that the first rows of a batch find room in. */
const FIRST = 1 << 14

/**
 * Texts that wait to be written together. They wait as bytes beside the heap: there the collector would carry them along again and
 * again until they are written.
 */
export interface GrowingText {
  add(text: string): void
  /** All of it, with commas in between. */
  joined(): string
}

export function growingText(): GrowingText {
  let bytes: Buffer | null = null
  let used = 0

  /** No character takes more than three bytes. */
  const room = (length: number): Buffer => {
    const needed = used + length * 3 + 1
    if (bytes !== null && bytes.length >= needed) return bytes
    const wider: Buffer = Buffer.allocUnsafeSlow(Math.max(FIRST, needed, (bytes?.length ?? 0) * 2))
    bytes?.copy(wider, 0, 0, used)
    bytes = wider
    return wider
  }

  return {
    add(text) {
      const into = room(text.length)
      if (used > 0) into[used++] = COMMA
      used += into.write(text, used)
    },
    joined: () => bytes?.toString('utf8', 0, used) ?? '',
  }
}

const COMMA = 44
