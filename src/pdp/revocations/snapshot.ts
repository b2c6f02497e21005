import { allDead, type Dead, LONGEST_LIFE } from '../../facts/revoked.ts'
import type { OrgState } from '../org.ts'

/** All by which tokens may be dead, up to the revision `seq`: for those who begin, or missed too much. */
export interface Snapshot {
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Milliseconds: nothing is in it longer. */
  readonly longest: number
  readonly dead: readonly Dead[]
}

/** How long one is handed out to all who ask: many come at once after a restart. */
const KEPT_MS = 1_000

export function createSnapshots(): (state: OrgState, now: number) => Snapshot {
  const kept = new WeakMap<OrgState, Snapshot>()
  return (state, now) => {
    const known = kept.get(state)
    if (known !== undefined && known.seq === state.revision && now - known.at < KEPT_MS) return known
    const { revision: seq, registry } = state
    const made = { seq, at: now, longest: LONGEST_LIFE, dead: allDead(registry, now) }
    kept.set(state, made)
    return made
  }
}
