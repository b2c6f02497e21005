/** How long ago what is known was all there was. Milliseconds; times of this machine are of a clock that only goes on. */
export interface Pulse {
  /** A connection has begun: another server may say other times. */
  begin(): void
  /** A heartbeat that arrived at `now` and says that it was `at` on the server. */
  beat(now: number, at: number): void
  /** What is known may lack something: only a beat ends that. */
  lose(): void
  silentFor(now: number): number
  /** The server's time by the last beat, in milliseconds since the epoch; null before there was one. */
  readonly serverNow: number | null
}

/** How much two clocks may drift apart, beyond which a beat was on its way too long: a two-thousandth. */
const DRIFT = 1 / 2_000

export function createPulse(): Pulse {
  let heard = Number.NEGATIVE_INFINITY
  let serverNow: number | null = null
  /** The least that lay between the server's time and ours on this connection. */
  let least: { readonly apart: number; readonly at: number } | null = null
  return {
    begin() {
      least = null
    },
    beat(now, at) {
      // The server's times are compared with each other alone: a beat that was held up on its way is as old as it is late.
      const apart = now - at
      const allowed = least === null ? apart : least.apart + (now - least.at) * DRIFT
      least = { apart: Math.min(apart, allowed), at: now }
      heard = Math.max(heard, now - Math.max(0, apart - least.apart))
      serverNow = at
    },
    lose() {
      heard = Number.NEGATIVE_INFINITY
    },
    silentFor: now => Math.max(0, now - heard),
    get serverNow() {
      return serverNow
    },
  }
}
