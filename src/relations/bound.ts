import { findRelation, type Model, type Restriction, type Rewrite } from './schema.ts'
import { addSlot, addType, type Tuples } from './tuples.ts'

/** A rewrite over slots. `slots` of a `from` has, by type, the slot that is asked there, or -1. */
export type Node =
  | { readonly kind: 'direct' }
  | { readonly kind: 'computed'; readonly slot: number }
  | { readonly kind: 'from'; readonly tupleset: number; readonly slots: Int32Array }
  | { readonly kind: 'any' | 'all'; readonly of: readonly Node[] }
  | { readonly kind: 'except'; readonly base: Node; readonly subtract: Node }

/** Bit of an acceptance mask: a tuple without a condition. Bit i is a tuple with condition i. */
export const BARE = 1 << 25

export interface BoundRelation {
  readonly slot: number
  readonly node: Node
  /** Acceptance masks by type, for entities and for wildcards; 0 is not accepted. */
  readonly plain: Int32Array
  readonly wild: Int32Array
  /** Acceptance masks of sets, by slot. */
  readonly sets: ReadonlyMap<number, number>
  /** Can its answer depend on another object? */
  readonly hops: boolean
}

/** A model over the numbers of a store of tuples. */
export interface Bound {
  readonly model: Model
  /** By slot; undefined for a slot that is not in this model. */
  readonly relations: readonly (BoundRelation | undefined)[]
  readonly conditions: ReadonlyMap<string, number>
  readonly conditionNames: readonly string[]
  /** Cached answers of `reachOf`. */
  readonly reach: Map<number, Uint8Array>
}

export function bind(model: Model, t: Tuples): Bound {
  for (const type of model.types.values()) {
    const number = addType(t, type.name)
    for (const relation of type.relations.keys()) addSlot(t, number, relation)
  }
  const conditionNames = [...model.conditions.keys()]
  const conditions = new Map(conditionNames.map((name, index) => [name, index]))
  const relations: (BoundRelation | undefined)[] = t.slotTypes.map(() => undefined)
  for (const type of model.types.values()) {
    for (const relation of type.relations.values()) {
      const slot = slotOf(t, type.name, relation.name)
      const { plain, wild, sets } = accepted(t, relation.restrictions, conditions)
      const node = nodeOf(t, type.name, relation.rewrite)
      relations[slot] = { slot, node, plain, wild, sets, hops: hops(model, type.name, relation.name, new Set()) }
    }
  }
  return { model, relations, conditions, conditionNames, reach: new Map() }
}

function slotOf(t: Tuples, type: string, relation: string): number {
  return t.slots[t.types.get(type) ?? -1]?.get(relation) ?? -1
}

function accepted(t: Tuples, restrictions: readonly Restriction[], conditions: ReadonlyMap<string, number>) {
  const plain = new Int32Array(t.typeNames.length)
  const wild = new Int32Array(t.typeNames.length)
  const sets = new Map<number, number>()
  for (const r of restrictions) {
    const bit = r.condition === null ? BARE : 1 << (conditions.get(r.condition) ?? 31)
    const type = t.types.get(r.type) ?? -1
    if (r.relation !== null) {
      const slot = slotOf(t, r.type, r.relation)
      sets.set(slot, (sets.get(slot) ?? 0) | bit)
    } else {
      const masks = r.wildcard ? wild : plain
      masks[type] = (masks[type] ?? 0) | bit
    }
  }
  return { plain, wild, sets }
}

function nodeOf(t: Tuples, type: string, rewrite: Rewrite): Node {
  switch (rewrite.kind) {
    case 'this':
      return { kind: 'direct' }
    case 'computed':
      return { kind: 'computed', slot: slotOf(t, type, rewrite.relation) }
    case 'tuple-to-userset': {
      const slots = Int32Array.from(t.typeNames, name => slotOf(t, name, rewrite.relation))
      return { kind: 'from', tupleset: slotOf(t, type, rewrite.tupleset), slots }
    }
    case 'union':
      return { kind: 'any', of: rewrite.of.map(child => nodeOf(t, type, child)) }
    case 'intersection':
      return { kind: 'all', of: rewrite.of.map(child => nodeOf(t, type, child)) }
    case 'difference':
      return { kind: 'except', base: nodeOf(t, type, rewrite.base), subtract: nodeOf(t, type, rewrite.subtract) }
  }
}

function hops(model: Model, type: string, relation: string, seen: Set<string>): boolean {
  const def = findRelation(model, type, relation)
  if (def === null || seen.has(relation)) return false
  seen.add(relation)
  const through = (rewrite: Rewrite): boolean => {
    switch (rewrite.kind) {
      case 'this':
        return def.restrictions.some(r => r.relation !== null)
      case 'computed':
        return hops(model, type, rewrite.relation, seen)
      case 'tuple-to-userset':
        return true
      case 'union':
      case 'intersection':
        return rewrite.of.some(through)
      case 'difference':
        return through(rewrite.base) || through(rewrite.subtract)
    }
  }
  return through(def.rewrite)
}

/**
 * By slot, 1 where a user of the type (or, with `slot`, the set of those who hold that slot) can be found at all,
 * whatever the tuples. The least answer: what it leaves out can never hold.
 */
export function reachOf(bound: Bound, type: number, slot: number): Uint8Array {
  const key = slot >= 0 ? -1 - slot : type
  const known = bound.reach.get(key)
  if (known !== undefined) return known
  const reach = new Uint8Array(bound.relations.length)
  if (slot >= 0) reach[slot] = 1
  const can = (relation: BoundRelation, node: Node): boolean => {
    switch (node.kind) {
      case 'direct':
        if (type >= 0 && ((relation.plain[type] ?? 0) | (relation.wild[type] ?? 0)) !== 0) return true
        return [...relation.sets.keys()].some(set => reach[set] === 1)
      case 'computed':
        return reach[node.slot] === 1
      case 'from': {
        const masks = bound.relations[node.tupleset]?.plain
        return node.slots.some((s, t) => s >= 0 && reach[s] === 1 && (masks?.[t] ?? 0) !== 0)
      }
      case 'any':
        return node.of.some(child => can(relation, child))
      case 'all':
        return node.of.every(child => can(relation, child))
      case 'except':
        return can(relation, node.base)
    }
  }
  for (let grew = true; grew; ) {
    grew = false
    for (const relation of bound.relations) {
      if (relation === undefined || reach[relation.slot] === 1 || !can(relation, relation.node)) continue
      reach[relation.slot] = 1
      grew = true
    }
  }
  bound.reach.set(key, reach)
  return reach
}
