/** What an attribute of a span may be. */
export type SpanValue = string | number | boolean | readonly string[]

/** A piece of work as a tracing backend shows it. Exists only where somebody will see it. */
export interface Span {
  set(name: string, value: SpanValue): void
  /** It went wrong; `what` is a kind of error, never a text that came from outside. */
  fail(what: string): void
  /** A piece of work within this one, which begins now. */
  child(name: string): Span
  end(): void
}

/** Traces requests, where that is wanted. */
export interface Tracer {
  /**
   * The span of a request that begins now, within what the caller's `traceparent` names; null where it is not traced.
   * INVARIANT: that is known before anything is made for it.
   */
  request(traceparent: string | readonly string[] | undefined, tracestate: string | undefined): RequestSpan | null
}

/** The span of a request, which is named when it is known what it is for. */
export interface RequestSpan extends Span {
  readonly traceId: string
  name(name: string): void
}
