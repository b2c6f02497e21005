import type { LoggedChange, Notifier, Store } from '../facts/store.ts'
import { StoreError } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { PdpError } from './errors.ts'
import { applyChange, type OrgState, stateOf } from './org.ts'
import type { Shipped } from './shipped.ts'

/** The orgs this process answers for: loaded when first asked, then kept in step with the changelog. */
export interface Orgs {
  /** At once when loaded; fails with `org_not_found`. */
  get(slug: string): OrgState | Promise<OrgState>
  /** Applies what was committed since; resolves when the state has at least `revision`. */
  catchUp(slug: string, revision: number): Promise<OrgState>
  /** Hears a change that this or another node committed; `told` is called once per change, in order. */
  onChange(told: (slug: string, change: LoggedChange) => void): void
  loaded(): Iterable<OrgState>
  /** Asks the database for revisions of loaded orgs: what a lost message would have said. */
  poll(): Promise<void>
  /** When `poll` last succeeded, in milliseconds since the epoch: nothing committed before is unknown here. */
  readonly confirmedAt: number
}

const PAGE = 500

export function createOrgs(store: Store, notifier: Notifier, shipped: Shipped, clock: Clock, hops?: number): Orgs {
  let confirmedAt = clock()
  const states = new Map<string, OrgState>()
  const loading = new Map<string, Promise<OrgState>>()
  const turns = new Map<string, Promise<unknown>>()
  const listeners: ((slug: string, change: LoggedChange) => void)[] = []

  const load = async (slug: string): Promise<OrgState> => {
    const snapshot = await store.snapshot(slug).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'org_not_found') {
        throw new PdpError('org_not_found', `there is no org \`${slug}\``)
      }
      throw error
    })
    const state = stateOf(snapshot, shipped, hops)
    states.set(slug, state)
    return state
  }

  const get = (slug: string): OrgState | Promise<OrgState> => {
    const state = states.get(slug)
    if (state !== undefined) return state
    const pending = loading.get(slug)
    if (pending !== undefined) return pending
    const started = load(slug).finally(() => loading.delete(slug))
    loading.set(slug, started)
    return started
  }

  // INVARIANT: changes of one org are applied one page at a time, in order; never two catch-ups at once.
  const inTurn = <T>(slug: string, work: () => Promise<T>): Promise<T> => {
    const before = turns.get(slug) ?? Promise.resolve()
    const turn = before.then(work, work)
    const settled = turn.catch(() => undefined)
    turns.set(slug, settled)
    void settled.then(() => {
      if (turns.get(slug) === settled) turns.delete(slug)
    })
    return turn
  }

  // A change that cannot be applied leaves no half-changed state behind: the org is loaded anew when next asked.
  const applyOrForget = (state: OrgState, logged: LoggedChange): void => {
    try {
      applyChange(state, logged, shipped)
    } catch (error) {
      states.delete(state.org.slug)
      throw error
    }
  }

  const catchUp = async (slug: string, revision: number): Promise<OrgState> => {
    const state = await get(slug)
    if (state.revision >= revision) return state
    return inTurn(slug, async () => {
      while (state.revision < revision) {
        const page = await store.changes(slug, state.revision, PAGE)
        for (const logged of page) {
          if (logged.revision !== state.revision + 1) throw new Error(`changelog of \`${slug}\` has a gap`)
          applyOrForget(state, logged)
          for (const told of listeners) told(slug, logged)
        }
        if (page.length === 0) break
      }
      return state
    })
  }

  notifier.listen((slug, revision) => {
    if (states.has(slug)) void catchUp(slug, revision).catch(() => undefined)
  })

  return {
    get,
    catchUp,
    onChange: told => void listeners.push(told),
    loaded: () => states.values(),
    async poll() {
      const asked = clock()
      for (const slug of states.keys()) await catchUp(slug, await store.revision(slug))
      if (states.size === 0) await store.ping()
      confirmedAt = asked
    },
    get confirmedAt() {
      return confirmedAt
    },
  }
}
