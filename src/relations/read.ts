import type { Entity } from '../policy/entity.ts'
import { findPair, isHeld, NONE } from './pairs.ts'
import { tupleOf } from './proof.ts'
import type { Tuple, TupleUser } from './tuple.ts'
import { edgeAt, findEntity, findRow, findSubject, type Tuples } from './tuples.ts'

/** Which tuples to read; a part that is left out takes any. */
export interface TupleFilter {
  readonly type?: string
  readonly object?: Entity
  readonly relation?: string
  readonly user?: TupleUser
  /** With an object: of its tuples those that name sets, or those that name entities and everyone. */
  readonly naming?: 'sets' | 'entities'
  /** Only tuples after this place, for the next page. */
  readonly after?: number
}

/** A stored tuple and its place, which it keeps until it is removed. Places are this graph's own, not to be stored. */
export interface PlacedTuple {
  readonly place: number
  readonly tuple: Tuple
}

/** Tuples in the order of their places: one that stays while pages are read is met exactly once. */
export function* readTuples(t: Tuples, filter: TupleFilter): Iterable<PlacedTuple> {
  const after = filter.after ?? -1
  const type = filter.object?.type ?? filter.type
  const slots = slotsOf(t, type, filter.relation)
  const object = filter.object === undefined ? NONE : findEntity(t, filter.object.type, filter.object.id)
  const subject = filter.user === undefined ? NONE : findSubject(t, filter.user)
  if (filter.object !== undefined && object === NONE) return
  if (filter.user !== undefined && subject === NONE) return
  if (filter.object === undefined && filter.user === undefined) {
    const wanted = new Set(slots)
    for (let edge = after + 1; edge < t.edges.top; edge++) {
      if (!isHeld(t.edges, edge)) continue
      if (slots !== null && !wanted.has(t.rows.b[t.edges.a[edge] as number] as number)) continue
      yield placed(t, edge)
    }
    return
  }
  const edges: number[] = []
  const take = (edge: number): void => {
    if (edge <= after) return
    edges.push(edge)
  }
  for (const slot of slots ?? t.slotTypes.keys()) {
    if (subject === NONE) alongRow(t, findRow(t, object, slot), filter.naming, take)
    else if (object === NONE) alongShelf(t, subject, slot, take)
    else atPair(t, findRow(t, object, slot), subject, take)
  }
  edges.sort((a, b) => a - b)
  for (const edge of edges) if (isHeld(t.edges, edge)) yield placed(t, edge)
}

function slotsOf(t: Tuples, type: string | undefined, relation: string | undefined): number[] | null {
  if (type === undefined && relation === undefined) return null
  const number = type === undefined ? NONE : (t.types.get(type) ?? NONE - 1)
  return [...t.slotTypes.keys()].filter(
    s => (number === NONE || t.slotTypes[s] === number) && (relation === undefined || t.slotRelations[s] === relation),
  )
}

function alongRow(t: Tuples, row: number, naming: TupleFilter['naming'], take: (edge: number) => void): void {
  if (row === NONE) return
  const along = (first: number): void => {
    for (let e = first; e !== 0; e = t.nextInRow[e - 1] as number) take(e - 1)
  }
  if (naming !== 'sets') along(t.rowEntities[row] as number)
  if (naming !== 'entities') along(t.rowSets[row] as number)
}

function atPair(t: Tuples, row: number, subject: number, take: (edge: number) => void): void {
  const edge = row === NONE ? NONE : edgeAt(t, row, subject)
  if (edge !== NONE) take(edge)
}

function alongShelf(t: Tuples, subject: number, slot: number, take: (edge: number) => void): void {
  const shelf = findPair(t.shelves, subject, slot)
  if (shelf === NONE) return
  for (let e = t.shelfEdges[shelf] as number; e !== 0; e = t.nextInShelf[e - 1] as number) take(e - 1)
}

const placed = (t: Tuples, edge: number): PlacedTuple => ({
  place: edge,
  tuple: {
    ...tupleOf(t, t.edges.a[edge] as number, t.edges.b[edge] as number),
    condition: t.conditions.get(edge) ?? null,
  },
})
