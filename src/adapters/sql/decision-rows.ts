import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { filled } from './decision-forms.ts'
import type { OwnPath } from './decision-kinds.ts'

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

type Line = readonly [id: string, at: number, kind: number, ...own: readonly Part[]]

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

const rowsOfKinds = ({ kinds, lists, rows }: NamedBatch): readonly DecisionRow[] =>
  rows.map(([id, at, place, ...parts]) => {
    const { own, record: common, ...found } = kinds[place] as KindLine
    const record: { [member: string]: Json } = { ...common }
    if (own.some(([name]) => name === 'request')) record.request = { ...(record.request as JsonObject) }
    for (const [i, [name, inner]] of own.entries()) {
      const holder = inner === undefined ? record : (record[name] as { [member: string]: Json })
      holder[inner ?? name] = partIn(parts[i] ?? null, lists)
    }
    return { id, at, ...found, record }
  })

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
