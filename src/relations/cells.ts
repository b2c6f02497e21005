import { goOn, hashHalves, hashOf, highHalf, lowHalf } from '../lib/seeded.ts'
import type { Entity } from '../policy/entity.ts'
import type { TupleText } from '../policy/question.ts'
import { hashAtomOf, hashEntity, hashShelfOf } from './hashes.ts'
import { hashNumber, hashShelfType, hashSlot } from './numbered.ts'
import { NONE } from './pairs.ts'
import { parseTuple } from './tuple.ts'
import type { Tuples } from './tuples.ts'

/**
 * A place an answer was read from: all users of an object's relation; of these all that may stand for many (sets, everyone),
 * or one who may be named; or all objects of a type on which a user is named (for a set, the user is its object; for a
 * wildcard, its id is `*`). Finding nothing there is a read like any other.
 *
 * It is a hash of 52 bits over the names of the place, seeded anew in each process: among a million places two would meet
 * once in ten thousand such processes, nobody can aim at it, and all that would come of it is that a write drops a residual
 * too many.
 */
export type CellKey = number

/** What stands where `one` has a user: the place has all of them, or all that stand for many. */
const USERS = 1
const MANY = 2

/** Where a question is walked, and who hears of the places. An entity without a number is the object that is asked about. */
export interface Reads {
  readonly tuples: Tuples
  readonly object: Entity
  readonly tell: (cell: CellKey) => void
  /** The user that is walked towards, hashed; nobody may be named by that name where `named` is false. */
  readonly named: boolean
  readonly low: number
  readonly high: number
}

/** Whoever is asked about as `*` is named where all that stand for many are. */
export function readsOf(tuples: Tuples, object: Entity, user: Entity | null, tell: (cell: CellKey) => void): Reads {
  if (user === null) return { tuples, object, tell, named: false, low: 0, high: 0 }
  if (user.id === '*') return { tuples, object, tell, named: true, low: MANY, high: MANY }
  hashEntity(user)
  return { tuples, object, tell, named: true, low: lowHalf(), high: highHalf() }
}

function hashPlace({ tuples, object }: Reads, entity: number, slot: number): void {
  if (entity === NONE) hashEntity(object)
  else hashNumber(tuples, entity)
  hashSlot(tuples, slot)
}

/** All users of an atom were looked at. */
export function readUsers(r: Reads, entity: number, slot: number): void {
  hashPlace(r, entity, slot)
  hashHalves(USERS, USERS)
  r.tell(hashOf())
}

/** An atom was asked whether it names the user, by name or, where it may, among many. */
export function readTarget(r: Reads, entity: number, slot: number, byMany: boolean): void {
  hashPlace(r, entity, slot)
  const low = lowHalf()
  const high = highHalf()
  if (byMany) {
    hashHalves(MANY, MANY)
    r.tell(hashOf())
    goOn(low, high)
  }
  if (!r.named) return
  hashHalves(r.low, r.high)
  r.tell(hashOf())
}

/** All objects of a type that name a user, who has a number. */
export function shelfCell(t: Tuples, user: number, type: number): CellKey {
  hashNumber(t, user)
  hashShelfType(t, type)
  return hashOf()
}

/** The same of a user who may have none. */
export function shelfCellOf(user: Entity, type: string): CellKey {
  hashShelfOf(user, type)
  return hashOf()
}

/** The cells a write or a removal of this tuple touches; empty for a text that is no tuple. */
export function cellsOf(tuple: TupleText): readonly CellKey[] {
  const parsed = parseTuple(tuple)
  if (parsed === null) return []
  const { object, relation, user } = parsed
  const named = user.kind === 'entity' ? user.entity : user.kind === 'set' ? user.object : { type: user.type, id: '*' }
  const isOne = user.kind === 'entity' && named.id !== '*'
  hashEntity(named)
  const userLow = lowHalf()
  const userHigh = highHalf()
  hashAtomOf(object, relation)
  const low = lowHalf()
  const high = highHalf()
  if (isOne) hashHalves(userLow, userHigh)
  else hashHalves(MANY, MANY)
  const byName = hashOf()
  goOn(low, high)
  hashHalves(USERS, USERS)
  return [hashOf(), byName, shelfCellOf(named, object.type)]
}
