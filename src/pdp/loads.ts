import type { Store } from '../facts/store.ts'
import { StoreError } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { createSlots } from '../lib/slots.ts'
import { PdpError } from './errors.ts'
import { loadState, loadWithoutGraph, type Progress } from './load.ts'
import type { OrgState } from './org.ts'
import type { Residents } from './residents.ts'
import type { Shipped } from './shipped.ts'
import { fromStore } from './store-errors.ts'

/** How much memory orgs may take, and how long a request waits for one that is loading. Null: no limit. */
export interface OrgLimits {
  readonly budget: number | null
  readonly waitMs: number | null
  /** Most hops of one relation check; 25 by default. */
  readonly hops?: number
}

export interface Loading {
  readonly done: Promise<OrgState>
  readonly slug: string
  /** The newest revision heard of meanwhile. */
  wanted: number
  progress: Progress
}

export interface LoadFigures {
  readonly loads: number
  /** Loads of orgs that were in memory before: many of them mean the budget is too small for what is asked. */
  readonly reloads: number
  readonly seconds: number
  readonly refused: number
}

export interface Loads {
  /** The state of an org that is not in memory: waits for it, up to the limit, while it goes on loading. */
  state(slug: string): Promise<OrgState>
  /** An org as it is now without its relations, whatever they would take; read anew each time. */
  withoutGraph(slug: string): Promise<OrgState>
  /** Lets an org that was refused be tried again at once; false where it was not. */
  forgive(slug: string): boolean
  /** Notes a revision for an org that is loading: it will have it before it answers. */
  note(slug: string, revision: number): void
  running(): Iterable<Loading>
  readonly figures: LoadFigures
}

/** Loadings that run at once: enough to use the database, few enough to leave connections for others. */
const AT_ONCE = 4
/** How long an org that did not fit is refused without another try. */
const REFUSED_MS = 10_000

const NOTHING: Progress = { bytes: 0, tuples: 0, of: 0 }

/** Loads orgs in the background. `arrive` brings a state up to date and gives it a place; it has no place before. */
export function createLoads(
  store: Store,
  shipped: Shipped,
  residents: Residents,
  limits: OrgLimits,
  clock: Clock,
  arrive: (loading: Loading, state: OrgState) => Promise<void>,
): Loads {
  const running = new Map<string, Loading>()
  const refusals = new Map<string, { readonly error: PdpError; readonly until: number }>()
  /** How many tuples of an org were too many: as many need not push out others again. */
  const outgrown = new Map<string, number>()
  const known = new Set<string>()
  const inSlot = createSlots(AT_ONCE)
  const inBareSlot = createSlots(1)
  const figures = { loads: 0, reloads: 0, seconds: 0, refused: 0 }

  const refuse = (slug: string): PdpError => {
    const error = tooLarge(slug, limits.budget ?? 0)
    refusals.set(slug, { error, until: clock() + REFUSED_MS })
    figures.refused += 1
    return error
  }

  /** Drops others for what is loading. Of several that do not fit together, the one that began first goes on. */
  const claim = (loading: Loading, progress: Progress): void => {
    loading.progress = progress
    if (limits.budget === null) return
    const { slug } = loading
    if (progress.tuples === 0 && progress.of >= (outgrown.get(slug) ?? Infinity)) throw refuse(slug)
    if (progress.bytes > limits.budget) {
      if (progress.tuples > 0) outgrown.set(slug, progress.tuples)
      throw refuse(slug)
    }
    let wanted = 0
    for (const other of running.values()) wanted += other.progress.bytes
    if (residents.makeRoom(wanted, slug)) return
    const [first] = running.values()
    if (first !== loading) throw noRoom(slug)
  }

  const load = async (loading: Loading): Promise<OrgState> => {
    const started = performance.now()
    const { slug } = loading
    try {
      const state = await loadState(store, slug, shipped, progress => claim(loading, progress), limits.hops)
      await arrive(loading, state)
      figures.loads += 1
      if (known.has(slug)) figures.reloads += 1
      known.add(slug)
      figures.seconds += (performance.now() - started) / 1000
      return state
    } catch (error) {
      throw fault(slug, error)
    } finally {
      running.delete(slug)
    }
  }

  const loadBare = async (slug: string): Promise<OrgState> => {
    try {
      return await loadWithoutGraph(store, slug, shipped, ({ bytes }) => {
        if (limits.budget !== null && bytes > limits.budget) throw tooLarge(slug, limits.budget)
      })
    } catch (error) {
      throw fault(slug, error)
    }
  }

  const begin = (slug: string): Loading => {
    const done = Promise.resolve().then(() => inSlot(() => load(loading)))
    const loading: Loading = { slug, wanted: 0, progress: NOTHING, done }
    done.catch(() => undefined)
    running.set(slug, loading)
    return loading
  }

  return {
    state(slug) {
      const refusal = refusals.get(slug)
      if (refusal !== undefined && clock() < refusal.until) return Promise.reject(refusal.error)
      refusals.delete(slug)
      const loading = running.get(slug) ?? begin(slug)
      return limits.waitMs === null ? loading.done : within(loading, limits.waitMs)
    },
    withoutGraph: slug => inBareSlot(() => loadBare(slug)),
    forgive: slug => refusals.delete(slug),
    note(slug, revision) {
      const loading = running.get(slug)
      if (loading !== undefined) loading.wanted = Math.max(loading.wanted, revision)
    },
    running: () => running.values(),
    figures,
  }
}

function fault(slug: string, error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  if (error.code !== 'org_not_found') return fromStore(error)
  return new PdpError('org_not_found', `there is no org \`${slug}\``)
}

function within(loading: Loading, waitMs: number): Promise<OrgState> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(stillLoading(loading)), waitMs)
    loading.done.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function stillLoading({ slug, progress: { tuples, of } }: Loading): PdpError {
  const far = of === 0 ? 'it waits for its turn' : `${tuples} of ${of} tuples are in memory`
  return new PdpError('org_loading', `\`${slug}\` is being loaded: ${far}; try again shortly`, { tuples, of })
}

const noRoom = (slug: string): PdpError =>
  new PdpError('org_loading', `\`${slug}\` waits for another org to be loaded: there is no memory for both at once`)

function tooLarge(slug: string, budget: number): PdpError {
  const mb = Math.floor(budget / 2 ** 20)
  return new PdpError(
    'org_too_large',
    `\`${slug}\` takes more than the ${mb} MB that GRAPH_MEMORY_MB allows for all orgs of this node: allow more, or move its relations to an OpenFGA server with \`lumoauth relations move\``,
    { limit_mb: mb },
  )
}
