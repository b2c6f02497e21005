import type { BoundRelation, Node } from './bound.ts'
import { type Reads, readTarget, readUsers } from './cells.ts'
import { holds } from './holds.ts'
import { NONE } from './pairs.ts'
import { join, type Proof } from './proof.ts'
import { both, CYCLE, DEPTH, either, FAR, isPassing, NO, opposite, WORK, YES } from './truth.ts'
import { edgeAt, edgeSubject, findRow, idOf, nextInRow, rowEntity, rowHead, rowSlot, typeOf } from './tuples.ts'
import { NOWHERE, type Walk } from './walk-state.ts'

/** A walk that met this many ways too long is worth no more steps. */
const CUTS = 200
/** As deep as one walk may call itself. */
const STACK = 1000

/** Does the target hold `slot` on `entity`? `depth` hops have led here. */
export function hold(w: Walk, entity: number, slot: number, depth: number): number {
  if (slot === w.target.slot && entity === w.target.entity) {
    w.proof = null
    return YES
  }
  if (w.target.reach[slot] !== 1) return NO
  if (--w.meter.left < 0) return WORK
  if (depth > w.depth && isFar(w, entity, slot, depth)) return w.near === null || depth > STACK ? DEPTH : FAR
  const relation = w.bound.relations[slot]
  if (relation === undefined) return NO
  return relation.hops ? remember(w, entity, relation, depth) : evaluate(w, entity, relation, relation.node, depth)
}

function isFar(w: Walk, entity: number, slot: number, depth: number): boolean {
  if (w.near !== null) return depth > STACK || !w.near.has(entity * w.bound.relations.length + slot)
  if (++w.cuts > CUTS) w.meter.left = 0
  return true
}

function remember(w: Walk, entity: number, relation: BoundRelation, depth: number): number {
  if (w.memo === null) w.memo = new Map()
  const memo = w.memo
  const key = entity * w.bound.relations.length + relation.slot
  const known = memo.get(key)
  if (known !== undefined) {
    if (known >= 0) {
      if (known === YES) w.proof = w.proofs?.get(key) ?? null
      return known
    }
    const place = (-known - 1) >> 1
    if ((known & 1) !== 0) {
      if (place < w.base) return CYCLE
      if (place < w.low) w.low = place
      return NO
    }
    if (place === w.scope) {
      if (w.base < w.low) w.low = w.base
      return NO
    }
  }
  const outer = w.low
  const mark = w.pending.length
  const place = w.path++
  w.low = NOWHERE
  memo.set(key, -1 - 2 * place)
  const value = evaluate(w, entity, relation, relation.node, depth)
  w.path--
  const low = w.low
  w.low = outer
  if (value === YES) {
    settle(w, memo, mark, false)
    memo.set(key, YES)
    w.proofs ??= new Map()
    w.proofs.set(key, w.proof)
    return YES
  }
  const cut = low < place
  if (cut && low < outer) w.low = low
  if (value !== NO) {
    settle(w, memo, mark, false)
    if (cut || isPassing(w.terms, value)) memo.delete(key)
    else memo.set(key, value)
  } else if (cut) {
    memo.set(key, -2 - 2 * w.scope)
    w.pending.push(key)
  } else {
    settle(w, memo, mark, true)
    memo.set(key, NO)
  }
  return value
}

/** What said no for now since `mark` says no for good, or is forgotten. */
function settle(w: Walk, memo: Map<number, number>, mark: number, good: boolean): void {
  for (let i = mark; i < w.pending.length; i++) {
    const key = w.pending[i] as number
    const value = memo.get(key)
    if (value === undefined || value >= 0 || (value & 1) !== 0) continue
    if (good) memo.set(key, NO)
    else memo.delete(key)
  }
  w.pending.length = mark
}

function evaluate(w: Walk, entity: number, relation: BoundRelation, node: Node, depth: number): number {
  switch (node.kind) {
    case 'direct':
      return direct(w, entity, relation, depth)
    case 'computed':
      return computed(w, entity, node.slot, depth)
    case 'from':
      return from(w, entity, node.tupleset, node.slots, depth)
    case 'any': {
      let result = NO
      for (const child of node.of) {
        const value = evaluate(w, entity, relation, child, depth)
        if (value === YES) return YES
        result = either(w.terms, result, value)
      }
      return result
    }
    case 'all': {
      let result = YES
      let proof: Proof | null = null
      for (const child of node.of) {
        const value = evaluate(w, entity, relation, child, depth)
        if (value === NO) return NO
        if (value === YES) proof = join(proof, w.proof)
        result = both(w.terms, result, value)
      }
      w.proof = proof
      return result
    }
    case 'except': {
      const base = evaluate(w, entity, relation, node.base, depth)
      if (base === NO) return NO
      const { proof, base: start, scope } = w
      w.base = w.path
      w.scope = ++w.scopes
      const subtract = evaluate(w, entity, relation, node.subtract, depth)
      w.base = start
      w.scope = scope
      w.proof = proof
      return both(w.terms, base, opposite(w.terms, subtract))
    }
  }
}

function computed(w: Walk, entity: number, slot: number, depth: number): number {
  if (slot === w.target.slot && entity === w.target.entity) {
    w.proof = null
    return YES
  }
  const relation = w.bound.relations[slot]
  if (relation === undefined || w.target.reach[slot] !== 1) return NO
  return evaluate(w, entity, relation, relation.node, depth)
}

function direct(w: Walk, entity: number, relation: BoundRelation, depth: number): number {
  if (w.reads !== null) look(w, w.reads, entity, relation)
  const { tuples: t, target } = w
  const row = rowOf(w, entity, relation.slot)
  if (row === NONE) return NO
  let result = named(w, row, relation)
  if (result !== YES && target.set !== NONE) result = probe(w, row, target.set, relation.sets.get(target.slot) ?? 0)
  if (result === YES || relation.sets.size === 0) return result
  for (let edge = rowHead(t, row, false); edge !== 0; edge = nextInRow(t, edge - 1)) {
    if (--w.meter.left < 0) return either(w.terms, result, WORK)
    const subject = edgeSubject(t, edge - 1)
    const slot = rowSlot(t, subject >>> 1)
    if (w.target.reach[slot] !== 1) continue
    const held = holds(w, edge - 1, relation.sets.get(slot) ?? 0)
    if (held === NO) continue
    const value = both(w.terms, held, member(w, subject >>> 1, slot, depth + 1))
    if (value === YES) {
      w.proof = { row, subject, next: w.proof, also: null }
      return YES
    }
    result = either(w.terms, result, value)
  }
  return result
}

/** The row that led here, or another. */
function rowOf({ tuples: t, row }: Walk, entity: number, slot: number): number {
  return row !== NONE && rowEntity(t, row) === entity && rowSlot(t, row) === slot ? row : findRow(t, entity, slot)
}

/** As `hold`, of a known row. One that names no sets leads nowhere: it is in no cycle and need not be remembered. */
function member(w: Walk, row: number, slot: number, depth: number): number {
  const { tuples: t, target } = w
  const relation = w.bound.relations[slot]
  const plain = relation?.node.kind === 'direct' && rowHead(t, row, false) === 0
  if (!plain || target.slot !== NONE || depth > w.depth) {
    w.row = row
    return hold(w, rowEntity(t, row), slot, depth)
  }
  if (--w.meter.left < 0) return WORK
  if (w.reads !== null) look(w, w.reads, rowEntity(t, row), relation)
  return named(w, row, relation)
}

/** Others whom the relation names make no difference, unless they may stand for the target. */
export function look(w: Walk, reads: Reads, entity: number, relation: BoundRelation): void {
  readTarget(reads, entity, relation.slot, relation.sets.size > 0 || (relation.wild[w.target.type] ?? 0) !== 0)
}

function named(w: Walk, row: number, relation: BoundRelation, target = w.target): number {
  const result = target.plain === NONE ? NO : probe(w, row, target.plain, relation.plain[target.type] ?? 0)
  if (result === YES || target.wild === NONE) return result
  return either(w.terms, result, probe(w, row, target.wild, relation.wild[target.type] ?? 0))
}

function from(w: Walk, entity: number, tupleset: number, slots: Int32Array, depth: number): number {
  if (w.reads !== null) readUsers(w.reads, entity, tupleset)
  const t = w.tuples
  const row = findRow(t, entity, tupleset)
  const masks = w.bound.relations[tupleset]?.plain
  if (row === NONE || masks === undefined) return NO
  let result = NO
  for (let edge = rowHead(t, row, true); edge !== 0; edge = nextInRow(t, edge - 1)) {
    if (--w.meter.left < 0) return either(w.terms, result, WORK)
    const subject = edgeSubject(t, edge - 1)
    const parent = subject >>> 1
    const type = typeOf(t, parent)
    const slot = slots[type] ?? NONE
    if (slot === NONE || w.target.reach[slot] !== 1 || idOf(t, parent) === '*') continue
    const held = holds(w, edge - 1, masks[type] ?? 0)
    if (held === NO) continue
    const value = both(w.terms, held, hold(w, parent, slot, depth + 1))
    if (value === YES) {
      w.proof = { row, subject, next: w.proof, also: null }
      return YES
    }
    result = either(w.terms, result, value)
  }
  return result
}

function probe(w: Walk, row: number, subject: number, mask: number): number {
  if (mask === 0) return NO
  const edge = edgeAt(w.tuples, row, subject)
  if (edge === NONE) return NO
  const value = holds(w, edge, mask)
  if (value === YES) w.proof = { row, subject, next: null, also: null }
  return value
}
