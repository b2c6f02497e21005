import { nearestStorable } from './text.ts'

/** UTF-16 and UTF-8 order this text alike, and any database holds it. */
const PLAIN = /^[ -~]*$/

/** As the database compares text of collation C. */
export const byteOrder = (a: string, b: string): number => {
  if (!PLAIN.test(a) || !PLAIN.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** The first and the last of ids, as the database orders them. */
export function createSpan() {
  const span = { first: '', last: '' }
  let some = false
  let plain = true
  const isBefore = (a: string, b: string): boolean => (plain ? a < b : byteOrder(a, b) < 0)
  return {
    get first() {
      return span.first
    },
    get last() {
      return span.last
    },
    /** `isPlain`: as far as is known. */
    add(id: string, isPlain: boolean): void {
      plain = plain && (isPlain || PLAIN.test(id))
      const key = plain ? id : nearestStorable(id)
      if (!some || isBefore(key, span.first)) span.first = key
      if (isBefore(span.last, key)) span.last = key
      some = true
    },
  }
}
