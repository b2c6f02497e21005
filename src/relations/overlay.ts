import { NONE } from './pairs.ts'
import { type ParsedTuple, parseTuple, type Tuple } from './tuple.ts'
import {
  type EdgeCondition,
  findEntity,
  findRow,
  findSlot,
  findStored,
  OVER,
  type Overlay,
  rowHead,
  shelfHead,
  type Tuples,
} from './tuples.ts'

/** The stored tuples with others on top. Whoever gives one key twice gets the last. */
export function overlay(t: Tuples, tuples: readonly Tuple[]): Tuples {
  const over: Overlay = {
    entities: new Map(),
    types: [],
    ids: [],
    rows: new Map(),
    rowEntities: [],
    rowSlots: [],
    edges: [],
    byPair: new Map(),
    rowHeads: new Map(),
    shelfHeads: new Map(),
    hidden: new Set(),
  }
  const laid: Tuples = {
    types: t.types,
    typeNames: t.typeNames,
    slots: t.slots,
    slotTypes: t.slotTypes,
    slotRelations: t.slotRelations,
    names: t.names,
    rows: t.rows,
    shelves: t.shelves,
    edges: t.edges,
    rowEntities: t.rowEntities,
    rowSets: t.rowSets,
    shelfEdges: t.shelfEdges,
    nextInRow: t.nextInRow,
    previousInRow: t.previousInRow,
    nextInShelf: t.nextInShelf,
    previousInShelf: t.previousInShelf,
    conditions: t.conditions,
    hashes: t.hashes,
    over,
  }
  const last = new Map<string, Tuple>()
  for (const tuple of tuples) last.set(JSON.stringify([tuple.object, tuple.relation, tuple.user]), tuple)
  for (const tuple of last.values()) {
    const parsed = parseTuple(tuple)
    if (parsed !== null) lay(laid, over, parsed, tuple.condition)
  }
  return laid
}

/** A tuple of a relation the model does not have could count nowhere, so it is left out. */
function lay(t: Tuples, over: Overlay, tuple: ParsedTuple, condition: EdgeCondition | null): void {
  const slot = findSlot(t, tuple.object.type, tuple.relation)
  const subject = subjectOf(t, over, tuple)
  if (slot === NONE || subject === NONE) return
  const row = rowOf(t, over, entityOf(t, over, tuple.object.type, tuple.object.id), slot)
  const stored = findStored(t, row, subject)
  if (stored !== NONE) over.hidden.add(stored)
  const kind = (subject & 1) === 0
  const rowKey = `${kind ? 'e' : 's'}${row}`
  const shelfKey = `${subject},${slot}`
  const edge = OVER + over.edges.length
  const nextInRow = rowHead(t, row, kind)
  const nextOnShelf = shelfHead(t, subject, slot)
  over.edges.push({ row, subject, condition, nextInRow, nextOnShelf })
  over.rowHeads.set(rowKey, edge + 1)
  over.shelfHeads.set(shelfKey, edge + 1)
  over.byPair.set(`${row},${subject}`, edge)
}

function subjectOf(t: Tuples, over: Overlay, { user }: ParsedTuple): number {
  if (user.kind !== 'set') {
    const { type, id } = user.kind === 'entity' ? user.entity : { type: user.type, id: '*' }
    return t.types.has(type) ? entityOf(t, over, type, id) * 2 : NONE
  }
  const slot = findSlot(t, user.object.type, user.relation)
  return slot === NONE ? NONE : rowOf(t, over, entityOf(t, over, user.object.type, user.object.id), slot) * 2 + 1
}

function entityOf(t: Tuples, over: Overlay, type: string, id: string): number {
  const known = findEntity(t, type, id)
  if (known !== NONE) return known
  const number = OVER + over.ids.push(id) - 1
  const typeNumber = t.types.get(type) ?? NONE
  over.types.push(typeNumber)
  over.entities.set(`${typeNumber}:${id}`, number)
  return number
}

function rowOf(t: Tuples, over: Overlay, entity: number, slot: number): number {
  const known = findRow(t, entity, slot)
  if (known !== NONE) return known
  const number = OVER + over.rowEntities.push(entity) - 1
  over.rowSlots.push(slot)
  over.rows.set(`${entity},${slot}`, number)
  return number
}
