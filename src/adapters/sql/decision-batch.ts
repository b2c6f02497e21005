import { type Alike, isLike, type LikeRow, type Loggable, wholeRow } from '../../facts/logged.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import type { Run } from '../../lib/ids.ts'
import type { Json } from '../../policy/json.ts'
import type { Form } from './decision-forms.ts'
import { createNear, isSame, type Kind, kindOf, kindOfAlike, kindOfOne } from './decision-kinds.ts'
import { isBetween, type OwnPath, ownIn } from './decision-own.ts'
import { createSpan } from './decision-span.ts'
import { growingText } from './growing-text.ts'

/** A batch that still takes rows. */
export interface OpenBatch {
  readonly count: number
  /** Characters of its rows so far. */
  readonly length: number
  add(row: Loggable): void
  /** The batch as it stands; asked once, and nothing is added afterwards. */
  closed(): DecisionBatch
}

/**
 * Rows as JSON that says nothing twice: decisions that came from the same facts are of one kind, and a row is what is left.
 * Each is rendered when it comes: texts that wait to be written cost the collector next to nothing, all the objects of their
 * requests would not.
 */
export function openBatch(): OpenBatch {
  const near = createNear()
  /** What kinds know this batch by. It holds nothing: they outlive it. */
  const itself = {}
  const forms = new Map<Form, number>()
  const [formTexts, kindTexts, lists, lines] = [growingText(), growingText(), growingText(), growingText()]
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  const ids = createSpan()
  const contexts = new Map<Kind | Alike, Said>()
  let kindCount = 0
  let listCount = 0
  let count = 0
  let length = 0
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let context = NOTHING_SAID
  let trace = NOTHING_SAID
  let time = NOTHING_SAID
  let line: Line = { at: Number.NaN, own: [], tail: '' }
  /** That the line before has its id from, its place there, and the id where it was not said. */
  let run: Run | null = null
  let placeInRun = 0
  let unsaid = ''
  let like: Like | null = null

  const placeOf = (form: Form): number => {
    const known = forms.get(form)
    if (known !== undefined) return known
    const made = JSON.stringify(form.text)
    length += made.length
    formTexts.add(made)
    forms.set(form, forms.size)
    return forms.size - 1
  }

  const placeIn = (kind: Kind): number => {
    if (kind.within === itself) return kind.place
    const made = `[${placeOf(kind.form)}${kind.names}]`
    kindTexts.add(made)
    length += made.length
    effects.add(kind.effect)
    for (const name of kind.about) subjects.add(name)
    kind.within = itself
    kind.place = kindCount++
    return kind.place
  }

  const listed = (value: Json): string => {
    const made = JSON.stringify(value)
    length += made.length
    lists.add(made)
    return `[${listCount++}]`
  }

  /** Many ask in the same context, one after another. */
  const contextText = (kind: Kind | Alike, value: Json): string => {
    if (isEmpty(value)) return '{}'
    if (value === context.value) return context.text
    const known = contexts.get(kind)
    context =
      known !== undefined && isSame(known.value, value) ? { value, text: known.text } : { value, text: listed(value) }
    contexts.set(kind, context)
    return context.text
  }

  /** Decisions of one call, and calls of one instant, follow each other. */
  const traceText = (value: Json): string => {
    if (value !== trace.value) trace = { value, text: wordOf(value) }
    return trace.text
  }

  const timeText = (at: number): string => {
    if (at !== time.value) time = { value: at, text: wordOf(at) }
    return time.text
  }

  /**
   * The id as its line says it. One of the run of the line before is how many there were since; of those only the first and the last
   * can be the batch's.
   */
  const idText = (id: string, of: Run | null, n: number): string => {
    const steps = of !== null && of === run ? n - placeInRun : 0
    placeInRun = n
    if (steps > 0) {
      unsaid = id
      return `${steps}`
    }
    endRun()
    run = of
    const isWord = WORD.test(id)
    ids.add(id, isWord)
    return isWord ? `"${id}"` : JSON.stringify(id)
  }

  const endRun = (): void => {
    if (unsaid !== '') ids.add(unsaid, true)
    unsaid = ''
  }

  /**
   * `tail`: what is the row's own, each after a comma. Where all but the id and the kind is as in the line before, that is not
   * said, and neither is an id that is the next one.
   */
  const put = (id: string, at: number, kind: number, own: readonly OwnPath[], tail: string): void => {
    const isAgain = at === line.at && own === line.own && tail === line.tail
    const made = !isAgain ? `[${id},${timeText(at)},${kind}${tail}]` : id === NEXT ? `${kind}` : `[${id},${kind}]`
    if (!isAgain) {
      line = { at, own, tail }
      if (at < earliest) earliest = at
      if (at > latest) latest = at
    }
    lines.add(made)
    length += made.length
    count += 1
  }

  const addWhole = (row: DecisionRow): void => {
    const kind = row.once === true ? kindOfOne(row) : kindOf(row, near)
    const place = placeIn(kind)
    let tail = ''
    for (const path of kind.own) {
      const value = ownIn(row, path)
      if (path[1] === 'context') tail += `,${contextText(kind, value)}`
      else if (Array.isArray(value)) tail += `,${listed(value)}`
      else tail += `,${path[0] === 'trace' ? traceText(value) : wordOf(value)}`
    }
    put(idText(row.id, null, 0), row.at, place, kind.own, tail)
  }

  const addLike = (row: LikeRow): void => {
    const { alike, id, at, context, asked, trace, revision } = row
    if (alike.batch !== itself) {
      const kind = kindOfAlike(alike, near)
      alike.place = placeIn(kind)
      alike.batch = itself
    }
    if (like === null || !isAgain(like.row, row)) {
      const { own } = kindOfAlike(alike, near)
      const traced = trace === undefined ? '' : `,${traceText(trace)}`
      const tail = `,${contextText(alike, context)},${wordOf(at - asked)}${traced},${wordOf(revision)}`
      like = { row, own, tail }
    }
    put(idText(id, row.run, row.place), at, alike.place, like.own, like.tail)
  }

  return {
    get count() {
      return count
    },
    get length() {
      return length
    },
    add(row) {
      if (!isLike(row)) addWhole(row)
      else if (isBetween(row.asked, row.at)) addLike(row)
      else addWhole(wholeRow(row))
    },
    closed() {
      endRun()
      const texts = [formTexts, kindTexts, lists, lines]
      const bytes = Buffer.concat([...texts.flatMap((one, i) => [BEFORE[i] as Buffer, one.joined()]), END])
      for (const one of texts) one.done()
      const { first, last } = ids
      return { count, first, last, earliest, latest, effects, subjects, bytes }
    },
  }
}

const BEFORE = ['{"forms":[', '],"kinds":[', '],"lists":[', '],"rows":['].map(text => Buffer.from(text))
const END = Buffer.from(']}')

/** A value, and how it was said. */
interface Said {
  readonly value: Json | undefined
  readonly text: string
}

const NOTHING_SAID: Said = { value: undefined, text: '' }

/** What a line says beside its id and its kind. */
interface Line {
  readonly at: number
  readonly own: readonly OwnPath[]
  readonly tail: string
}

interface Like {
  readonly row: LikeRow
  readonly own: readonly OwnPath[]
  readonly tail: string
}

/** Whether what two rows have of their own is of the same members, and said alike. */
const isAgain = (a: LikeRow, b: LikeRow): boolean =>
  a.trace === b.trace &&
  a.revision === b.revision &&
  a.at - a.asked === b.at - b.asked &&
  (a.context === b.context || (isEmpty(a.context) && isEmpty(b.context)))

function isEmpty(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const _ in value) return false
  return true
}

/** An id that is the next one after that of the line before. */
const NEXT = '1'

/** Nothing of it is written otherwise in JSON. */
const WORD = /^[\w-]*$/

function wordOf(value: Json): string {
  if (typeof value === 'string' && WORD.test(value)) return `"${value}"`
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : JSON.stringify(value)
}

export const textOf = ({ bytes }: DecisionBatch): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()

export function batchOf(rows: readonly Loggable[]): DecisionBatch {
  const batch = openBatch()
  for (const row of rows) batch.add(row)
  return batch.closed()
}
