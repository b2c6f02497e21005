import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OpenSnapshot, Store } from '../facts/store.ts'
import { bareState, type OrgState, withoutGraph } from './org.ts'
import type { Shipped } from './shipped.ts'

/** How far the loading of an org has come. */
export interface Progress {
  readonly bytes: number
  readonly tuples: number
  /** Tuples there are in all. */
  readonly of: number
}

/**
 * Reads an org into memory as of one instant, page by page: beside the state itself there is never more than two pages.
 * `tell` hears of every page and may end the loading by throwing. Between pages others have their turn.
 */
export function loadState(
  store: Pick<Store, 'readSnapshot'>,
  slug: string,
  shipped: Shipped,
  tell: (progress: Progress) => void,
  hops?: number,
): Promise<OrgState> {
  return store.readSnapshot(slug, async open => {
    const of = open.tupleCount
    tell({ bytes: of * LEAST_BYTES, tuples: 0, of })
    const state = bareState(open.head, shipped, hops)
    let tuples = 0
    const breathe = async (): Promise<void> => {
      tell({ bytes: bytesOf(state), tuples, of })
      await nextTurn()
    }
    await fillAttributes(open, state, breathe)
    for await (const page of open.tuples()) {
      for (const tuple of page) {
        state.graph?.write(tuple)
        tuples += 1
        if (tuples % SLICE === 0) await breathe()
      }
    }
    return state
  })
}

/** The same without a tuple. */
export function loadWithoutGraph(
  store: Pick<Store, 'readSnapshot'>,
  slug: string,
  shipped: Shipped,
  tell: (progress: Progress) => void,
): Promise<OrgState> {
  return store.readSnapshot(slug, async open => {
    const state = withoutGraph(open.head, shipped)
    await fillAttributes(open, state, async () => {
      tell({ bytes: bytesOf(state), tuples: 0, of: open.tupleCount })
      await nextTurn()
    })
    return state
  })
}

async function fillAttributes(open: OpenSnapshot, state: OrgState, breathe: () => Promise<void>): Promise<void> {
  for await (const page of open.attributes()) {
    for (const { entity, name, value } of page) state.attributes.put(entity, name, value)
    await breathe()
  }
}

/** Tuples taken in at one go: some milliseconds. */
const SLICE = 1_000

/** No tuple takes less: an org of so many is not worth beginning with where there is not that much room. */
const LEAST_BYTES = 50

/** What an org takes before it has anything: tables, registry, its view of the model. */
const BASE = 60_000
const REGISTERED = 1_000
/** Of a policy's text, once it is understood and compiled. */
const PER_CHARACTER = 60

/** An estimate of the memory an org takes. */
export const bytesOf = ({ graph, attributes, cache, policy, model, keys, registry }: OrgState): number =>
  BASE +
  (graph?.bytes() ?? 0) +
  attributes.bytes() +
  cache.bytes +
  (policy.text.length + (model?.dsl.length ?? 0)) * PER_CHARACTER +
  keys.size * 300 +
  (registry.users.size + registry.agents.size + registry.services.size + registry.consents.size) * REGISTERED
