/** What the bench asks of the process of receivers. */
export type ToReceivers =
  | {
      readonly kind: 'begin'
      readonly count: number
      readonly issuer: string
      readonly audience: string
      readonly apiKey: string
    }
  /** All must take this token for good, and tell when each no longer does. */
  | { readonly kind: 'watch'; readonly token: string }
  /** Every one of so many addresses must be sent an event about this token. */
  | { readonly kind: 'expect'; readonly jti: string; readonly count: number }
  | {
      readonly kind: 'cut'
      readonly seconds: number
      readonly plain: string
      readonly paying: string
      readonly doomed: string
    }
  | { readonly kind: 'end' }

export type FromReceivers =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'done' }
  /** Instants of the clock that all processes of a machine share, in nanoseconds. */
  | { readonly kind: 'times'; readonly at: readonly number[] }
  | ({ readonly kind: 'cut off' } & CutOff)

/** What a receiver that was cut off did. Milliseconds from the cut, and from its end. */
export interface CutOff {
  readonly payingRefusedAfter: number
  readonly plainRefusedAfter: number | null
  /** The last time a token was accepted that was revoked right after the cut. */
  readonly doomedAcceptedUntil: number
  /** Of it: verdicts that a privileged token was good, later than 3 s. */
  readonly wrong: number
  readonly rightAfter: number
}

export const now = (): number => Number(process.hrtime.bigint())
