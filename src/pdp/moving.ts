import type { RelationServer, Servers } from '../facts/server.ts'
import type { Engine, StoredTuple } from '../facts/store.ts'
import { createGraph, type Graph } from '../relations/graph.ts'
import { notConfigured } from './answered.ts'
import { agrees, type Comparison } from './compare.ts'
import { isTooLarge, PdpError } from './errors.ts'
import { bytesOf } from './load.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

/** What became of a move, and what its verification found. */
export interface Moved {
  readonly engine: Engine | null
  readonly comparison: Comparison
}

/** The org as it is now; one that is too large for memory without its relations. */
export async function current({ orgs, store }: Pick<Service, 'orgs' | 'store'>, slug: string): Promise<OrgState> {
  try {
    return await orgs.catchUp(slug, await store.revision(slug))
  } catch (error) {
    if (!isTooLarge(error)) throw error
    return orgs.getAnyway(slug)
  }
}

export const setEngine = (service: Service, state: OrgState, engine: Engine | null, feed: string | null = null) =>
  service.write(state, [{ kind: 'engine', engine, was: state.engine?.state ?? null, feed }])

export function modelOf({ model }: OrgState): NonNullable<OrgState['model']> {
  if (model === null)
    throw new PdpError('model_missing', 'the org has no model yet; write one before its relations move')
  return model
}

/** Fails with `relations_unavailable` for one that no setting names. */
export function serverNamed(servers: Servers, name: string): RelationServer {
  const server = servers.get(name)
  if (server === undefined) throw notConfigured(name)
  return server
}

export const notThere = (why: string): PdpError => new PdpError('invalid_request', why)

export const endedElsewhere = (): PdpError => new PdpError('relations_moving', 'somebody else has ended this move')

export function refuseDiffering(comparison: Comparison): void {
  if (agrees(comparison)) return
  const { differing, contrary, sameModel } = comparison
  const model = sameModel ? '' : 'the models, '
  throw new PdpError(
    'relations_differ',
    `the two do not agree (${model}${differing} tuples, ${contrary.length} checks); the move goes on when it is run again`,
    { comparison: JSON.parse(JSON.stringify(comparison)) },
  )
}

/** A graph of its own that is given up as soon as it takes more than there is room for. */
export interface Scratch {
  add(tuple: StoredTuple): void
  /** Whether it is known to take too much. */
  readonly full: boolean
  /** Null where there was no room. */
  readonly graph: Graph | null
}

const SLICE = 1_000

export function createScratch(state: OrgState, room: number): Scratch {
  let graph: Graph | null = createGraph(modelOf(state).model, state.hops)
  let added = 0
  return {
    add(tuple) {
      graph?.write(tuple)
      added += 1
      if (graph !== null && added % SLICE === 0 && graph.bytes() > room) graph = null
    },
    get full() {
      return graph === null
    },
    get graph() {
      if (graph !== null && graph.bytes() > room) graph = null
      return graph
    },
  }
}

/** What the relations of an org may take on this node, were no other in memory. */
export const roomFor = (service: Service, state: OrgState): number =>
  (service.orgs.figures.budget ?? Number.POSITIVE_INFINITY) - bytesOf(state)

/** What is free beside all that is in memory now. */
export const roomNow = ({ orgs }: Service): number =>
  (orgs.figures.budget ?? Number.POSITIVE_INFINITY) - orgs.figures.bytes

/** Where the changes of a server end. */
export async function feedEnd(server: RelationServer, storeId: string, from = ''): Promise<string> {
  for (let after = from; ; ) {
    const { changes, next } = await server.changes(storeId, after)
    if (changes.length === 0) return after
    after = next
  }
}
