import type { Bound, Node } from './bound.ts'
import { NONE } from './pairs.ts'
import { edgeRow, findRow, idOf, nextOnShelf, rowEntity, shelfHead, type Tuples, typeOf } from './tuples.ts'
import type { Meter } from './walk-state.ts'

/** Ways back up a model: where a user of a kind may be named, and what follows from holding a slot. */
export interface Ways {
  /** Slots whose tuples may name an entity of a type, everyone of a type, or a set of a slot. */
  readonly entity: readonly (readonly number[])[]
  readonly wildcard: readonly (readonly number[])[]
  readonly set: ReadonlyMap<number, readonly number[]>
  /** Slots of the same object that holding a slot may give. */
  readonly computed: ReadonlyMap<number, readonly number[]>
  /** Holding a slot on a parent may give `slot` on whatever names that parent in `tupleset`. */
  readonly from: ReadonlyMap<number, readonly { readonly tupleset: number; readonly slot: number }[]>
}

const waysOfBound = new WeakMap<Bound, Ways>()

export function waysOf(t: Tuples, bound: Bound): Ways {
  const known = waysOfBound.get(bound)
  if (known !== undefined) return known
  const entity: number[][] = t.typeNames.map(() => [])
  const wildcard: number[][] = t.typeNames.map(() => [])
  const set = new Map<number, number[]>()
  const computed = new Map<number, number[]>()
  const from = new Map<number, { tupleset: number; slot: number }[]>()
  const add = <T>(map: Map<number, T[]>, key: number, value: T): void => {
    const list = map.get(key)
    if (list === undefined) map.set(key, [value])
    else list.push(value)
  }
  const up = (slot: number, node: Node): void => {
    switch (node.kind) {
      case 'direct':
        return
      case 'computed':
        add(computed, node.slot, slot)
        return
      case 'from':
        for (const below of new Set(node.slots)) if (below !== NONE) add(from, below, { tupleset: node.tupleset, slot })
        return
      case 'any':
      case 'all':
        for (const child of node.of) up(slot, child)
        return
      case 'except':
        up(slot, node.base)
    }
  }
  for (const relation of bound.relations) {
    if (relation === undefined) continue
    relation.plain.forEach((mask, type) => {
      if (mask !== 0) entity[type]?.push(relation.slot)
    })
    relation.wild.forEach((mask, type) => {
      if (mask !== 0) wildcard[type]?.push(relation.slot)
    })
    for (const slot of relation.sets.keys()) add(set, slot, relation.slot)
    up(relation.slot, relation.node)
  }
  const ways = { entity, wildcard, set, computed, from }
  waysOfBound.set(bound, ways)
  return ways
}

/** Where to start climbing: subjects, and atoms held from the outset as `entity, slot` in turn. */
export interface Start {
  readonly subjects: readonly number[]
  readonly atoms: readonly number[]
}

/**
 * The entities on which a start may hold `slot`: more than do, never fewer. Null when the steps ran out. `reads` hears
 * of each entity whose tuples back to a type's objects were looked at.
 */
export function climb(
  t: Tuples,
  bound: Bound,
  start: Start,
  slot: number,
  meter: Meter,
  reads: ((entity: number, type: number) => void) | null,
): Set<number> | null {
  const ways = waysOf(t, bound)
  const found = new Set<number>()
  const seen = new Set<number>()
  const queue: number[] = []
  const visit = (e: number, s: number): void => {
    const key = e * bound.relations.length + s
    if (seen.has(key)) return
    seen.add(key)
    queue.push(e, s)
    if (s === slot) found.add(e)
  }
  const objects = (subject: number, of: number, at: number, each: (object: number) => void): void => {
    reads?.(of, t.slotTypes[at] as number)
    for (let edge = shelfHead(t, subject, at); edge !== 0; edge = nextOnShelf(t, edge - 1)) {
      if (--meter.left < 0) return
      each(rowEntity(t, edgeRow(t, edge - 1)))
    }
  }
  for (const subject of start.subjects) {
    const entity = subject >>> 1
    const type = typeOf(t, entity)
    const slots = (idOf(t, entity) === '*' ? ways.wildcard : ways.entity)[type] ?? []
    for (const s of slots) objects(subject, entity, s, object => visit(object, s))
  }
  for (let i = 0; i < start.atoms.length; i += 2) visit(start.atoms[i] as number, start.atoms[i + 1] as number)
  while (queue.length > 0 && meter.left >= 0) {
    const s = queue.pop() as number
    const e = queue.pop() as number
    for (const next of ways.computed.get(s) ?? []) visit(e, next)
    const row = findRow(t, e, s)
    for (const at of ways.set.get(s) ?? []) {
      if (row === NONE) reads?.(e, t.slotTypes[at] as number)
      else objects(row * 2 + 1, e, at, object => visit(object, at))
    }
    for (const way of ways.from.get(s) ?? []) objects(e * 2, e, way.tupleset, object => visit(object, way.slot))
  }
  return meter.left >= 0 ? found : null
}
