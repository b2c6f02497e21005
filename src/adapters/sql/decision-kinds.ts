import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

/** Members of the record that rows of one kind have of their own, beside the trace, and context and instant of the request. */
const OWN = ['reasons', 'obligations', 'missing', 'validUntil', 'revision'] as const

/** The row with nothing of its own: what all of its kind have. */
export function commonOf(row: DecisionRow): DecisionRow {
  const { trace: _, ...common } = row.record
  const request: JsonObject = { ...(common.request as JsonObject), context: null, at: null }
  const none: JsonObject = Object.fromEntries(OWN.map(name => [name, null]))
  return { ...row, id: '', at: 0, record: { ...common, ...none, request } }
}

/** Adds what a row has of its own, in a fixed order. `partOf` is how a row holds a member of its record. */
export function addOwn({ record }: DecisionRow, partOf: (value: Json) => Json, into: Json[]): void {
  const { request, reasons, obligations, missing, validUntil, revision, trace } = record
  const { context, at } = request as JsonObject
  into.push(context ?? null, at ?? null, partOf(reasons ?? null), partOf(obligations ?? null), partOf(missing ?? null))
  into.push(validUntil ?? null, revision ?? null)
  if (trace !== undefined) into.push(trace)
}

/** The record of a row: that of its kind, with what the row has of its own. */
export function withOwn(common: JsonObject, own: readonly Json[], partIn: (part: Json) => Json): JsonObject {
  const [context = null, at = null, ...members] = own
  const request = { ...(common.request as JsonObject), context, at }
  const told: JsonObject = Object.fromEntries(OWN.map((name, i) => [name, partIn(members[i] ?? null)]))
  const trace = members[OWN.length]
  return { ...common, ...told, request, ...(trace !== undefined && { trace }) }
}
