import { taskName } from '../../facts/audit-parts.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { Form } from './decision-forms.ts'
import { isSame, type Kind, kindOf, kindOfOne, ownIn } from './decision-kinds.ts'
import { growingText } from './growing-text.ts'
import { nearestStorable } from './text.ts'

/** A batch that still takes rows. */
export interface OpenBatch {
  readonly count: number
  /** Characters of its rows so far. */
  readonly length: number
  add(row: DecisionRow): void
  /** The batch as it stands; asked once, and nothing is added afterwards. */
  closed(): DecisionBatch
}

/**
 * Rows as JSON that says nothing twice: decisions that came from the same facts are of one kind, and a row is what is left.
 * Each is rendered when it comes: texts that wait to be written cost the collector next to nothing, all the objects of their
 * requests would not.
 */
export function openBatch(): OpenBatch {
  const kinds = new Map<Kind, Held>()
  const others = new Map<string, readonly Kind[]>()
  const forms = new Map<Form, number>()
  const formTexts = growingText()
  const kindTexts = growingText()
  let kindCount = 0
  const lists = growingText()
  let listCount = 0
  const lines = growingText()
  let count = 0
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  const ids = createSpan()
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let length = 0
  let last: string | undefined
  let lastText = ''

  const placeOf = (form: Form): number => {
    const known = forms.get(form)
    if (known !== undefined) return known
    const text = JSON.stringify(form.text)
    length += text.length
    formTexts.add(text)
    forms.set(form, forms.size)
    return forms.size - 1
  }

  const begin = ({ form, names, row: { effect, subject, record } }: Kind): Held => {
    const text = `[${[placeOf(form), ...names.map(wordOf)].join()}]`
    kindTexts.add(text)
    length += text.length
    effects.add(effect)
    for (const name of aboutOf(subject, record)) subjects.add(name)
    return { place: kindCount++, context: undefined, contextText: '' }
  }

  const hold = (kind: Kind): Held => {
    const known = kinds.get(kind)
    if (known !== undefined) return known
    const held = begin(kind)
    kinds.set(kind, held)
    return held
  }

  const listed = (value: Json): string => {
    const text = JSON.stringify(value)
    length += text.length
    lists.add(text)
    return `[${listCount++}]`
  }

  /** Decisions of one call, and calls of one instant, follow each other. */
  const remembered = (value: Json): string => {
    const text = wordOf(value)
    if (typeof value !== 'string') return text
    last = value
    lastText = text
    return text
  }

  /** Many ask in the same context, one after another. */
  const contextText = (held: Held, context: Json): string => {
    if (held.context === undefined || !isSame(held.context, context)) {
      held.context = context
      held.contextText = listed(context)
    }
    return held.contextText
  }

  return {
    get count() {
      return count
    },
    get length() {
      return length
    },
    add(row) {
      const { id, at, record } = row
      const isWord = WORD.test(id)
      const idText = isWord ? `"${id}"` : JSON.stringify(id)
      const kind = row.once === true ? kindOfOne(row) : kindOf(row, others)
      const held = row.once === true ? begin(kind) : hold(kind)
      const parts: (string | number)[] = [idText, wordOf(at), held.place]
      for (const path of kind.own) {
        const value = ownIn(record, path) ?? null
        if (path[1] === 'context') parts.push(isEmpty(value) ? '{}' : contextText(held, value))
        else if (value === last) parts.push(lastText)
        else parts.push(Array.isArray(value) ? listed(value) : remembered(value))
      }
      const text = `[${parts.join()}]`
      length += text.length
      lines.add(text)
      count += 1
      ids.add(id, isWord)
      if (at < earliest) earliest = at
      if (at > latest) latest = at
    },
    closed() {
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

/** A kind in a batch: its place, and the context that was last asked in. */
interface Held {
  readonly place: number
  context: Json | undefined
  contextText: string
}

function isEmpty(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const _ in value) return false
  return true
}

/** Nothing of it is written otherwise in JSON. */
const WORD = /^[\w-]*$/

function wordOf(value: Json): string {
  if (typeof value === 'string' && WORD.test(value)) return `"${value}"`
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : JSON.stringify(value)
}

/** The first and the last of ids, as the database orders them. */
function createSpan() {
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

/** Everybody and everything a decision is looked for by. */
export function aboutOf(subject: string, { request }: JsonObject): readonly string[] {
  if (typeof request !== 'object' || request === null) return [subject]
  const { actors, task } = request as { readonly actors?: readonly Entity[]; readonly task?: string | null }
  const names = [subject, ...(actors ?? []).map(printEntity)]
  return typeof task === 'string' ? [...names, taskName(task)] : names
}

export const textOf = ({ bytes }: DecisionBatch): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()

export function batchOf(rows: readonly DecisionRow[]): DecisionBatch {
  const batch = openBatch()
  for (const row of rows) batch.add(row)
  return batch.closed()
}

/** UTF-16 and UTF-8 order this text alike, and any database holds it. */
const PLAIN = /^[ -~]*$/

/** As the database compares text of collation C. */
export const byteOrder = (a: string, b: string): number => {
  if (!PLAIN.test(a) || !PLAIN.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}
