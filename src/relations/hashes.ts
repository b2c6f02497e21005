import { goOn, hashHalves, hashText, highHalf, lowHalf, startHash } from '../lib/seeded.ts'
import type { Entity } from '../policy/entity.ts'

/** Hashes of the names of types and relations, two numbers each in turn, made when first asked for. */
export interface Hashes {
  readonly types: number[]
  readonly slots: number[]
  /** Tells these tuples from those of every other org. */
  readonly owner: number
}

let owners = 0

export function createHashes(): Hashes {
  owners += 1
  return { types: [], slots: [], owner: owners }
}

const ENTITY = 0
const RELATION = 1
const ATOM = 2
const SHELF = 3
/** Kinds of hashes from here on are free for others. */
export const OTHER_KINDS = 8

/** A type is taken in, and after it an id. */
export function hashType(type: string): void {
  startHash(ENTITY)
  hashText(type)
}

/** The entity that was taken in last: a decision asks several things of the same subject. */
const last = { type: '', id: '', low: 0, high: 0, known: false }

export function hashEntity({ type, id }: Entity): void {
  if (last.known && last.id === id && last.type === type) {
    goOn(last.low, last.high)
    return
  }
  hashType(type)
  hashText(id)
  last.type = type
  last.id = id
  last.low = lowHalf()
  last.high = highHalf()
  last.known = true
}

export function hashRelation(relation: string): void {
  startHash(RELATION)
  hashText(relation)
}

/** An object that was taken in by itself, and one of its relations: a place that has users. */
export function hashAtom(low: number, high: number): void {
  hashPair(ATOM, low, high)
}

export function hashAtomOf(object: Entity, relation: string): void {
  hashRelation(relation)
  const low = lowHalf()
  const high = highHalf()
  hashEntity(object)
  hashAtom(low, high)
}

/** A user that was taken in by itself, and a type: a place that has objects. */
export function hashShelf(low: number, high: number): void {
  hashPair(SHELF, low, high)
}

export function hashShelfOf(user: Entity, type: string): void {
  hashType(type)
  const low = lowHalf()
  const high = highHalf()
  hashEntity(user)
  hashShelf(low, high)
}

function hashPair(kind: number, low: number, high: number): void {
  const firstLow = lowHalf()
  const firstHigh = highHalf()
  startHash(kind)
  hashHalves(firstLow, firstHigh)
  hashHalves(low, high)
}
