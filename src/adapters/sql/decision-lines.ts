import type { LikeRow } from '../../facts/logged.ts'
import type { Run } from '../../lib/ids.ts'
import type { Json } from '../../policy/json.ts'
import type { OwnPath } from './decision-own.ts'
import { createSpan } from './decision-span.ts'
import { growingBytes, letGo } from './growing-bytes.ts'
import { putByte, putJson, putNumber, putText } from './growing-json.ts'

/**
 * The lines of a batch's rows. Each says where its kind is, and what is its own; where all but the id and the kind is as in
 * the line before, that is not said, and neither is an id that is the next one after.
 */
export interface Lines {
  readonly count: number
  /** Bytes so far. */
  readonly length: number
  readonly earliest: number
  readonly latest: number
  /** The first and the last id. */
  readonly first: string
  readonly last: string
  /** `tail`: what is the row's own, each after a comma. */
  whole(id: string, at: number, kind: number, own: readonly OwnPath[], tail: string): void
  /** `context`: the row's, as the line says it. INVARIANT: `own` is of all that such a row has of its own. */
  like(row: LikeRow, kind: number, own: readonly OwnPath[], context: string): void
  /** All of them, with commas in between, as they stand until `done`. */
  joined(): Uint8Array
  /** Lets go of its room. Nothing is added afterwards. */
  done(): void
}

const [COMMA, OPEN, CLOSE] = [44, 91, 93]

export function createLines(): Lines {
  const out = growingBytes()
  const ids = createSpan()
  let count = 0
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  /** Of the line before: its instant, what is its own, and that as a line says it, where it is known as a text. */
  let before: { at: number; own: readonly OwnPath[]; tail: string | null } = { at: Number.NaN, own: [], tail: '' }
  /** The row of the line before, where it is like others, and its context as the line says it. */
  let like: LikeRow | null = null
  let likeContext = ''
  /** That the line before has its id from, its place there, and the id where it was not said. */
  let run: Run | null = null
  let place = 0
  let unsaid = ''
  const time = { value: Number.NaN, text: '' }
  const revision = { value: Number.NaN, text: '' }

  const textOf = (said: { value: number; text: string }, value: number): string => {
    if (value !== said.value) {
      said.value = value
      said.text = JSON.stringify(value)
    }
    return said.text
  }

  const endRun = (): void => {
    if (unsaid !== '') ids.add(unsaid, true)
    unsaid = ''
  }

  /** What a line begins with; all of it where `isAgain`. Of the ids of a run only the first and the last can be the batch's. */
  const begin = (id: string, of: Run | null, n: number, at: number, kind: number, isAgain: boolean): void => {
    if (count > 0) putByte(out, COMMA)
    count += 1
    const steps = of !== null && of === run ? n - place : 0
    place = n
    if (steps > 0) unsaid = id
    if (isAgain && steps === 1) {
      putNumber(out, kind)
      return
    }
    putByte(out, OPEN)
    if (steps > 0) putNumber(out, steps)
    else {
      endRun()
      run = of
      ids.add(id, putText(out, id))
    }
    putByte(out, COMMA)
    if (!isAgain) {
      if (at < earliest) earliest = at
      if (at > latest) latest = at
      putJson(out, textOf(time, at))
      putByte(out, COMMA)
    }
    putNumber(out, kind)
    if (isAgain) putByte(out, CLOSE)
  }

  /** Takes back what was written of a line that could not be ended. Nothing of the next is left to be as in one before. */
  const undo = (length: number, lines: number, last: string): void => {
    out.used = length
    count = lines
    unsaid = last
    before = { at: Number.NaN, own: [], tail: '' }
    like = null
    endRun()
    run = null
  }

  const tailOf = (row: LikeRow, context: string): string => {
    const traced = row.trace === undefined ? '' : `,${wordOf(row.trace)}`
    return `,${context},${wordOf(row.at - row.asked)}${traced},${wordOf(row.revision)}`
  }

  const putWhole: Lines['whole'] = (id, at, kind, own, tail) => {
    if (like !== null) before.tail ??= tailOf(like, likeContext)
    like = null
    const isAgain = at === before.at && own === before.own && tail === before.tail
    begin(id, null, 0, at, kind, isAgain)
    if (isAgain) return
    before = { at, own, tail }
    putJson(out, tail)
    putByte(out, CLOSE)
  }

  const putLike: Lines['like'] = (row, kind, own, context) => {
    const { id, at, trace } = row
    const isSame = at === before.at && own === before.own
    const isAgain =
      isSame &&
      (like !== null ? context === likeContext && isLikeAgain(like, row) : tailOf(row, context) === before.tail)
    begin(id, row.run, row.place, at, kind, isAgain)
    if (!isSame || before.tail !== null) before = { at, own, tail: null }
    like = row
    likeContext = context
    if (isAgain) return
    putByte(out, COMMA)
    putJson(out, context)
    putByte(out, COMMA)
    putNumber(out, at - row.asked)
    if (trace !== undefined) {
      putByte(out, COMMA)
      if (trace === null) putJson(out, 'null')
      else putText(out, trace)
    }
    putByte(out, COMMA)
    putJson(out, textOf(revision, row.revision))
    putByte(out, CLOSE)
  }

  return {
    get count() {
      return count
    },
    get length() {
      return out.used
    },
    get earliest() {
      return earliest
    },
    get latest() {
      return latest
    },
    get first() {
      return ids.first
    },
    get last() {
      return ids.last
    },
    whole(id, at, kind, own, tail) {
      const [length, lines, last] = [out.used, count, unsaid]
      try {
        putWhole(id, at, kind, own, tail)
      } catch (error) {
        undo(length, lines, last)
        throw error
      }
    },
    like(row, kind, own, context) {
      const [length, lines, last] = [out.used, count, unsaid]
      try {
        putLike(row, kind, own, context)
      } catch (error) {
        undo(length, lines, last)
        throw error
      }
    },
    joined() {
      endRun()
      return out.bytes.subarray(0, out.used)
    },
    done: () => letGo(out),
  }
}
/** Whether what two rows have of their own, beside their context and the instant of the decision, is said alike. */
const isLikeAgain = (a: LikeRow, b: LikeRow): boolean =>
  a.trace === b.trace && a.revision === b.revision && a.asked === b.asked

/** Nothing of it is written otherwise in JSON. */
const WORD = /^[\w-]*$/

export function wordOf(value: Json): string {
  if (typeof value === 'string' && WORD.test(value)) return `"${value}"`
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : JSON.stringify(value)
}
