import type { Alike } from '../../facts/logged.ts'
import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { aboutOf } from './decision-about.ts'
import { type Form, formOf, namesIn } from './decision-forms.ts'
import { type OwnPath, ownOf, requestIn } from './decision-own.ts'

/** Decisions that are alike in all but what each has of its own. */
export interface Kind {
  /** Of a row: what of it is its own, in order. */
  readonly own: readonly OwnPath[]
  /** What all of them have in common, as JSON, without the names of those it is about. */
  readonly form: Form
  /** As JSON, each after a comma. */
  readonly names: string
  readonly effect: DecisionRow['effect']
  /** Whom and what they are looked for by. */
  readonly about: readonly string[]
  /** The batch that they were in last, and their place in it. */
  within: object | null
  place: number
}

/** A kind that rows are compared with. */
interface Compared extends Kind {
  /** One of them, without what is its own. */
  readonly row: DecisionRow
  readonly isUsual: boolean
}

/** Kinds that are remembered of one list of facts, and of how many characters. */
const MOST = 2
const LONGEST = 2_048

/** For as long as whoever made the facts has them at hand. INVARIANT: a list of facts never changes. */
const byFacts = new WeakMap<readonly Json[], readonly Compared[]>()

/** Kinds of one batch, for rows that are found by what they are about, and those too long to be remembered over many. */
export interface Near {
  readonly byResource: Map<string, readonly Compared[]>
  readonly long: Map<Alike, Kind>
}

export const createNear = (): Near => ({ byResource: new Map(), long: new Map() })

/**
 * The kind of a row. It is found by what the decision rests on: decisions of one residual have the same list of facts, as
 * the same object, over many batches.
 */
export function kindOf(row: DecisionRow, { byResource }: Near): Kind {
  const { facts } = row.record
  const own = ownOf(row)
  const known = Array.isArray(facts) ? byFacts.get(facts) : undefined
  const alike = find(known, row, own)
  if (alike !== undefined) return alike
  const near = byResource.get(row.resource)
  const other = find(near, row, own)
  if (other !== undefined) return other
  const kind = made(row)
  if (Array.isArray(facts) && kind.form.text.length <= LONGEST) byFacts.set(facts, newest(kind, known))
  byResource.set(row.resource, newest(kind, near))
  return kind
}

/** The kind of rows that whoever made them found to be alike. */
export function kindOfAlike(alike: Alike, { long }: Near): Kind {
  const known = (alike.known as Kind | null) ?? long.get(alike)
  if (known !== undefined) return known
  const { row: _, isUsual: __, ...kind } = made(alike.row)
  if (kind.form.text.length <= LONGEST) alike.known = kind
  else long.set(alike, kind)
  return kind
}

const newest = (kind: Compared, others: readonly Compared[] = []): readonly Compared[] => [
  kind,
  ...others.slice(0, MOST - 1),
]

function find(kinds: readonly Compared[] | undefined, row: DecisionRow, own: readonly OwnPath[]): Kind | undefined {
  if (kinds !== undefined) for (const kind of kinds) if (isOf(kind, row, own)) return kind
  return undefined
}

/** A kind that nobody will find again. */
export const kindOfOne = (row: DecisionRow): Kind => made(row)

function made(whole: DecisionRow): Compared {
  const { id, at, effect, subject, action, resource, record } = whole
  const usual = isUsual(record)
  const own = usual ? ownOf(whole) : []
  const common: { [member: string]: Json } = { ...record }
  if (usual) common.request = { ...requestIn(record) }
  for (const [name, inner] of own) {
    const holder = inner === undefined ? common : (common[name] as { [member: string]: Json })
    holder[inner ?? name] = null
  }
  const row = { id, at, effect, subject, action, resource, record: common }
  const text = JSON.stringify({ effect, subject, action, resource, own, record: common })
  const { form, names: taken } = formOf(text, namesIn(whole))
  const names = taken.map(name => `,${JSON.stringify(name)}`).join('')
  return { own, form, names, effect, about: aboutOf(subject, record), within: null, place: 0, row, isUsual: usual }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isOf = (kind: Compared, row: DecisionRow, own: readonly OwnPath[]): boolean => {
  const { row: first } = kind
  return (
    first.subject === row.subject &&
    first.action === row.action &&
    first.resource === row.resource &&
    first.effect === row.effect &&
    (kind.isUsual ? kind.own === own && isAlike(first.record, row.record) : isSame(first.record, row.record))
  )
}

/** What records and requests hold: they are compared member by member, at a fraction of the cost of any object. */
const IN_RECORD = new Set(
  'request effect reasons obligations missing validUntil policyVersion revision model zone facts trace charges over'.split(
    ' ',
  ),
)
const IN_REQUEST = new Set('org subject actors action resource context at task evidence'.split(' '))

const isUsual = (record: JsonObject): boolean => {
  const request = requestIn(record)
  return request !== null && isWithin(record, IN_RECORD) && isWithin(request, IN_REQUEST)
}

function isWithin(object: JsonObject, names: ReadonlySet<string>): boolean {
  for (const name in object) if (!names.has(name)) return false
  return true
}

function membersOf(object: JsonObject): number {
  let members = 0
  for (const _ in object) members += 1
  return members
}

/** INVARIANT: `a` holds nothing but what is compared, or is its own. So does `b` where it has as many members, and they are alike. */
const isAlike = (a: JsonObject, b: JsonObject): boolean =>
  isSame(a.facts, b.facts) &&
  isSame(a.reasons, b.reasons) &&
  isSame(a.missing, b.missing) &&
  isSame(a.obligations, b.obligations) &&
  a.effect === b.effect &&
  a.policyVersion === b.policyVersion &&
  a.validUntil === b.validUntil &&
  a.model === b.model &&
  a.zone === b.zone &&
  isSame(a.charges, b.charges) &&
  isSame(a.over, b.over) &&
  membersOf(a) === membersOf(b) &&
  isObject(b.request) &&
  isAlikeRequest(a.request as JsonObject, b.request)

const isAlikeRequest = (a: JsonObject, b: JsonObject): boolean =>
  isSameEntity(a.subject, b.subject) &&
  isSameEntity(a.resource, b.resource) &&
  isSame(a.actors, b.actors) &&
  a.action === b.action &&
  a.org === b.org &&
  a.task === b.task &&
  isSame(a.evidence, b.evidence) &&
  membersOf(a) === membersOf(b)

function isSameEntity(a: Json | undefined, b: Json | undefined): boolean {
  if (!isObject(a) || !isObject(b)) return isSame(a, b)
  if (a.type !== b.type || a.id !== b.id) return false
  return membersOf(a) === 2 ? membersOf(b) === 2 : isSame(a, b)
}

/** Whether two values are the same JSON, whatever the order of members. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i += 1) if (!isSame(a[i], b[i])) return false
    return true
  }
  if (Array.isArray(b)) return false
  const [x, y] = [a as JsonObject, b as JsonObject]
  for (const name in x) if (!isSame(x[name], y[name])) return false
  return membersOf(x) === membersOf(y)
}
