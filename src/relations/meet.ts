import type { Bound, Node } from './bound.ts'
import { type Reads, readUsers } from './cells.ts'
import { NONE } from './pairs.ts'
import { edgeSubject, findRow, idOf, nextInRow, rowEntity, rowHead, rowSlot, type Tuples, typeOf } from './tuples.ts'
import type { Meter } from './walk-state.ts'

/** What may be met on the way down from an object: more than holds, never less. */
export interface Met {
  /** Entities of the type asked for, as users or as objects of sets. */
  readonly entities: Set<number>
  /** Whether everyone of that type is named somewhere. */
  readonly everyone: boolean
  /** False when the steps ran out; then the rest says little. */
  readonly complete: boolean
}

/** All entities of `type` that any tuple beneath `entity#slot` names, through every branch of every rewrite. */
export function meet(
  t: Tuples,
  bound: Bound,
  entity: number,
  slot: number,
  type: number,
  meter: Meter,
  reads: Reads | null,
): Met {
  const entities = new Set<number>()
  const seen = new Set<number>()
  const queue: number[] = []
  let everyone = false
  const visit = (e: number, s: number): void => {
    const key = e * bound.relations.length + s
    if (bound.relations[s] === undefined || seen.has(key)) return
    seen.add(key)
    queue.push(e, s)
    if (e !== NONE && typeOf(t, e) === type) entities.add(e)
  }
  const users = (e: number, s: number, each: (user: number, of: number) => void): void => {
    if (reads !== null) readUsers(reads, e, s)
    const row = findRow(t, e, s)
    if (row === NONE) return
    for (let edge = rowHead(t, row, true); edge !== 0; edge = nextInRow(t, edge - 1)) {
      if (--meter.left < 0) return
      const user = edgeSubject(t, edge - 1) >>> 1
      each(user, typeOf(t, user))
    }
  }
  const down = (e: number, s: number, node: Node): void => {
    switch (node.kind) {
      case 'direct': {
        users(e, s, (user, of) => {
          if (of !== type) return
          if (idOf(t, user) === '*') everyone = true
          else entities.add(user)
        })
        const row = findRow(t, e, s)
        for (let edge = row === NONE ? 0 : rowHead(t, row, false); edge !== 0; edge = nextInRow(t, edge - 1)) {
          if (--meter.left < 0) return
          const set = edgeSubject(t, edge - 1) >>> 1
          if (bound.relations[s]?.sets.has(rowSlot(t, set))) visit(rowEntity(t, set), rowSlot(t, set))
        }
        return
      }
      case 'computed':
        visit(e, node.slot)
        return
      case 'from':
        users(e, node.tupleset, (user, of) => {
          const next = node.slots[of] ?? NONE
          if (next !== NONE) visit(user, next)
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
  visit(entity, slot)
  while (queue.length > 0 && meter.left >= 0) {
    const s = queue.pop() as number
    const e = queue.pop() as number
    const relation = bound.relations[s]
    if (relation !== undefined) down(e, s, relation.node)
  }
  return { entities, everyone, complete: meter.left >= 0 }
}
