import type { DecisionRow } from '../../facts/store.ts'
import { Generations } from '../../lib/generations.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { type Form, formOf, namesIn } from './decision-forms.ts'

/** Decisions that are alike in all but what each has of its own. */
export interface Kind {
  /** Of a row: what of it is its own, in order. */
  readonly own: readonly OwnPath[]
  /** What all of them have in common, as JSON, without the names of those it is about. */
  readonly form: Form
  readonly names: readonly string[]
  /** One of them, without what is its own. */
  readonly row: DecisionRow
  readonly isUsual: boolean
}

/** Members of a record that nearly every decision has its own of. */
const OWN = [['request', 'context'], ['request', 'at'], ['trace'], ['revision']] as const
export type OwnPath = (typeof OWN)[number]

/** Residuals whose decisions are remembered, twice this at the most; how many kinds of each, and of how many characters. */
const KEPT = 4_096
const MOST = 2
const LONGEST = 2_048

/** INVARIANT: a list of facts never changes. */
const byFacts = new Generations<Json, readonly Kind[]>(KEPT)

/**
 * The kind of a row. It is found by what the decision rests on: decisions of one residual have the same list of facts, as
 * the same object, over many batches. `others` are kinds of this batch, for those that are found by what they are about.
 */
export function kindOf(row: DecisionRow, others: Map<string, readonly Kind[]>): Kind {
  const { facts } = row.record
  const known = Array.isArray(facts) ? byFacts.get(facts) : undefined
  const alike = row.alone === true ? findAlone(known, row) : find(known, row)
  if (alike !== undefined) return alike
  const near = others.get(row.resource)
  const other = find(near, row)
  if (other !== undefined) return other
  const kind = made(row)
  if (Array.isArray(facts) && kind.form.text.length <= LONGEST) byFacts.set(facts, newest(kind, known))
  others.set(row.resource, newest(kind, near))
  return kind
}

const newest = (kind: Kind, others: readonly Kind[] = []): readonly Kind[] => [kind, ...others.slice(0, MOST - 1)]

function find(kinds: readonly Kind[] | undefined, row: DecisionRow): Kind | undefined {
  if (kinds !== undefined) for (const kind of kinds) if (isOf(kind, row)) return kind
  return undefined
}

/** INVARIANT: the kinds were made of rows with the very facts of this one. */
function findAlone(kinds: readonly Kind[] | undefined, row: DecisionRow): Kind | undefined {
  if (kinds !== undefined) {
    for (const kind of kinds) {
      const { row: first } = kind
      if (first.alone !== true) continue
      if (
        kind.isUsual &&
        isAlikeBut(first.record, row.record) &&
        isSaidAlike(requestIn(first.record), requestIn(row.record))
      )
        return kind
    }
  }
  return find(kinds, row)
}

/** A kind that nobody will find again. */
export const kindOfOne = (row: DecisionRow): Kind => made(row)

function made(whole: DecisionRow): Kind {
  const { id, at, effect, subject, action, resource, record } = whole
  const usual = isUsual(record)
  const own = usual ? OWN.filter(path => ownIn(record, path) !== undefined) : []
  const common: { [member: string]: Json } = { ...record }
  if (usual) common.request = { ...requestIn(record) }
  for (const [name, inner] of own) {
    const holder = inner === undefined ? common : (common[name] as { [member: string]: Json })
    holder[inner ?? name] = null
  }
  const row = { id, at, effect, subject, action, resource, record: common, ...(whole.alone && { alone: whole.alone }) }
  const text = JSON.stringify({ effect, subject, action, resource, own, record: common })
  return { own, ...formOf(text, namesIn(whole)), row, isUsual: usual }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const requestIn = ({ request }: JsonObject): JsonObject | null => (isObject(request) ? request : null)

/** What a record has of its own at a place. */
export const ownIn = (record: JsonObject, [name, inner]: OwnPath): Json | undefined =>
  inner === undefined ? record[name] : requestIn(record)?.[inner]

const isOf = (kind: Kind, row: DecisionRow): boolean => {
  const { row: first } = kind
  return (
    first.subject === row.subject &&
    first.action === row.action &&
    first.resource === row.resource &&
    first.effect === row.effect &&
    (kind.isUsual ? isAlike(first.record, row.record) : isSame(first.record, row.record))
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

/** INVARIANT: `a` holds nothing but what is compared. So does `b` where it has as many members, and they are alike. */
const isAlike = (a: JsonObject, b: JsonObject): boolean =>
  isSame(a.facts, b.facts) &&
  isAlikeBut(a, b) &&
  isObject(b.request) &&
  isAlikeRequest(a.request as JsonObject, b.request)

/** All but facts and request. */
const isAlikeBut = (a: JsonObject, b: JsonObject): boolean =>
  isSame(a.reasons, b.reasons) &&
  isSame(a.missing, b.missing) &&
  isSame(a.obligations, b.obligations) &&
  a.effect === b.effect &&
  (a.revision === undefined) === (b.revision === undefined) &&
  a.policyVersion === b.policyVersion &&
  a.validUntil === b.validUntil &&
  a.model === b.model &&
  a.zone === b.zone &&
  (a.trace === undefined) === (b.trace === undefined) &&
  isSame(a.charges, b.charges) &&
  isSame(a.over, b.over) &&
  membersOf(a) === membersOf(b)

/** What the caller said beside whom it is about, and what is done to what. */
const isSaidAlike = (a: JsonObject | null, b: JsonObject | null): boolean =>
  a !== null &&
  b !== null &&
  a.org === b.org &&
  a.task === b.task &&
  isSame(a.evidence, b.evidence) &&
  (a.context === undefined) === (b.context === undefined) &&
  (a.at === undefined) === (b.at === undefined) &&
  membersOf(a) === membersOf(b)

const isAlikeRequest = (a: JsonObject, b: JsonObject): boolean =>
  isSameEntity(a.subject, b.subject) &&
  isSameEntity(a.resource, b.resource) &&
  isSame(a.actors, b.actors) &&
  a.action === b.action &&
  isSaidAlike(a, b)

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
