import type { DecisionRow } from '../../facts/store.ts'
import { idAfter } from '../../lib/ids.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { filled } from './decision-forms.ts'
import { type OwnPath, saidIn } from './decision-own.ts'

/** A value as a row holds it: a list is its place in `lists`, unless it is empty; so may any other be that stands there. */
type Part = Exclude<Json, readonly Json[]> | readonly [place?: number]

/** The place of a form, and the names that were taken out of it. */
type FormedKind = readonly [form: number, ...names: readonly string[]]

/** What decisions have in common; of their records, what is each row's own is null here. */
interface KindLine {
  readonly own: readonly OwnPath[]
  readonly effect: DecisionRow['effect']
  readonly subject: string
  readonly action: string
  readonly resource: string
  readonly record: JsonObject
}

type WholeRow = readonly [id: string, at: number, kind: number, ...own: readonly Part[]]

/** An id, or how many were made in its run after that of the line before. */
type IdPart = string | number

/**
 * Where a line is of an id and a kind, the row is all else as the one before, which has the same of its own; where it is a kind
 * alone its id is also the next one.
 */
type Line =
  | readonly [id: IdPart, at: number, kind: number, ...own: readonly Part[]]
  | readonly [id: IdPart, kind: number]
  | number

interface Batch {
  readonly forms: readonly string[]
  readonly kinds: readonly FormedKind[]
  readonly lists: readonly Json[]
  readonly rows: readonly Line[]
}

/** As releases before wrote kinds: with all names in each. */
interface NamedBatch {
  readonly forms?: undefined
  readonly kinds: readonly KindLine[]
  readonly lists: readonly Json[]
  readonly rows: readonly Line[]
}

/** As the first releases wrote a row: all of it, with the names of its members once. */
type WholeLine = readonly [
  id: string,
  at: number,
  effect: DecisionRow['effect'],
  subject: string,
  action: string,
  resource: string,
  shape: number,
  ...parts: readonly Part[],
]

interface WholeBatch {
  readonly kinds?: undefined
  readonly shapes: readonly (readonly string[])[]
  readonly lists: readonly Json[]
  readonly rows: readonly WholeLine[]
}

/** INVARIANT: `text` is that of a batch. */
export function rowsIn(text: string): readonly DecisionRow[] {
  const batch = JSON.parse(text) as Batch | NamedBatch | WholeBatch
  if (batch.kinds === undefined) return wholeRowsIn(batch)
  if (batch.forms === undefined) return rowsOfKinds(batch)
  const { forms } = batch
  const kinds = batch.kinds.map(([form, ...names]) => JSON.parse(filled(forms[form] ?? '', names)) as KindLine)
  return rowsOfKinds({ ...batch, forms: undefined, kinds })
}

function rowsOfKinds({ kinds, lists, rows }: NamedBatch): readonly DecisionRow[] {
  let before: WholeRow | null = null
  return rows.map(line => {
    before = wholeOf(line, before)
    const [id, at, place, ...parts] = before
    const { own, record: common, ...found } = kinds[place] as KindLine
    const record: { [member: string]: Json } = { ...common }
    if (own.some(([name]) => name === 'request')) record.request = { ...(record.request as JsonObject) }
    for (const [i, path] of own.entries()) {
      const [name, inner] = path
      const holder = inner === undefined ? record : (record[name] as { [member: string]: Json })
      holder[inner ?? name] = saidIn(partIn(parts[i] ?? null, lists), at, path)
    }
    return { id, at, ...found, record }
  })
}

function wholeOf(line: Line, before: WholeRow | null): WholeRow {
  const [said, ...more] = typeof line === 'number' ? [1, line] : line
  if (before === null) {
    if (typeof said === 'number' || more.length === 1)
      throw new Error('the first row of a batch of decisions says nothing of itself')
    return [said, ...more] as unknown as WholeRow
  }
  const [last, at, , ...own] = before
  const id = typeof said === 'number' ? idAfter(last, said) : said
  return (more.length === 1 ? [id, at, more[0], ...own] : [id, ...more]) as unknown as WholeRow
}

const wholeRowsIn = ({ shapes, lists, rows }: WholeBatch): readonly DecisionRow[] =>
  rows.map(([id, at, effect, subject, action, resource, shape, ...parts]) => {
    const record = recordOf(shapes[shape] ?? [], parts, lists)
    return { id, at, effect, subject, action, resource, record }
  })

const recordOf = (names: readonly string[], parts: readonly Part[], lists: readonly Json[]): JsonObject =>
  Object.fromEntries(names.map((name, i) => [name, partIn(parts[i] ?? null, lists)]))

function partIn(part: Part, lists: readonly Json[]): Json {
  if (!Array.isArray(part)) return part as Json
  const [place] = part as readonly [place?: number]
  return place === undefined ? [] : (lists[place] ?? null)
}
