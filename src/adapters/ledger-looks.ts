import type { Asked, Usage } from '../facts/ledger.ts'
import { Generations } from '../lib/generations.ts'
import type { Meter } from '../policy/charge.ts'
import { textOf } from './ledger-held.ts'
import type { Stand } from './sql/ledger.ts'

/** How long a look is good for far from the cap, where other nodes spend too. */
const RECENT_MS = 1_000
/** Of a cap, what must be left after a charge to be far from it. */
const FAR = 1 / 10

interface Look extends Usage {
  readonly leased: number
  readonly next: number | null
  /** When it was asked for, by the steady clock. */
  readonly steady: number
}

/** What this node saw last of meters. */
export interface Looks {
  /** As far as it may be relied on for a charge of it. */
  get(org: string, asked: Asked, now: number, steady: number): Usage | undefined
  put(org: string, meter: Meter, stand: Stand, steady: number): void
  drop(org: string, meter: Meter): void
}

/**
 * `alone`: nobody else spends, and whatever is done passes here, so that a look is exact until the meter changes by itself.
 * Otherwise it is relied on for a while and far from the cap, and never for a refusal.
 */
export function createLooks(alone: boolean, most = 10_000): Looks {
  const looks = new Generations<string, Look>(most)
  const keyOf = (org: string, meter: Meter): string => `${org}\n${textOf(meter)}`

  return {
    get(org, asked, now, steady) {
      const look = looks.get(keyOf(org, asked))
      if (look === undefined || (look.next !== null && now >= look.next)) return undefined
      if (alone) return look
      const { amount = 0, cap = 0 } = asked
      const far = look.used + look.reserved + look.leased + amount <= cap - cap * FAR
      return far && steady - look.steady < RECENT_MS ? look : undefined
    },
    put(org, meter, { used, reserved, leased, next }, steady) {
      looks.set(keyOf(org, meter), { used, reserved, leased, next, steady })
    },
    drop: (org, meter) => looks.delete(keyOf(org, meter)),
  }
}
