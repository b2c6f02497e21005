import type { SpanValue } from '../lib/span.ts'

/** A span as it goes to the thread that delivers spans. Instants are in milliseconds since 1970, with their fraction. */
export interface EndedSpan {
  readonly traceId: string
  readonly spanId: string
  /** What it is a part of; null where the trace begins with it. */
  readonly parent: string | null
  /** The `tracestate` of the caller whose trace it is; null where that is not the span of a request within one. */
  readonly caller: { readonly tracestate: string | undefined } | null
  /** Whether it is a request that is answered, not a part of one. */
  readonly serves: boolean
  readonly name: string
  readonly attributes: Readonly<Record<string, SpanValue>>
  readonly failed: boolean
  readonly start: number
  readonly end: number
}

/** What the thread is told: spans that ended, or that there will be no more. */
export type TraceCall = readonly EndedSpan[] | 'close'

/** How many spans do not wait any more, delivered or not; `closed` after the last of them. */
export type TraceReply = number | 'closed'

/** What the thread is started with. */
export interface TraceThreadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly service: string
  readonly version: string
}
