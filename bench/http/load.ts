/** What the load generator is told to do. */
export interface Load {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Request bodies, sent one after another, round and round. */
  readonly bodies: readonly string[]
  readonly connections: number
  /** Requests over all connections. */
  readonly count: number
  /** No request is sent after so many milliseconds. */
  readonly forMs?: number
}

/** What it saw. Times in nanoseconds from the first byte sent to the last byte received. */
export interface Seen {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Answers with another status than 200. */
  readonly failed: number
  readonly sent: number
}

export type FromClient = { readonly kind: 'ready' } | { readonly kind: 'seen'; readonly seen: Seen } | Failure
export interface Failure {
  readonly kind: 'failed'
  readonly why: string
}
