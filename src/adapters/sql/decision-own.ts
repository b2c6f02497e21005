import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

/** Members of a record that nearly every decision has its own of. */
const CONTEXT = ['request', 'context'] as const
const AT = ['request', 'at'] as const
const TRACE = ['trace'] as const
const REVISION = ['revision'] as const
/** An instant that is written as how long before the row's own it was: mostly not at all. */
const BEFORE = ['request', 'at', 'before'] as const

export type OwnPath = typeof CONTEXT | typeof AT | typeof BEFORE | typeof TRACE | typeof REVISION

/** For each choice of them the one list there is. */
const lists = new Map<number, readonly OwnPath[]>()

/** What of a row is its own, in order. The same is the same object. */
export function ownOf({ at, record }: DecisionRow): readonly OwnPath[] {
  const request = requestIn(record)
  const asked = request?.at
  const choice =
    (request?.context === undefined ? 0 : 1) +
    (asked === undefined ? 0 : isBetween(asked, at) ? 2 : 4) +
    (record.trace === undefined ? 0 : 8) +
    (record.revision === undefined ? 0 : 16)
  const known = lists.get(choice)
  if (known !== undefined) return known
  const made = [
    ...((choice & 1) > 0 ? [CONTEXT] : []),
    ...((choice & 2) > 0 ? [BEFORE] : []),
    ...((choice & 4) > 0 ? [AT] : []),
    ...((choice & 8) > 0 ? [TRACE] : []),
    ...((choice & 16) > 0 ? [REVISION] : []),
  ]
  lists.set(choice, made)
  return made
}

/** Whether the time between is a number that gives the instant again. */
export const isBetween = (asked: Json, at: number): boolean =>
  Number.isSafeInteger(asked) && Number.isSafeInteger(at) && Number.isSafeInteger(at - (asked as number))

export const requestIn = ({ request }: JsonObject): JsonObject | null =>
  typeof request === 'object' && request !== null && !Array.isArray(request) ? (request as JsonObject) : null

/** What a row has of its own at a place, as its line says it. */
export function ownIn({ at, record }: DecisionRow, [name, inner, how]: OwnPath): Json {
  const value = (inner === undefined ? record[name] : requestIn(record)?.[inner]) ?? null
  return how === undefined ? value : at - (value as number)
}

/** The value that a line of a row says. */
export const saidIn = (said: Json, at: number, [, , how]: OwnPath): Json =>
  how === undefined ? said : at - (said as number)
