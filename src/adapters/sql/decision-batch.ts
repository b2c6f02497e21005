import { type Alike, isLike, type LikeRow, type Loggable, wholeRow } from '../../facts/logged.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import type { Json } from '../../policy/json.ts'
import type { Form } from './decision-forms.ts'
import { createNear, isSame, type Kind, kindOf, kindOfAlike, kindOfOne } from './decision-kinds.ts'
import { createLines, wordOf } from './decision-lines.ts'
import { isBetween, ownIn } from './decision-own.ts'
import { growingText } from './growing-text.ts'

/** A batch that still takes rows. */
export interface OpenBatch {
  readonly count: number
  /** Characters of its rows so far, nearly. */
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
  const [formTexts, kindTexts, lists] = [growingText(), growingText(), growingText()]
  const lines = createLines()
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  const contexts = new Map<Kind | Alike, Said>()
  let kindCount = 0
  let listCount = 0
  let length = 0
  let context = NOTHING_SAID
  let trace = NOTHING_SAID

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
    lines.whole(row.id, row.at, place, kind.own, tail)
  }

  const addLike = (row: LikeRow): void => {
    const { alike } = row
    const kind = kindOfAlike(alike, near)
    if (alike.batch !== itself) {
      alike.place = placeIn(kind)
      alike.batch = itself
    }
    lines.like(row, alike.place, kind.own, contextText(alike, row.context))
  }

  return {
    get count() {
      return lines.count
    },
    get length() {
      return length + lines.length
    },
    add(row) {
      if (!isLike(row)) addWhole(row)
      else if (isBetween(row.asked, row.at)) addLike(row)
      else addWhole(wholeRow(row))
    },
    closed() {
      const texts = [formTexts, kindTexts, lists, lines]
      const bytes = Buffer.concat([...texts.flatMap((one, i) => [BEFORE[i] as Buffer, one.joined()]), END])
      const { count, first, last, earliest, latest } = lines
      for (const one of texts) one.done()
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

function isEmpty(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const _ in value) return false
  return true
}

export const textOf = ({ bytes }: DecisionBatch): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()

export function batchOf(rows: readonly Loggable[]): DecisionBatch {
  const batch = openBatch()
  for (const row of rows) batch.add(row)
  return batch.closed()
}
