import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Graph, Listing, ListOptions } from '../relations/graph.ts'
import type { RelationUser, TupleUser } from '../relations/tuple.ts'
import type { OrgState } from './org.ts'

/** How long one list may keep all others waiting, in milliseconds. */
const SLICE_MS = 10
/** How often a list is begun, each time overtaken by a write, before it is made at once. */
const TRIES = 4
/** Ids in one part at the most. */
const PART = 500

/** A list of one state, made between other work: where a write overtakes it, it begins anew. */
export async function wholeList<T>(state: OrgState, begin: () => Listing<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const made = await unlessOvertaken(state, begin(), tries === TRIES ? Number.POSITIVE_INFINITY : SLICE_MS)
    if (made !== null) return made.list
  }
}

async function unlessOvertaken<T>(state: OrgState, listing: Listing<T>, sliceMs: number): Promise<{ list: T } | null> {
  const { revision } = state
  let since = performance.now()
  for (;;) {
    const step = listing.next()
    if (step.done === true) return { list: step.value }
    if (performance.now() - since < sliceMs) continue
    await nextTurn()
    if (state.revision !== revision) return null
    since = performance.now()
  }
}

/** The first so many of a list in order, which looks no further then. */
export function* firstOf(listing: Listing<unknown>, most: number): Listing<readonly string[]> {
  const ids: string[] = []
  for (const id of listing) {
    if (id !== null && ids.push(id) >= most) break
    yield id
  }
  return ids
}

/**
 * A list in order, as it is found: the first id at once, and a part, perhaps empty, each slice. What a write overtakes
 * goes on behind the last id that was given: a part is of one state, and no id is given twice.
 */
export async function* listInParts(
  state: OrgState,
  begin: (after: string) => Listing<unknown>,
): AsyncGenerator<readonly string[], void, undefined> {
  let after = ''
  for (;;) {
    const { revision } = state
    const listing = begin(after)
    while (state.revision === revision) {
      const { part, done } = nextPart(listing, after === '' ? 1 : PART)
      after = part.at(-1) ?? after
      yield part
      if (done) return
      await nextTurn()
    }
  }
}

function nextPart(listing: Listing<unknown>, most: number): { part: readonly string[]; done: boolean } {
  const part: string[] = []
  const since = performance.now()
  while (part.length < most && performance.now() - since < SLICE_MS) {
    const { done, value } = listing.next()
    if (done === true) return { part, done }
    if (typeof value === 'string') part.push(value)
  }
  return { part, done: false }
}

/** Objects on which a user holds a relation, or everyone of a type, or a set: in order, those behind the id `after`. */
export function objectListing(
  graph: Graph,
  type: string,
  relation: string,
  user: TupleUser,
  options: ListOptions,
  after = '',
): Listing<readonly string[]> {
  if (user.kind === 'entity') return graph.objects(type, relation, user.entity, options, after)
  return objectsOfSet(graph, type, relation, user, options, after)
}

/** A set or a wildcard may hold a relation that no tuple leads to, so every object there is gets looked at. */
function* objectsOfSet(
  graph: Graph,
  type: string,
  relation: string,
  user: RelationUser,
  options: ListOptions,
  after: string,
): Listing<readonly string[]> {
  const known = new Set(graph.entities(type))
  for (const { object } of options.contextual ?? []) {
    if (object.startsWith(`${type}:`)) known.add(object.slice(type.length + 1))
  }
  const ids: string[] = []
  for (const id of [...known].filter(one => one > after).sort()) {
    const { truth, why } = graph.check({ type, id }, relation, user, options)
    if (truth === 'unknown') options.undecided?.(id, why ?? '')
    else if (truth === 'yes') ids.push(id)
    yield truth === 'yes' ? id : null
  }
  return ids
}
