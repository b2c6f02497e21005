import { bytesOf } from './load.ts'
import type { OrgState } from './org.ts'

/** An org in memory: when it was last asked, as a count of askings, and what it was last found to take. */
interface Resident {
  readonly state: OrgState
  used: number
  bytes: number
}

/** The orgs in memory, and which of them must leave when there is no room. */
export interface Residents {
  /** The state of an org, noted as used. */
  use(slug: string): OrgState | undefined
  /** The same, and nobody will have asked. */
  peek(slug: string): OrgState | undefined
  add(state: OrgState): void
  drop(slug: string): void
  /** Weighs an org anew after it changed; drops it where it alone is more than all may be. */
  weigh(slug: string): void
  /** Drops orgs, the longest unused first, until all others and `wanted` more bytes fit; false where they do not. */
  makeRoom(wanted: number, keep: string): boolean
  states(): Iterable<OrgState>
  readonly bytes: number
  readonly size: number
  /** Orgs dropped to make room. */
  readonly dropped: number
}

export function createResidents(budget: number | null): Residents {
  const residents = new Map<string, Resident>()
  let asked = 0
  let bytes = 0
  let dropped = 0

  const drop = (slug: string): void => {
    bytes -= residents.get(slug)?.bytes ?? 0
    residents.delete(slug)
  }

  return {
    use(slug) {
      const resident = residents.get(slug)
      if (resident === undefined) return undefined
      asked += 1
      resident.used = asked
      return resident.state
    },
    peek: slug => residents.get(slug)?.state,
    add(state) {
      drop(state.org.slug)
      asked += 1
      const resident = { state, used: asked, bytes: bytesOf(state) }
      bytes += resident.bytes
      residents.set(state.org.slug, resident)
    },
    drop,
    weigh(slug) {
      const resident = residents.get(slug)
      if (resident === undefined) return
      const now = bytesOf(resident.state)
      bytes += now - resident.bytes
      resident.bytes = now
      if (budget !== null && now > budget && resident.state.held === 0) drop(slug)
    },
    makeRoom(wanted, keep) {
      if (budget === null || bytes + wanted <= budget) return true
      // INVARIANT: an org that a request holds stays: what the request wrote, it will find there.
      const leavable = [...residents].filter(([slug, { state }]) => slug !== keep && state.held === 0)
      leavable.sort(([, a], [, b]) => a.used - b.used)
      for (const [slug] of leavable) {
        drop(slug)
        dropped += 1
        if (bytes + wanted <= budget) return true
      }
      return false
    },
    *states() {
      for (const { state } of residents.values()) yield state
    },
    get bytes() {
      return bytes
    },
    get size() {
      return residents.size
    },
    get dropped() {
      return dropped
    },
  }
}
