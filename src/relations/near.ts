import type { Node } from './bound.ts'
import { readTarget, readUsers } from './cells.ts'
import { holds } from './holds.ts'
import { NONE } from './pairs.ts'
import { NO } from './truth.ts'
import { edgeSubject, findRow, idOf, nextInRow, rowEntity, rowHead, rowSlot, typeOf } from './tuples.ts'
import type { Walk } from './walk-state.ts'

/**
 * The atoms at most `depth` hops from one, by the shortest way, as their keys; null when the steps ran out. Whatever
 * the order of tuples and branches, it is the same set.
 */
export function nearOf(w: Walk, entity: number, slot: number): Set<number> | null {
  const { bound, tuples: t } = w
  const near = new Set<number>()
  let here: number[] = []
  let next: number[] = []
  const visit = (e: number, s: number, into: number[]): void => {
    const key = e * bound.relations.length + s
    if (w.target.reach[s] !== 1 || near.has(key)) return
    near.add(key)
    into.push(e, s)
  }
  const hops = (e: number, s: number, sets: boolean, each: (edge: number, subject: number) => void): void => {
    if (w.reads !== null) {
      if (sets) readTarget(w.reads, e, s, true)
      else readUsers(w.reads, e, s)
    }
    const row = findRow(t, e, s)
    if (row === NONE) return
    for (let edge = rowHead(t, row, !sets); edge !== 0; edge = nextInRow(t, edge - 1)) {
      if (--w.meter.left < 0) return
      each(edge - 1, edgeSubject(t, edge - 1) >>> 1)
    }
  }
  const down = (e: number, s: number, node: Node): void => {
    switch (node.kind) {
      case 'direct':
        hops(e, s, true, (edge, set) => {
          const mask = bound.relations[s]?.sets.get(rowSlot(t, set)) ?? 0
          if (holds(w, edge, mask) !== NO) visit(rowEntity(t, set), rowSlot(t, set), next)
        })
        return
      case 'computed':
        visit(e, node.slot, here)
        return
      case 'from':
        hops(e, node.tupleset, false, (edge, parent) => {
          const type = typeOf(t, parent)
          const to = node.slots[type] ?? NONE
          if (to === NONE || idOf(t, parent) === '*') return
          if (holds(w, edge, bound.relations[node.tupleset]?.plain[type] ?? 0) !== NO) visit(parent, to, next)
        })
        return
      case 'any':
      case 'all':
        for (const child of node.of) down(e, s, child)
        return
      case 'except':
        down(e, s, node.base)
        down(e, s, node.subtract)
    }
  }
  visit(entity, slot, here)
  for (let depth = 0; depth <= w.depth && here.length > 0 && w.meter.left >= 0; depth++) {
    while (here.length > 0) {
      const s = here.pop() as number
      const e = here.pop() as number
      const relation = bound.relations[s]
      // What lies past the last hop is not near.
      if (relation !== undefined && depth < w.depth) down(e, s, relation.node)
      else if (relation !== undefined) computedOnly(relation.node, s2 => visit(e, s2, here))
    }
    here = next
    next = []
  }
  return w.meter.left >= 0 ? near : null
}

function computedOnly(node: Node, each: (slot: number) => void): void {
  switch (node.kind) {
    case 'computed':
      each(node.slot)
      return
    case 'any':
    case 'all':
      for (const child of node.of) computedOnly(child, each)
      return
    case 'except':
      computedOnly(node.base, each)
      computedOnly(node.subtract, each)
      return
    default:
      return
  }
}
