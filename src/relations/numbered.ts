import { goOn, hashText, highHalf, lowHalf } from '../lib/seeded.ts'
import { hashAtom, hashRelation, hashShelf, hashType } from './hashes.ts'
import { idOf, OVER, type Tuples, typeOf } from './tuples.ts'

/**
 * Hashes of entities as they were last asked for, of all orgs: by the last bits of an entity's number, with its owner and
 * its number. INVARIANT: among the tuples of an owner no other entity is ever given that number.
 */
const KEPT = 16_384
const kept = new Int32Array(KEPT * 4)
const LOW = 2
const HIGH = 3

/** As `hashEntity`, by number. What comes with one question has its number for that question only, so it is not kept. */
export function hashNumber(t: Tuples, entity: number): void {
  const at = (entity & (KEPT - 1)) * 4
  if (kept[at] === t.hashes.owner && kept[at + 1] === entity) {
    goOn(kept[at + LOW] as number, kept[at + HIGH] as number)
    return
  }
  const { types } = t.hashes
  const type = typeOf(t, entity) * 2
  if (type >= types.length) fillTypes(t)
  goOn(types[type] as number, types[type + 1] as number)
  hashText(idOf(t, entity))
  if (entity >= OVER) return
  kept[at] = t.hashes.owner
  kept[at + 1] = entity
  kept[at + LOW] = lowHalf()
  kept[at + HIGH] = highHalf()
}

/** As `hashAtomOf`, by the relation's slot; the object was taken in before. */
export function hashSlot(t: Tuples, slot: number): void {
  const { slots } = t.hashes
  if (slot * 2 >= slots.length) aside(t, fillSlots)
  hashAtom(slots[slot * 2] as number, slots[slot * 2 + 1] as number)
}

/** As `hashShelfOf`, by the type's number; the user was taken in before. */
export function hashShelfType(t: Tuples, type: number): void {
  const { types } = t.hashes
  if (type * 2 >= types.length) aside(t, fillTypes)
  hashShelf(types[type * 2] as number, types[type * 2 + 1] as number)
}

/** What was taken in so far stays as it is. */
function aside(t: Tuples, fill: (t: Tuples) => void): void {
  const low = lowHalf()
  const high = highHalf()
  fill(t)
  goOn(low, high)
}

function fillTypes({ hashes: { types }, typeNames }: Tuples): void {
  for (let type = types.length >> 1; type < typeNames.length; type += 1) {
    hashType(typeNames[type] as string)
    types.push(lowHalf(), highHalf())
  }
}

function fillSlots({ hashes: { slots }, slotRelations }: Tuples): void {
  for (let slot = slots.length >> 1; slot < slotRelations.length; slot += 1) {
    hashRelation(slotRelations[slot] as string)
    slots.push(lowHalf(), highHalf())
  }
}
