import type { Clock } from '../../lib/clock.ts'
import { Generations } from '../../lib/generations.ts'
import { OauthError } from './error.ts'

/** How often one caller may come. Counted in this process, in bounded memory. */
export interface RateLimit {
  /** Counts one request. Fails with `rate_limit_exceeded` and the seconds to wait. */
  take(who: string): void
}

interface Bucket {
  left: number
  at: number
}

const MINUTE = 60_000
const KEPT = 20_000

/** As many requests as a minute allows at once, and then as they come back. */
export function createRateLimit(perMinute: number, what: string, clock: Clock): RateLimit {
  const buckets = new Generations<string, Bucket>(KEPT)
  return {
    take(who) {
      const now = clock()
      let bucket = buckets.get(who)
      if (bucket === undefined) {
        bucket = { left: perMinute, at: now }
        buckets.set(who, bucket)
      }
      bucket.left = Math.min(perMinute, bucket.left + (Math.max(0, now - bucket.at) * perMinute) / MINUTE)
      bucket.at = now
      if (bucket.left >= 1) {
        bucket.left -= 1
        return
      }
      const wait = Math.ceil(((1 - bucket.left) * MINUTE) / perMinute / 1000)
      throw new OauthError(
        'rate_limit_exceeded',
        `more than ${perMinute} requests a minute ${what}; wait ${wait} s`,
        {},
        {
          'retry-after': String(wait),
          'x-ratelimit-limit': String(perMinute),
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(now / 1000) + wait),
        },
      )
    },
  }
}
