import type { JsonObject } from '../policy/json.ts'
import { createHashes, type Hashes } from './hashes.ts'
import { addName, bytesOfNames, createNames, findName, type Names } from './names.ts'
import { addPair, bytesOfPairs, createPairs, findPair, grown, NONE, type Pairs, removePair, widen } from './pairs.ts'
import type { ParsedTuple, TupleUser } from './tuple.ts'

/**
 * Tuples as numbers. An entity, a type and a slot (a type's relation) each have one. A row is an entity and a slot,
 * `document:1#viewer`. A subject is `entity * 2`, or `row * 2 + 1` for those who hold the row; `type:*` is an entity
 * whose id is `*`. An edge is a row and a subject: one tuple. A shelf is a subject and the slot it is named in, the way back.
 * Rows, shelves and entities keep their numbers for ever; an edge's number lasts as long as its tuple.
 */
export interface Tuples {
  readonly types: Map<string, number>
  readonly typeNames: string[]
  /** For each type, its relations' slots. */
  readonly slots: Map<string, number>[]
  readonly slotTypes: number[]
  readonly slotRelations: string[]
  readonly names: Names
  readonly rows: Pairs
  readonly shelves: Pairs
  readonly edges: Pairs
  /** First edge + 1 of each row whose subject is an entity, and whose subject is a set. */
  rowEntities: Uint32Array
  rowSets: Uint32Array
  /** First edge + 1 of each shelf. */
  shelfEdges: Uint32Array
  /** Doubly linked lists of edges, + 1 throughout: within a row and kind, and within a shelf. */
  nextInRow: Uint32Array
  previousInRow: Uint32Array
  nextInShelf: Uint32Array
  previousInShelf: Uint32Array
  readonly conditions: Map<number, EdgeCondition>
  readonly hashes: Hashes
  /** Tuples of one question on top of these; null where these are all. */
  readonly over: Overlay | null
}

interface OverEdge {
  readonly row: number
  readonly subject: number
  readonly condition: EdgeCondition | null
  /** The next edge + 1 of its row and kind, and of its shelf; the last one leads on to the stored ones. */
  readonly nextInRow: number
  readonly nextOnShelf: number
}

/**
 * Tuples that hold for one question, on top of the stored ones, which are only read. A tuple that is stored too is
 * hidden beneath the one that comes with the question.
 */
export interface Overlay {
  readonly entities: Map<string, number>
  readonly types: number[]
  readonly ids: string[]
  readonly rows: Map<string, number>
  readonly rowEntities: number[]
  readonly rowSlots: number[]
  readonly edges: OverEdge[]
  readonly byPair: Map<string, number>
  /** The first edge + 1 of a row's entities (`e`) or sets (`s`), and of a shelf. */
  readonly rowHeads: Map<string, number>
  readonly shelfHeads: Map<string, number>
  readonly hidden: Set<number>
}

export interface EdgeCondition {
  readonly name: string
  readonly context: JsonObject
}

export function createTuples(): Tuples {
  const column = (): Uint32Array => new Uint32Array(64)
  return {
    types: new Map(),
    typeNames: [],
    slots: [],
    slotTypes: [],
    slotRelations: [],
    names: createNames(),
    rows: createPairs(),
    shelves: createPairs(),
    edges: createPairs(),
    rowEntities: column(),
    rowSets: column(),
    shelfEdges: column(),
    nextInRow: column(),
    previousInRow: column(),
    nextInShelf: column(),
    previousInShelf: column(),
    conditions: new Map(),
    hashes: createHashes(),
    over: null,
  }
}

export function addType(t: Tuples, name: string): number {
  const found = t.types.get(name)
  if (found !== undefined) return found
  t.types.set(name, t.typeNames.length)
  t.slots.push(new Map())
  return t.typeNames.push(name) - 1
}

export function addSlot(t: Tuples, type: number, relation: string): number {
  const ofType = t.slots[type] as Map<string, number>
  const found = ofType.get(relation)
  if (found !== undefined) return found
  ofType.set(relation, t.slotTypes.length)
  t.slotRelations.push(relation)
  return t.slotTypes.push(type) - 1
}

export const findSlot = (t: Tuples, type: string, relation: string): number =>
  t.slots[t.types.get(type) ?? NONE]?.get(relation) ?? NONE

export function findEntity(t: Tuples, type: string, id: string): number {
  const number = t.types.get(type)
  if (number === undefined) return NONE
  const found = findName(t.names, number, id)
  return found === NONE && t.over !== null ? (t.over.entities.get(`${number}:${id}`) ?? NONE) : found
}

export function findRow(t: Tuples, entity: number, slot: number): number {
  if (entity < 0) return NONE
  const found = findPair(t.rows, entity, slot)
  return found === NONE && t.over !== null ? (t.over.rows.get(`${entity},${slot}`) ?? NONE) : found
}

/** Numbers from here on are those of `over`; stored ones stay below. */
export const OVER = 2 ** 29

export const typeOf = (t: Tuples, entity: number): number =>
  (entity < OVER ? t.names.types[entity] : t.over?.types[entity - OVER]) as number

export const idOf = (t: Tuples, entity: number): string =>
  (entity < OVER ? t.names.ids[entity] : t.over?.ids[entity - OVER]) as string

export const rowEntity = (t: Tuples, row: number): number =>
  (row < OVER ? t.rows.a[row] : t.over?.rowEntities[row - OVER]) as number

export const rowSlot = (t: Tuples, row: number): number =>
  (row < OVER ? t.rows.b[row] : t.over?.rowSlots[row - OVER]) as number

export const edgeRow = (t: Tuples, edge: number): number =>
  (edge < OVER ? t.edges.a[edge] : t.over?.edges[edge - OVER]?.row) as number

export const edgeSubject = (t: Tuples, edge: number): number =>
  (edge < OVER ? t.edges.b[edge] : t.over?.edges[edge - OVER]?.subject) as number

/** The first edge + 1 of a row's entities, or of its sets; 0 where there is none. */
export function rowHead(t: Tuples, row: number, entities: boolean): number {
  if (t.over !== null) {
    const found = t.over.rowHeads.get(`${entities ? 'e' : 's'}${row}`)
    if (found !== undefined) return found
    if (row >= OVER) return 0
  }
  return (entities ? t.rowEntities[row] : t.rowSets[row]) as number
}

export const nextInRow = (t: Tuples, edge: number): number =>
  (edge < OVER ? t.nextInRow[edge] : t.over?.edges[edge - OVER]?.nextInRow) as number

export function shelfHead(t: Tuples, subject: number, slot: number): number {
  const found = t.over?.shelfHeads.get(`${subject},${slot}`)
  if (found !== undefined) return found
  const shelf = findPair(t.shelves, subject, slot)
  return shelf === NONE ? 0 : (t.shelfEdges[shelf] as number)
}

export const nextOnShelf = (t: Tuples, edge: number): number =>
  (edge < OVER ? t.nextInShelf[edge] : t.over?.edges[edge - OVER]?.nextOnShelf) as number

export const findStored = (t: Tuples, row: number, subject: number): number => findPair(t.edges, row, subject)

/** The edge of a row and a subject that counts, or NONE. */
export function edgeAt(t: Tuples, row: number, subject: number): number {
  const found = t.over?.byPair.get(`${row},${subject}`)
  return found ?? findPair(t.edges, row, subject)
}

/** False for a stored tuple that one of the question's own lies upon. */
export const counts = (t: Tuples, edge: number): boolean => t.over === null || !t.over.hidden.has(edge)

export function conditionOfEdge(t: Tuples, edge: number): EdgeCondition | null {
  if (edge >= OVER) return t.over?.edges[edge - OVER]?.condition ?? null
  return t.conditions.size === 0 ? null : (t.conditions.get(edge) ?? null)
}

/** The subject a user is, or NONE when no tuple ever named it. */
export function findSubject(t: Tuples, user: TupleUser): number {
  if (user.kind === 'set') {
    const slot = findSlot(t, user.object.type, user.relation)
    const row = slot === NONE ? NONE : findRow(t, findEntity(t, user.object.type, user.object.id), slot)
    return row === NONE ? NONE : row * 2 + 1
  }
  const entity = user.kind === 'entity' ? user.entity : { type: user.type, id: '*' }
  const number = findEntity(t, entity.type, entity.id)
  return number === NONE ? NONE : number * 2
}

export function findEdge(t: Tuples, tuple: ParsedTuple): number {
  const slot = findSlot(t, tuple.object.type, tuple.relation)
  if (slot === NONE) return NONE
  const row = findRow(t, findEntity(t, tuple.object.type, tuple.object.id), slot)
  const subject = findSubject(t, tuple.user)
  return row === NONE || subject === NONE ? NONE : findPair(t.edges, row, subject)
}

export const entityOfSubject = (t: Tuples, subject: number): number =>
  (subject & 1) === 0 ? subject >>> 1 : rowEntity(t, subject >>> 1)

/** False when the tuple was there already, under whatever condition. */
export function addTuple(t: Tuples, tuple: ParsedTuple, condition: EdgeCondition | null): boolean {
  const objectType = addType(t, tuple.object.type)
  const slot = addSlot(t, objectType, tuple.relation)
  const row = addRow(t, addName(t.names, objectType, tuple.object.id), slot)
  const subject = addSubject(t, tuple.user)
  if (findPair(t.edges, row, subject) !== NONE) return false
  const edge = addPair(t.edges, row, subject)
  if (edge >= t.nextInRow.length) {
    const size = t.edges.a.length
    t.nextInRow = widen(t.nextInRow, size)
    t.previousInRow = widen(t.previousInRow, size)
    t.nextInShelf = widen(t.nextInShelf, size)
    t.previousInShelf = widen(t.previousInShelf, size)
  }
  const shelf = addPair(t.shelves, subject, slot)
  if (shelf >= t.shelfEdges.length) t.shelfEdges = widen(t.shelfEdges, grown(shelf))
  push((subject & 1) === 0 ? t.rowEntities : t.rowSets, row, edge, t.nextInRow, t.previousInRow)
  push(t.shelfEdges, shelf, edge, t.nextInShelf, t.previousInShelf)
  if (condition !== null) t.conditions.set(edge, condition)
  use(t, row, subject, 1)
  return true
}

/** False when there was no such tuple. */
export function removeTuple(t: Tuples, tuple: ParsedTuple): boolean {
  const edge = findEdge(t, tuple)
  if (edge === NONE) return false
  const row = t.edges.a[edge] as number
  const subject = t.edges.b[edge] as number
  const shelf = findPair(t.shelves, subject, t.rows.b[row] as number)
  unlink((subject & 1) === 0 ? t.rowEntities : t.rowSets, row, edge, t.nextInRow, t.previousInRow)
  unlink(t.shelfEdges, shelf, edge, t.nextInShelf, t.previousInShelf)
  t.conditions.delete(edge)
  removePair(t.edges, edge)
  use(t, row, subject, -1)
  return true
}

function addRow(t: Tuples, entity: number, slot: number): number {
  const row = addPair(t.rows, entity, slot)
  if (row >= t.rowEntities.length) {
    t.rowEntities = widen(t.rowEntities, grown(row))
    t.rowSets = widen(t.rowSets, grown(row))
  }
  return row
}

function addSubject(t: Tuples, user: TupleUser): number {
  if (user.kind === 'set') {
    const type = addType(t, user.object.type)
    return addRow(t, addName(t.names, type, user.object.id), addSlot(t, type, user.relation)) * 2 + 1
  }
  const entity = user.kind === 'entity' ? user.entity : { type: user.type, id: '*' }
  return addName(t.names, addType(t, entity.type), entity.id) * 2
}

function use(t: Tuples, row: number, subject: number, by: number): void {
  const { uses } = t.names
  const object = t.rows.a[row] as number
  const user = entityOfSubject(t, subject)
  uses[object] = (uses[object] as number) + by
  uses[user] = (uses[user] as number) + by
}

function push(heads: Uint32Array, list: number, edge: number, next: Uint32Array, previous: Uint32Array): void {
  const head = heads[list] as number
  next[edge] = head
  previous[edge] = 0
  if (head !== 0) previous[head - 1] = edge + 1
  heads[list] = edge + 1
}

function unlink(heads: Uint32Array, list: number, edge: number, next: Uint32Array, previous: Uint32Array): void {
  const after = next[edge] as number
  const before = previous[edge] as number
  if (before === 0) heads[list] = after
  else next[before - 1] = after
  if (after !== 0) previous[after - 1] = before
}

/** An estimate of the memory held, in bytes. Contexts of conditions count as 200 bytes each. */
export function bytesOfTuples(t: Tuples): number {
  const pairs = bytesOfPairs(t.rows) + bytesOfPairs(t.shelves) + bytesOfPairs(t.edges)
  const heads = t.rowEntities.byteLength + t.rowSets.byteLength + t.shelfEdges.byteLength
  return pairs + heads + t.nextInRow.byteLength * 4 + bytesOfNames(t.names) + t.conditions.size * 200
}
