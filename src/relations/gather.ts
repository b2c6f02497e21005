import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import type { Bound } from './bound.ts'
import { type CellKey, readsOf, shelfCell, shelfCellOf } from './cells.ts'
import { climb, type Start, waysOf } from './climb.ts'
import { type Met, meet } from './meet.ts'
import { NONE } from './pairs.ts'
import { EVERYONE, type Terms, WORK } from './truth.ts'
import { type EdgeCondition, findEntity, findSlot, idOf, type Tuples, typeOf } from './tuples.ts'
import type { Meter } from './walk-state.ts'

/** One question being answered: where from, within what limits, and who hears of what is read. */
export interface Ask {
  readonly tuples: Tuples
  readonly bound: Bound
  readonly depth: number
  readonly meter: Meter
  readonly reads: ((cell: CellKey) => void) | null
  readonly terms: Terms
  /** What a condition a tuple holds under comes to: yes, no or a term. */
  readonly decide: (condition: EdgeCondition) => number
}

/** Members of a set and perhaps others, never fewer; with `everyone`, those no tuple names are members too. */
export interface Gathered {
  readonly entities: ReadonlySet<number>
  readonly everyone: boolean
}

export const entityOf = (t: Tuples, entity: number): Entity => ({
  type: t.typeNames[typeOf(t, entity)] as string,
  id: idOf(t, entity),
})

/** All of a type that tuples beneath `object#relation` name, in at most so many steps. */
export function down(a: Ask, object: Entity, relation: string, type: string, most = a.meter.left): Met {
  const t = a.tuples
  const meter = { left: Math.min(most, a.meter.left) }
  const before = meter.left
  const entity = findEntity(t, object.type, object.id)
  const slot = findSlot(t, object.type, relation)
  const reads = a.reads === null ? null : readsOf(t, object, null, a.reads)
  const met = meet(t, a.bound, entity, slot, t.types.get(type) ?? NONE, meter, reads)
  a.meter.left -= before - meter.left
  return met
}

/** Who may be in a set, as its own words tell; a limit of `truth.ts` where that cannot be listed. */
export function gather(a: Ask, set: EntitySet): Gathered | number {
  if (set.kind === 'some') {
    const start = startOf(a, set.of)
    if (typeof start === 'number') return start
    const entities = climbFrom(a, start, findSlot(a.tuples, set.type, set.relation))
    return entities === null ? WORK : { entities, everyone: false }
  }
  const on = listOf(a, set.on)
  if (typeof on === 'number') return on
  const entities = new Set<number>()
  let everyone = false
  for (const object of on) {
    const met = down(a, object, set.relation, set.type)
    if (!met.complete) return WORK
    for (const one of met.entities) entities.add(one)
    everyone ||= met.everyone
  }
  return { entities, everyone }
}

function listOf(a: Ask, holder: Holder): readonly Entity[] | number {
  if (holder.kind === 'entity') return [holder.entity]
  const members = gather(a, holder)
  if (typeof members === 'number') return members
  return members.everyone ? EVERYONE : [...members.entities].map(number => entityOf(a.tuples, number))
}

/** Entities on which a start may hold a slot; null when the steps ran out. */
export function climbFrom(a: Ask, start: Start, slot: number): ReadonlySet<number> | null {
  const t = a.tuples
  const backward = (entity: number, type: number): void => a.reads?.(shelfCell(t, entity, type))
  return climb(t, a.bound, start, slot, a.meter, a.reads === null ? null : backward)
}

/** Where an entity's way up starts. Everyone of a type is named as `*`, so that is a start too. */
export const startAt = (a: Ask, entity: Entity): Start => ({
  subjects: [...startsOf(a, entity), ...startsOf(a, { type: entity.type, id: '*' })],
  atoms: [],
})

/** Where a holder's way up starts; a limit of `truth.ts` where its members cannot be listed. */
export function startOf(a: Ask, holder: Holder): Start | number {
  if (holder.kind === 'entity') return startAt(a, holder.entity)
  const members = gather(a, holder)
  if (typeof members === 'number') return members
  if (members.everyone) return EVERYONE
  const slot = findSlot(a.tuples, holder.type, holder.relation)
  const everyone = startsOf(a, { type: holder.type, id: '*' })
  return {
    subjects: [...everyone, ...[...members.entities].map(entity => entity * 2)],
    atoms: holder.kind === 'some' ? [...members.entities].flatMap(entity => [entity, slot]) : [],
  }
}

/** An entity no tuple names was still looked up, so that the tuple that will name it is heard of. */
function startsOf(a: Ask, entity: Entity): number[] {
  const t = a.tuples
  const number = findEntity(t, entity.type, entity.id)
  if (number !== NONE) return [number * 2]
  if (a.reads !== null) {
    const ways = waysOf(t, a.bound)
    const slots = (entity.id === '*' ? ways.wildcard : ways.entity)[t.types.get(entity.type) ?? NONE] ?? []
    for (const slot of slots) a.reads(shelfCellOf(entity, t.typeNames[t.slotTypes[slot] as number] as string))
  }
  return []
}
