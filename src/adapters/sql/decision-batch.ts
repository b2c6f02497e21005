import { taskName } from '../../facts/audit-parts.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { addOwn, commonOf, withOwn } from './decision-kinds.ts'
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

type Line = readonly [
  id: string,
  at: number,
  effect: DecisionRow['effect'],
  subject: string,
  action: string,
  resource: string,
  shape: number,
  /** Parts of the record: a list is its place in `lists`, unless it is empty; all else stands for itself. */
  ...parts: readonly Json[],
]

/** A row of a kind, with what it has of its own. */
type Short = readonly [id: string, at: number, kind: number, ...own: readonly Json[]]

interface Batch {
  /** Names of the members of records, in the order of a row's parts. */
  readonly shapes: readonly (readonly string[])[]
  /** Lists that records hold; one that several hold as the same object is here once. */
  readonly lists: readonly Json[]
  /** What many rows have in common; absent from batches of old. */
  readonly kinds?: readonly Line[]
  readonly rows: readonly (Line | Short)[]
}

/**
 * Rows as JSON that names nothing twice: decisions that came from the same facts share them. Each row is rendered when it
 * comes: texts that wait to be written cost the collector next to nothing, all the objects of their requests would not.
 */
export function openBatch(): OpenBatch {
  const lists: string[] = []
  const places = new Map<readonly Json[], readonly [number]>()
  const shapes: (readonly string[])[] = []
  const kinds: string[] = []
  /** Null for one that was seen once. */
  const placesOfKinds = new Map<object, number | null>()
  const lines = growingText()
  let count = 0
  const effects = new Set<DecisionRow['effect']>()
  const subjects = new Set<string>()
  let first = ''
  let last = ''
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let length = 0

  const partOf = (value: Json): Json => {
    if (!Array.isArray(value)) return value
    if (value.length === 0) return NONE
    const known = places.get(value)
    if (known !== undefined) return known
    const text = JSON.stringify(value)
    length += text.length
    const place = [lists.push(text) - 1] as const
    places.set(value, place)
    return place
  }

  const shapeOf = (names: readonly string[]): number => {
    if (shapes.length > 0 && isSame(shapes[0] ?? [], names)) return 0
    const known = shapes.findIndex(shape => isSame(shape, names))
    return known >= 0 ? known : shapes.push(names) - 1
  }

  const whole = ({ id, at, effect, subject, action, resource, record }: DecisionRow): string => {
    const names = Object.keys(record)
    const line: Json[] = [id, at, effect, subject, action, resource, shapeOf(names)]
    for (const name of names) line.push(partOf(record[name] ?? null))
    return JSON.stringify(line)
  }

  const textOf = (row: DecisionRow): string => {
    if (row.alike === undefined) return whole(row)
    let kind = placesOfKinds.get(row.alike)
    if (kind === undefined) {
      // One that is alone is not worth a kind.
      placesOfKinds.set(row.alike, null)
      return whole(row)
    }
    if (kind === null) {
      const text = whole(commonOf(row))
      length += text.length
      kind = kinds.push(text) - 1
      placesOfKinds.set(row.alike, kind)
    }
    const line: Json[] = [row.id, row.at, kind]
    addOwn(row, partOf, line)
    return JSON.stringify(line)
  }

  return {
    get count() {
      return count
    },
    get length() {
      return length
    },
    add(row) {
      const { id, at, effect, subject, record } = row
      const text = textOf(row)
      length += text.length
      lines.add(text)
      if (count > 0 && id > last && OURS.test(id) && OURS.test(last)) last = id
      else {
        const key = nearestStorable(id)
        if (count === 0 || byteOrder(key, first) < 0) first = key
        if (byteOrder(key, last) > 0) last = key
      }
      count += 1
      if (at < earliest) earliest = at
      if (at > latest) latest = at
      effects.add(effect)
      if (isAlone(record)) subjects.add(subject)
      else for (const name of aboutOf(subject, record)) subjects.add(name)
    },
    closed() {
      const shared = `"shapes":${JSON.stringify(shapes)},"lists":[${lists.join()}],"kinds":[${kinds.join()}]`
      const text = `{${shared},"rows":[${lines.joined()}]}`
      return { count, first, last, earliest, latest, effects, subjects, text }
    },
  }
}

/** Whether it is looked for by its subject alone. */
const isAlone = ({ request }: JsonObject): boolean => {
  if (typeof request !== 'object' || request === null) return true
  const { actors, task } = request as { readonly actors?: readonly Entity[]; readonly task?: string | null }
  return (actors === undefined || actors.length === 0) && typeof task !== 'string'
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

const NONE: Json = Object.freeze([])

/** INVARIANT: `text` is that of a batch. */
export function rowsIn(text: string): readonly DecisionRow[] {
  const { shapes, lists, kinds = [], rows } = JSON.parse(text) as Batch
  const whole = ([id, at, effect, subject, action, resource, shape, ...parts]: Line): DecisionRow => {
    const names = shapes[shape] ?? []
    const record: JsonObject = Object.fromEntries(names.map((name, i) => [name, partIn(parts[i] ?? null, lists)]))
    return { id, at, effect, subject, action, resource, record }
  }
  const common = kinds.map(whole)
  return rows.map(row => {
    if (!isShort(row)) return whole(row)
    const [id, at, kind, ...own] = row
    const of = common[kind]
    if (of === undefined) throw new Error('a decision is of a kind that its batch does not hold')
    return { ...of, id, at, record: withOwn(of.record, own, part => partIn(part, lists)) }
  })
}

const isShort = (row: Line | Short): row is Short => typeof row[2] === 'number'

function partIn(part: Json, lists: readonly Json[]): Json {
  if (!Array.isArray(part)) return part
  const [place] = part as readonly Json[]
  return typeof place === 'number' ? (lists[place] ?? null) : []
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

/** UTF-16 and UTF-8 order this text alike. */
const PLAIN = /^[\0-\x7f]*$/

/** Ids that we give out: mostly each is greater than all before. */
const OURS = /^[a-z]+_[0-9a-f]{32}$/

/** As the database compares text of collation C. */
export const byteOrder = (a: string, b: string): number => {
  if (!PLAIN.test(a) || !PLAIN.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}
