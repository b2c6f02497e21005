/** What the load generator is told to do. */
export interface Load {
  /** HTTP without. Bodies of gRPC are messages in base64. */
  readonly protocol?: 'grpc'
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Request bodies. */
  readonly bodies: readonly string[]
  /** `zipf`: the nth body is sent about 1/n as often as the first. Without it one after another, round and round. */
  readonly order?: 'zipf'
  readonly connections: number
  /** Requests over all connections. */
  readonly count: number
  /** No request is sent after so many milliseconds. */
  readonly forMs?: number
  readonly expects?: Expected
  readonly writes?: Writes
}

/** What the answers must be. */
export interface Expected {
  /** What says allow in an answer, a byte a character. */
  readonly sign: string
  /** How often it is in the answer to each body. */
  readonly times: readonly number[]
}

/** Writes among the requests. */
export interface Writes {
  /** One in so many of what is sent is a write. */
  readonly every: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What makes something, and what takes it back: a connection sends one after the other, and takes back at the end. */
  readonly pairs: readonly (readonly [string, string])[]
}

/** What it saw. Times in nanoseconds from the first byte sent to the last byte received. */
export interface Seen {
  readonly p50: number
  readonly p99: number
  /** Writes included. */
  readonly perSecond: number
  /** Answers with another status than 200. */
  readonly failed: number
  /** What the first of them said. */
  readonly failure: string | null
  /** Answers that were not as expected. */
  readonly wrong: number
  readonly sent: number
  /** Of these, writes, and how long the middle one took. */
  readonly written: number
  readonly writeP50: number
  readonly writeP99: number
}

export type FromClient = { readonly kind: 'ready' } | { readonly kind: 'seen'; readonly seen: Seen } | Failure
export interface Failure {
  readonly kind: 'failed'
  readonly why: string
}
