import { type GrowingBytes, MOST_OF_A_CHARACTER, makeRoom } from './growing-bytes.ts'

/** Writes JSON bit by bit, straight into bytes: nothing is made for the collector, where a line of texts put together is mostly that. */

/** Characters that nothing is written otherwise of in JSON. */
const IS_WORD: readonly boolean[] = Array.from({ length: 128 }, (_, code) => /[\w-]/.test(String.fromCharCode(code)))

const QUOTE = 34
const ZERO = 48
/** Texts from this length on are written by the runtime. */
const LONG = 64

export function putByte(out: GrowingBytes, code: number): void {
  makeRoom(out, 1)
  out.bytes[out.used++] = code
}

/** JSON as it stands. */
export function putJson(out: GrowingBytes, text: string): void {
  makeRoom(out, text.length * MOST_OF_A_CHARACTER)
  if (text.length < LONG) {
    const { bytes } = out
    let { used } = out
    let i = 0
    for (; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code > 127) break
      bytes[used++] = code
    }
    if (i === text.length) {
      out.used = used
      return
    }
  }
  out.used += out.bytes.write(text, out.used)
}

/** A text, in quotes. Answers whether it is a word: of letters, digits, `_` and `-` alone. */
export function putText(out: GrowingBytes, text: string): boolean {
  makeRoom(out, text.length + 2)
  const { bytes } = out
  let { used } = out
  bytes[used++] = QUOTE
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (IS_WORD[code] !== true) {
      putJson(out, JSON.stringify(text))
      return false
    }
    bytes[used++] = code
  }
  bytes[used++] = QUOTE
  out.used = used
  return true
}

/** Numbers from here on are written by the runtime. */
const LARGE = 1_000_000

export function putNumber(out: GrowingBytes, value: number): void {
  if (!(value >= 0 && value < LARGE && Number.isInteger(value))) {
    putJson(out, JSON.stringify(value))
    return
  }
  let digits = 1
  for (let n = value; n >= 10; n = Math.trunc(n / 10)) digits += 1
  makeRoom(out, digits)
  const { bytes } = out
  let rest = value
  for (let i = out.used + digits - 1; i >= out.used; i -= 1) {
    bytes[i] = ZERO + (rest % 10)
    rest = Math.trunc(rest / 10)
  }
  out.used += digits
}
