import { taskName } from '../../facts/audit-parts.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { createKinds, isObject, isSame, type Kind, type OwnPath, requestIn } from './decision-kinds.ts'
import type { Shape } from './decision-rows.ts'
import { growingText } from './growing-text.ts'
import { nearestStorable } from './text.ts'

/** A batch that still takes rows. */
export interface OpenBatch {
  readonly count: number
  /** Characters of its rows so far. */
  readonly length: number
  add(row: DecisionRow): void
  /** The batch as it stands. */
  closed(): DecisionBatch
}

/**
 * Rows as JSON that says nothing twice: decisions that came from the same facts are of one kind, and a row is what is left.
 * Each is rendered when it comes: texts that wait to be written cost the collector next to nothing, all the objects of their
 * requests would not.
 */
export function openBatch(): OpenBatch {
  const kinds = createKinds()
  const kindTexts: string[] = []
  const shapes: Shape[] = []
  const lists: string[] = []
  const places = new Map<Json, Place>()
  const lines = growingText()
  let count = 0
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  const ids = createSpan()
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let length = 0

  const placeOf = (value: Json): Place => {
    const known = places.get(value)
    if (known !== undefined) return known
    const text = JSON.stringify(value)
    length += text.length
    const place: Place = [lists.push(text) - 1]
    places.set(value, place)
    return place
  }

  const partOf = (value: Json): Json => (Array.isArray(value) && value.length > 0 ? placeOf(value) : value)

  /** What all of a kind have of a member. */
  const commonIn = (record: JsonObject, name: string): Json => {
    const value = record[name] ?? null
    if (name === 'trace') return null
    return name === 'request' && isObject(value) ? without(value) : partOf(value)
  }

  const shapeOf = (names: readonly string[], own: readonly OwnPath[]): number => {
    const known = shapes.findIndex(shape => isList(shape.names, names) && isList(shape.own, own))
    return known >= 0 ? known : shapes.push({ names, own }) - 1
  }

  const addKind = ({ row, own }: Kind): void => {
    const { effect, subject, action, resource, record } = row
    const names = Object.keys(record)
    const line: Json[] = [effect, subject, action, resource, shapeOf(names, own)]
    for (const name of names) line.push(commonIn(record, name))
    const text = JSON.stringify(line)
    length += text.length
    kindTexts.push(text)
    effects.add(effect)
    for (const name of aboutOf(subject, record)) subjects.add(name)
  }

  const contextText = (kind: Kind, context: Json): string => {
    if (kind.context === undefined || !isSame(kind.context, context)) {
      kind.context = context
      kind.contextText = isPlain(context) ? JSON.stringify(context) : `[${placeOf(context)[0]}]`
    }
    return kind.contextText
  }

  const ownText = (kind: Kind, record: JsonObject, path: OwnPath): string => {
    if (path[0] === 'trace') return textOf(partOf(record.trace ?? null))
    const value = requestIn(record)?.[path[1]] ?? null
    return path[1] === 'context' ? contextText(kind, value) : textOf(partOf(value))
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
      const kind = kinds.of(row, addKind)
      const parts = [textOf(id), textOf(at), kind.place]
      for (const path of kind.own) parts.push(ownText(kind, record, path))
      const text = `[${parts.join()}]`
      length += text.length
      lines.add(text)
      count += 1
      ids.add(id)
      if (at < earliest) earliest = at
      if (at > latest) latest = at
    },
    closed() {
      const text = `{"shapes":${JSON.stringify(shapes)},"kinds":[${kindTexts.join()}],"lists":[${lists.join()}],"rows":[${lines.joined()}]}`
      const { first, last } = ids
      return { count, first, last, earliest, latest, effects, subjects, text }
    },
  }
}

type Place = readonly [place: number]

const isPlain = (value: Json): boolean => typeof value !== 'object' || value === null

/** Nothing of it is written otherwise in JSON. */
const WORD = /^[\w-]*$/

function textOf(value: Json): string {
  if (typeof value === 'string' && WORD.test(value)) return `"${value}"`
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : JSON.stringify(value)
}

const isList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

/** A request without what is each decision's own. */
function without(request: JsonObject): JsonObject {
  const { context, at } = request
  return { ...request, ...(context !== undefined && { context: null }), ...(at !== undefined && { at: null }) }
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
    add(id: string): void {
      plain = plain && PLAIN.test(id)
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
