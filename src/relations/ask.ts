import type { Entity } from '../policy/entity.ts'
import type { Holder, SomeHolder } from '../policy/question.ts'
import { type Bound, reachOf } from './bound.ts'
import type { Cell } from './cells.ts'
import { climb, type Start, waysOf } from './climb.ts'
import { meet } from './meet.ts'
import { NONE } from './pairs.ts'
import { join, type Proof } from './proof.ts'
import { both, either, NO, WORK, YES } from './truth.ts'
import type { RelationUser } from './tuple.ts'
import { findEntity, findSlot, findSubject, type Tuples } from './tuples.ts'
import { createWalk, hold, type Meter, type Target } from './walk.ts'

/** One question being answered: where from, within what limits, and who hears of what is read. */
export interface Ask {
  readonly tuples: Tuples
  readonly bound: Bound
  readonly depth: number
  readonly meter: Meter
  readonly reads: ((cell: Cell) => void) | null
}

/** An answer of `truth.ts`, and what proves it when it is yes. */
export interface Found {
  readonly value: number
  readonly proof: Proof | null
}

const no: Found = { value: NO, proof: null }

/** `object#relation` must be in the model. */
export function ask(a: Ask, object: Entity, relation: string, user: Holder | RelationUser): Found {
  return user.kind === 'some' ? askSome(a, object, relation, user) : askOne(a, object, relation, user)
}

type One = Exclude<Holder, SomeHolder> | RelationUser

function askOne(a: Ask, object: Entity, relation: string, user: One): Found {
  const t = a.tuples
  const entity = findEntity(t, object.type, object.id)
  const target = targetOf(t, a.bound, object, user)
  const w = createWalk(t, a.bound, target, a, a.reads === null ? null : forward(a, object))
  const value = hold(w, entity, findSlot(t, object.type, relation), 0)
  return { value, proof: value === YES ? w.proof : null }
}

function targetOf(t: Tuples, bound: Bound, object: Entity, user: One): Target {
  if (user.kind === 'set') {
    const slot = findSlot(t, user.object.type, user.relation)
    const same = user.object.type === object.type && user.object.id === object.id
    const known = findEntity(t, user.object.type, user.object.id)
    const entity = known !== NONE || same ? known : NONE - 1
    return {
      plain: NONE,
      wild: NONE,
      set: findSubject(t, user),
      type: NONE,
      entity,
      slot,
      reach: reachOf(bound, NONE, slot),
    }
  }
  const type = t.types.get(user.kind === 'entity' ? user.entity.type : user.type) ?? NONE
  const plain = user.kind === 'entity' ? findSubject(t, user) : NONE
  const wild = findSubject(t, { kind: 'wildcard', type: t.typeNames[type] ?? '' })
  return { plain, wild, set: NONE, type, entity: NONE - 1, slot: NONE, reach: reachOf(bound, type, NONE) }
}

/** Reads of the walk as cells; an entity without a number can only be the object that is asked about. */
const forward =
  (a: Ask, object: Entity) =>
  (entity: number, slot: number): void =>
    a.reads?.({
      object: entity === NONE ? object : entityOf(a.tuples, entity),
      relation: a.tuples.slotRelations[slot] as string,
    })

export const entityOf = (t: Tuples, entity: number): Entity => ({
  type: t.typeNames[t.names.types[entity] as number] as string,
  id: t.names.ids[entity] as string,
})

/** Holders found on the way down are few as a rule; past this many steps the way up is tried first. */
const NEAR = 2_000

/**
 * Some entity of the holder's type that `of` is in, such that it or its set holds the relation. Who could it be is
 * gathered first, from the object down or from the user up, and each is then asked exactly.
 */
function askSome(a: Ask, object: Entity, relation: string, some: SomeHolder): Found {
  const t = a.tuples
  const type = t.types.get(some.type) ?? NONE
  const entity = findEntity(t, object.type, object.id)
  const slot = findSlot(t, object.type, relation)
  const down = (left: number): ReturnType<typeof meet> => {
    const meter = { left: Math.min(left, a.meter.left) }
    const before = meter.left
    const met = meet(t, a.bound, entity, slot, type, meter, a.reads === null ? null : forward(a, object))
    a.meter.left -= before - meter.left
    return met
  }
  const near = down(NEAR)
  let who: ReadonlySet<number> | null = near.complete && !near.everyone ? near.entities : null
  who ??= up(a, some)
  if (who === null && !near.everyone) {
    const far = down(a.meter.left)
    if (far.complete && !far.everyone) who = far.entities
  }
  if (who === null) return { value: WORK, proof: null }
  let result = no
  for (const one of who) {
    const found = askThrough(a, object, relation, some, entityOf(t, one))
    if (found.value === YES) return found
    result = { value: result.value | found.value, proof: null }
  }
  return result
}

function askThrough(a: Ask, object: Entity, relation: string, some: SomeHolder, one: Entity): Found {
  const inner = ask(a, one, some.relation, some.of)
  if (inner.value === NO) return no
  let outer = askOne(a, object, relation, { kind: 'entity', entity: one })
  if (outer.value !== YES) {
    const asSet = askOne(a, object, relation, { kind: 'set', object: one, relation: some.relation })
    outer = { value: either(outer.value, asSet.value), proof: asSet.proof }
  }
  const value = both(inner.value, outer.value)
  return { value, proof: value === YES ? join(outer.proof, inner.proof) : null }
}

/** Entities a `some` holder may stand for, found from its user; null when the steps ran out. */
function up(a: Ask, some: SomeHolder): ReadonlySet<number> | null {
  const start = startOf(a, some.of)
  return start === null ? null : climbFrom(a, start, findSlot(a.tuples, some.type, some.relation))
}

/** Entities on which a start may hold a slot; null when the steps ran out. */
export function climbFrom(a: Ask, start: Start, slot: number): ReadonlySet<number> | null {
  const t = a.tuples
  const backward = (entity: number, type: number): void =>
    a.reads?.({ user: entityOf(t, entity), type: t.typeNames[type] as string })
  return climb(t, a.bound, start, slot, a.meter, a.reads === null ? null : backward)
}

/** Where a holder's way up starts. Everyone of a type is named as `*`, so that is a start too. */
export function startOf(a: Ask, holder: Holder): Start | null {
  const t = a.tuples
  if (holder.kind === 'entity') {
    return {
      subjects: [...startsOf(a, holder.entity), ...startsOf(a, { type: holder.entity.type, id: '*' })],
      atoms: [],
    }
  }
  const who = up(a, holder)
  if (who === null) return null
  const slot = findSlot(t, holder.type, holder.relation)
  const everyone = startsOf(a, { type: holder.type, id: '*' })
  return {
    subjects: [...everyone, ...[...who].map(entity => entity * 2)],
    atoms: [...who].flatMap(entity => [entity, slot]),
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
    for (const slot of slots) a.reads({ user: entity, type: t.typeNames[t.slotTypes[slot] as number] as string })
  }
  return []
}
