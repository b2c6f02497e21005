import type { Ledger } from '../facts/ledger.ts'
import type { LoggedChange, Notifier, Store } from '../facts/store.ts'
import { answersAway, StoreError } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { createSlots } from '../lib/slots.ts'
import type { CacheUse } from './cache.ts'
import { isTooLarge, PdpError } from './errors.ts'
import { createFollowers } from './followers.ts'
import { createLoads, type LoadFigures, type Loading, type OrgLimits } from './loads.ts'
import { metersOf } from './meters.ts'
import { applyChange, moves, type OrgState } from './org.ts'
import { createResidents } from './residents.ts'
import type { Shipped } from './shipped.ts'
import { createTurns } from './turns.ts'

/**
 * The orgs this process answers for: loaded when first asked, then kept in step with the changelog, and dropped when
 * there is no room. A state that was dropped is what it was then: ask by slug for one that is kept in step.
 */
export interface Orgs {
  /** At once when loaded; fails with `org_not_found`, `org_loading`, `org_too_large`. */
  get(slug: string): OrgState | Promise<OrgState>
  /**
   * The same, but where the org is too large for memory: then as it is now, without its relations, kept by nobody. For what is
   * done about such an org; what depends on a tuple is unknown to it.
   */
  getAnyway(slug: string): Promise<OrgState>
  /** The state of an org that is in memory, without loading it or counting as use. */
  peek(slug: string): OrgState | undefined
  /** Applies what was committed since; resolves when the state has at least `revision`, or all there is. */
  catchUp(slug: string, revision: number): Promise<OrgState>
  /** An org has this revision now. Every later question here is answered from that or a newer one. */
  heard(slug: string, revision: number): Promise<void>
  /**
   * Hears a change that this or another node committed; `told` is called once per change, in order. Of an org that was
   * dropped, what happened meanwhile is told when it is loaded again.
   */
  onChange(told: (slug: string, change: LoggedChange) => void): void
  /** Wakes whoever follows an org, in memory or not, when it may have moved on. Ends what it gives. */
  follow(slug: string, woken: () => void): () => void
  loaded(): Iterable<OrgState>
  loading(): Iterable<Loading>
  /** Asks the database which orgs moved on: what a lost message would have said. */
  poll(): Promise<void>
  /** When `poll` last succeeded, in milliseconds since the epoch: nothing committed before is unknown here. */
  readonly confirmedAt: number
  /** Weighs all orgs, whose caches grow as they are asked, and makes room. */
  tidy(): void
  readonly figures: OrgFigures
}

export interface OrgFigures extends LoadFigures {
  readonly bytes: number
  readonly orgs: number
  readonly dropped: number
  readonly cacheUse: Readonly<CacheUse>
  /** Null: no limit. */
  readonly budget: number | null
}

const PAGE = 500
const CATCH_UPS = 4
const NO_LIMITS: OrgLimits = { budget: null, waitMs: null }

export function createOrgs(
  store: Store,
  notifier: Notifier,
  shipped: Shipped,
  clock: Clock,
  limits: OrgLimits = NO_LIMITS,
  ledger: Pick<Ledger, 'known'> | null = null,
): Orgs {
  let confirmedAt = clock()
  let horizon: Promise<string> | null = null
  const residents = createResidents(limits.budget)
  const followers = createFollowers()
  const inTurn = createTurns()
  const inSlot = createSlots(CATCH_UPS)
  const listeners: ((slug: string, change: LoggedChange) => void)[] = []
  /** The last revision of each org that listeners heard of. */
  const toldTo = new Map<string, number>()
  const cacheUse = { hits: 0, misses: 0 }

  const tell = (slug: string, logged: LoggedChange): void => {
    if (logged.revision <= (toldTo.get(slug) ?? 0)) return
    toldTo.set(slug, logged.revision)
    for (const told of listeners) told(slug, logged)
  }

  /**
   * Applies changes up to a revision, or all there are. A change that cannot be applied leaves no half-changed state. One
   * that moves the relations is not applied: the org is dropped, and read anew. Whoever still holds the state of before
   * is no worse off than one who asked before it.
   */
  const advance = async (state: OrgState, revision: number): Promise<void> => {
    const { slug } = state.org
    while (state.revision < revision) {
      const page = await store.changes(slug, state.revision, PAGE)
      if (page.length === 0) return
      for (const logged of page) {
        if (moves(state, logged.change)) {
          if (residents.peek(slug) === state) return residents.drop(slug)
          throw new PdpError('org_loading', `the relations of \`${slug}\` have just moved; try again shortly`)
        }
        try {
          if (logged.revision !== state.revision + 1) throw new Error(`changelog of \`${slug}\` has a gap`)
          applyChange(state, logged, shipped)
        } catch (error) {
          if (residents.peek(slug) === state) residents.drop(slug)
          throw error
        }
        tell(slug, logged)
      }
    }
  }

  /** What listeners missed of an org while it was not in memory. */
  const tellMissed = async (slug: string, to: number): Promise<void> => {
    const from = toldTo.get(slug)
    if (from === undefined || listeners.length === 0) return void toldTo.set(slug, to)
    for (let at = from; at < to; ) {
      const page = await store.changes(slug, at, PAGE)
      for (const logged of page) if (logged.revision <= to) tell(slug, logged)
      at = page.at(-1)?.revision ?? to
    }
  }

  const arrive = async (loading: Loading, state: OrgState): Promise<void> => {
    const { slug } = loading
    state.cacheUse = cacheUse
    state.meters = ledger === null ? null : metersOf(ledger, slug)
    loading.wanted = Math.max(loading.wanted, await store.revision(slug))
    await tellMissed(slug, state.revision)
    // INVARIANT: nothing is awaited between the last look at `wanted` and the place among the residents.
    while (state.revision < loading.wanted) {
      const { wanted } = loading
      loading.wanted = 0
      await advance(state, wanted)
    }
    residents.add(state)
  }

  const loads = createLoads(store, shipped, residents, limits, clock, arrive)

  /** What is committed from here on, `poll` will find. */
  const begunToPoll = (): Promise<string> => {
    horizon ??= store.changedSince(null).then(
      found => found.horizon,
      (error: unknown) => {
        horizon = null
        throw error
      },
    )
    return horizon
  }

  /** What arrived meanwhile is what answers: one that is loaded beside it could be behind it. */
  const get = (slug: string): OrgState | Promise<OrgState> =>
    residents.use(slug) ?? begunToPoll().then(() => residents.use(slug) ?? loads.state(slug))

  /** Brings an org that is in memory to a revision, and weighs what it has become. */
  const bring = (state: OrgState, revision: number): Promise<void> =>
    inTurn(state.org.slug, async () => {
      if (state.revision >= revision) return
      await advance(state, revision)
      const { slug } = state.org
      residents.weigh(slug)
      residents.makeRoom(0, slug)
    })

  const heard = async (slug: string, revision: number): Promise<void> => {
    loads.note(slug, revision)
    const state = residents.peek(slug)
    try {
      if (state !== undefined && state.revision < revision) await bring(state, revision)
    } finally {
      followers.wake(slug)
    }
  }

  notifier.listen((slug, revision) => void heard(slug, revision).catch(() => undefined))

  return {
    get,
    async getAnyway(slug) {
      const whole = async (): Promise<OrgState | null> => {
        try {
          return await get(slug)
        } catch (error) {
          if (!isTooLarge(error)) throw error
          return null
        }
      }
      const state = await whole()
      if (state !== null) return state
      const bare = await loads.withoutGraph(slug)
      bare.meters = ledger === null ? null : metersOf(ledger, slug)
      // Where a server has its relations since, it may fit.
      return answersAway(bare.engine) && loads.forgive(slug) ? ((await whole()) ?? bare) : bare
    },
    peek: residents.peek,
    async catchUp(slug, revision) {
      for (;;) {
        const state = await get(slug)
        if (state.revision >= revision) return state
        await bring(state, revision)
        if (state.revision >= revision || residents.peek(slug) === state) return state
      }
    },
    heard,
    onChange: told => void listeners.push(told),
    follow: followers.follow,
    loaded: residents.states,
    loading: loads.running,
    async poll() {
      const asked = clock()
      const since = await begunToPoll()
      const { horizon: next, changed } = await store.changedSince(since)
      // Time of a database never goes back: this is another one than before.
      if (BigInt(next) < BigInt(since)) for (const { org } of [...residents.states()]) residents.drop(org.slug)
      const outcomes = await Promise.allSettled(changed.map(c => inSlot(() => heard(c.org, c.revision))))
      const faults = outcomes.flatMap(o => (o.status === 'rejected' ? [o.reason as unknown] : []))
      const away = faults.find(fault => fault instanceof StoreError && fault.code === 'unavailable')
      if (away !== undefined) throw away
      horizon = Promise.resolve(next)
      confirmedAt = asked
      // An org that could not follow is no longer in memory: the others are as new as they can be.
      if (faults.length > 0) throw faults[0]
    },
    tidy() {
      if (limits.budget === null) return
      for (const { org } of [...residents.states()]) residents.weigh(org.slug)
      residents.makeRoom(0, '')
    },
    get confirmedAt() {
      return confirmedAt
    },
    get figures() {
      const { bytes, size, dropped } = residents
      return { ...loads.figures, bytes, orgs: size, dropped, cacheUse, budget: limits.budget }
    },
  }
}
