import { taskName } from '../../facts/audit-parts.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
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

/** A part of a record as a row holds it: a list is its place in `lists`, unless it is empty; all else stands for itself. */
type Part = Exclude<Json, readonly Json[]> | readonly [place?: number]

type Line = readonly [
  id: string,
  at: number,
  effect: DecisionRow['effect'],
  subject: string,
  action: string,
  resource: string,
  shape: number,
  ...parts: readonly Part[],
]

interface Batch {
  /** Names of the members of records, in the order of a row's parts. */
  readonly shapes: readonly (readonly string[])[]
  /** Lists that records hold; one that several hold as the same object is here once. */
  readonly lists: readonly Json[]
  readonly rows: readonly Line[]
}

/**
 * Rows as JSON that names nothing twice: decisions that came from the same facts share them. Each row is rendered when it
 * comes: texts that wait to be written cost the collector next to nothing, all the objects of their requests would not.
 */
export function openBatch(): OpenBatch {
  const lists: string[] = []
  const places = new Map<readonly Json[], readonly [number]>()
  const shapes: (readonly string[])[] = []
  const lines: string[] = []
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  let first = ''
  let last = ''
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let length = 0

  const partOf = (value: Json): Part => {
    if (!Array.isArray(value)) return value as Part
    if (value.length === 0) return []
    const known = places.get(value)
    if (known !== undefined) return known
    const text = JSON.stringify(value)
    length += text.length
    const place = [lists.push(text) - 1] as const
    places.set(value, place)
    return place
  }

  const shapeOf = (names: readonly string[]): number => {
    const known = shapes.findIndex(shape => isSame(shape, names))
    return known >= 0 ? known : shapes.push(names) - 1
  }

  return {
    get count() {
      return lines.length
    },
    get length() {
      return length
    },
    add({ id, at, effect, subject, action, resource, record }) {
      const names = Object.keys(record)
      const line: Json[] = [id, at, effect, subject, action, resource, shapeOf(names)]
      for (const name of names) line.push(partOf(record[name] ?? null) as Json)
      const text = JSON.stringify(line)
      length += text.length
      const key = nearestStorable(id)
      if (lines.push(text) === 1 || byteOrder(key, first) < 0) first = key
      if (byteOrder(key, last) > 0) last = key
      earliest = Math.min(earliest, at)
      latest = Math.max(latest, at)
      effects.add(effect)
      for (const name of aboutOf(subject, record)) subjects.add(name)
    },
    closed() {
      const text = `{"shapes":${JSON.stringify(shapes)},"lists":[${lists.join()}],"rows":[${lines.join()}]}`
      return { count: lines.length, first, last, earliest, latest, effects, subjects, text }
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

/** INVARIANT: `text` is that of a batch. */
export function rowsIn(text: string): readonly DecisionRow[] {
  const { shapes, lists, rows } = JSON.parse(text) as Batch
  return rows.map(([id, at, effect, subject, action, resource, shape, ...parts]) => {
    const names = shapes[shape] ?? []
    const record: JsonObject = Object.fromEntries(names.map((name, i) => [name, partIn(parts[i] ?? null, lists)]))
    return { id, at, effect, subject, action, resource, record }
  })
}

function partIn(part: Part, lists: readonly Json[]): Json {
  if (!Array.isArray(part)) return part as Json
  const [place] = part as readonly [place?: number]
  return place === undefined ? [] : (lists[place] ?? null)
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

/** UTF-16 and UTF-8 order this text alike. */
const PLAIN = /^[\0-\x7f]*$/

/** As the database compares text of collation C. */
export const byteOrder = (a: string, b: string): number => {
  if (!PLAIN.test(a) || !PLAIN.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}
