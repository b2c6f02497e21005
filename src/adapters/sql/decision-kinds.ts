import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

/** Decisions that are alike in all but what each has of its own. */
export interface Kind {
  /** Among the kinds of its batch. */
  readonly place: number
  /** Of a row: what of it is its own, in order. */
  readonly own: readonly OwnPath[]
  /** The context that was last asked in, and its text. */
  context: Json | undefined
  contextText: string
  /** The first of them. */
  readonly row: DecisionRow
  readonly isUsual: boolean
  /** Earlier ones with the same facts, and of the same resource. */
  readonly before: Kind | undefined
  readonly others: Kind | undefined
}

/** Members of a record that nearly every decision has its own of. */
const OWN = [['request', 'context'], ['request', 'at'], ['trace']] as const
export type OwnPath = (typeof OWN)[number]

export interface Kinds {
  /** The kind of a row; `added` hears of it where it is the first. */
  of(row: DecisionRow, added: (kind: Kind) => void): Kind
}

/** Kinds that are looked through for one, the newest first: another would be as well made anew. */
const MOST = 8

/**
 * Finds the kind of a decision by what it rests on: decisions of one residual have the same list of facts, as the same
 * object. Others are found by what they are about.
 */
export function createKinds(): Kinds {
  const byFacts = new Map<Json | undefined, Kind>()
  const byResource = new Map<string, Kind>()
  let count = 0
  return {
    of(row, added) {
      const { facts } = row.record
      const before = byFacts.get(facts)
      let left = MOST
      for (let kind = before; kind !== undefined && left > 0; kind = kind.before, left -= 1) {
        if (isOf(kind, row)) return kind
      }
      const others = byResource.get(row.resource)
      left = MOST
      for (let kind = others; kind !== undefined && left > 0; kind = kind.others, left -= 1) {
        if (isOf(kind, row)) return kind
      }
      const own = OWN.filter(path => holds(row.record, path))
      const found = { isUsual: isUsual(row.record), before, others }
      const kind: Kind = { place: count, own, context: undefined, contextText: '', row, ...found }
      count += 1
      byFacts.set(facts, kind)
      byResource.set(row.resource, kind)
      added(kind)
      return kind
    },
  }
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const requestIn = ({ request }: JsonObject): JsonObject | null => (isObject(request) ? request : null)

function holds(record: JsonObject, path: OwnPath): boolean {
  if (path[0] === 'trace') return record.trace !== undefined
  return requestIn(record)?.[path[1]] !== undefined
}

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
  isSame(a.reasons, b.reasons) &&
  isSame(a.missing, b.missing) &&
  isSame(a.obligations, b.obligations) &&
  a.effect === b.effect &&
  a.revision === b.revision &&
  a.policyVersion === b.policyVersion &&
  a.validUntil === b.validUntil &&
  a.model === b.model &&
  a.zone === b.zone &&
  (a.trace === undefined) === (b.trace === undefined) &&
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
  (a.context === undefined) === (b.context === undefined) &&
  (a.at === undefined) === (b.at === undefined) &&
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
