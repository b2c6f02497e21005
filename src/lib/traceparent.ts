/** Where a request comes from, as its `traceparent` says (W3C Trace Context, level 1). */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/** Null for what is none: then the trace begins here. */
export function traceParentIn(header: string | readonly string[] | undefined): TraceParent | null {
  if (typeof header !== 'string') return null
  const [, traceId, spanId, flags] = FORM.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
