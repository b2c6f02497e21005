import { growingBytes, letGo, MOST_OF_A_CHARACTER, makeRoom } from './growing-bytes.ts'

/** Characters that are written to the bytes at once: to write a text by itself takes longer than to make it. */
const AT_ONCE = 1 << 13

/** Texts that wait to be written together. */
export interface GrowingText {
  add(text: string): void
  /** All of it, with commas in between, as it stands until `done`. */
  joined(): Uint8Array
  /** Lets go of its room. Nothing is added afterwards. */
  done(): void
}

export function growingText(): GrowingText {
  const out = growingBytes()
  /** What is not yet in the bytes. */
  let rest = ''

  const settle = (): void => {
    if (rest === '') return
    makeRoom(out, rest.length * MOST_OF_A_CHARACTER + 1)
    if (out.used > 0) out.bytes[out.used++] = COMMA
    out.used += out.bytes.write(rest, out.used)
    rest = ''
  }

  return {
    add(text) {
      rest = rest === '' ? text : `${rest},${text}`
      if (rest.length >= AT_ONCE) settle()
    },
    joined() {
      settle()
      return out.bytes.subarray(0, out.used)
    },
    done: () => letGo(out),
  }
}

const COMMA = 44
