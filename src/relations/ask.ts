import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import { type Bound, reachOf } from './bound.ts'
import { readsOf } from './cells.ts'
import { type Ask, climbFrom, down, entityOf, gather, startOf } from './gather.ts'
import { nearOf } from './near.ts'
import { NONE } from './pairs.ts'
import { join, type Proof } from './proof.ts'
import { both, EVERYONE, either, NO, WORK, YES } from './truth.ts'
import type { RelationUser } from './tuple.ts'
import { findEntity, findSlot, findSubject, type Tuples } from './tuples.ts'
import { hold } from './walk.ts'
import { createWalk, type Target, type Walk } from './walk-state.ts'

/** An answer of `truth.ts`, and what proves it when it is yes. */
export interface Found {
  readonly value: number
  readonly proof: Proof | null
}

const no: Found = { value: NO, proof: null }

type One = Exclude<Holder, EntitySet> | RelationUser

/** Every type and relation that is named must be in the model. */
export function ask(a: Ask, object: Entity | EntitySet, relation: string, user: Holder | RelationUser): Found {
  if ('kind' in object) return askOnSome(a, object, relation, user)
  return user.kind === 'some' || user.kind === 'holder'
    ? askOfSome(a, object, relation, user)
    : askOne(a, object, relation, user)
}

function askOne(a: Ask, object: Entity, relation: string, user: One): Found {
  const t = a.tuples
  const entity = findEntity(t, object.type, object.id)
  const target = targetOf(t, a.bound, object, user)
  const reads = a.reads === null ? null : readsOf(t, object, user.kind === 'entity' ? user.entity : null, a.reads)
  const slot = findSlot(t, object.type, relation)
  const { left } = a.meter
  const w = createWalk(t, a.bound, target, a, reads)
  const value = hold(w, entity, slot, 0)
  if (w.cuts === 0 || value === YES || value === NO) return { value, proof: value === YES ? w.proof : null }
  a.meter.left = left
  return askNear(createWalk(t, a.bound, target, a, reads), entity, slot)
}

/** Where some way was too long, what is too far by any way is left out, so that the answer does not depend on the way. */
function askNear(w: Walk, entity: number, slot: number): Found {
  w.near = nearOf(w, entity, slot)
  const value = w.near === null ? WORK : hold(w, entity, slot, 0)
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

/** Holders found on the way down are few as a rule; past this many steps the way up is tried first. */
const NEAR = 2_000

/** Stands for all of a type whom no tuple names: where everyone will do, so does it. */
const anyoneElse = (type: string): Entity => ({ type, id: '' })

/** Some member of `user`. Who could it be is gathered first, from either end, and each is then asked exactly. */
function askOfSome(a: Ask, object: Entity, relation: string, user: EntitySet): Found {
  const who = whoOf(a, object, relation, user)
  if (typeof who === 'number') return { value: who, proof: null }
  let result = no
  for (const one of who) {
    const found = askThrough(a, object, relation, user, one)
    if (found.value === YES) return found
    result = { value: either(a.terms, result.value, found.value), proof: null }
  }
  return result
}

/** At least all members of `user` that hold the relation; a limit of `truth.ts` where they cannot be gathered. */
function whoOf(a: Ask, object: Entity, relation: string, user: EntitySet): readonly Entity[] | number {
  const entities = (numbers: Iterable<number>): Entity[] => [...numbers].map(number => entityOf(a.tuples, number))
  const near = down(a, object, relation, user.type, NEAR)
  if (near.complete && !near.everyone) return entities(near.entities)
  const up = gather(a, user)
  if (typeof up !== 'number' && !up.everyone) return entities(up.entities)
  const far = near.complete || (near.everyone && typeof up === 'number') ? near : down(a, object, relation, user.type)
  if (far.complete && !far.everyone) return entities(far.entities)
  if (typeof up === 'number') return up
  return far.complete ? [...entities(new Set([...far.entities, ...up.entities])), anyoneElse(user.type)] : WORK
}

function askThrough(a: Ask, object: Entity, relation: string, user: EntitySet, one: Entity): Found {
  const inner = askMember(a, user, one)
  if (inner.value === NO) return no
  let outer = askOne(a, object, relation, { kind: 'entity', entity: one })
  if (outer.value !== YES && user.kind === 'some') {
    const asSet = askOne(a, object, relation, { kind: 'set', object: one, relation: user.relation })
    outer = { value: either(a.terms, outer.value, asSet.value), proof: asSet.proof }
  }
  return bothFound(a, outer, inner)
}

const askMember = (a: Ask, set: EntitySet, one: Entity): Found =>
  set.kind === 'some'
    ? ask(a, one, set.relation, set.of)
    : ask(a, set.on.kind === 'entity' ? set.on.entity : set.on, set.relation, { kind: 'entity', entity: one })

function bothFound({ terms }: Ask, a: Found, b: Found): Found {
  const value = both(terms, a.value, b.value)
  return { value, proof: value === YES ? join(a.proof, b.proof) : null }
}

/** Some member of `object`. */
function askOnSome(a: Ask, object: EntitySet, relation: string, user: Holder | RelationUser): Found {
  const which = whichOf(a, object, relation, user)
  if (typeof which === 'number') return { value: which, proof: null }
  let result = no
  for (const number of which) {
    const one = entityOf(a.tuples, number)
    const member = askMember(a, object, one)
    if (member.value === NO) continue
    const found = bothFound(a, member, ask(a, one, relation, user))
    if (found.value === YES) return found
    result = { value: either(a.terms, result.value, found.value), proof: null }
  }
  return result
}

/** At least all members of `object` on which the user holds the relation: no tuple, no holder. */
function whichOf(
  a: Ask,
  object: EntitySet,
  relation: string,
  user: Holder | RelationUser,
): ReadonlySet<number> | number {
  const meter = { left: a.meter.left >>> 1 }
  a.meter.left -= meter.left
  const members = gather({ ...a, meter }, object)
  a.meter.left += Math.max(0, meter.left)
  if (typeof members !== 'number' && !members.everyone) return members.entities
  if (user.kind === 'set' || user.kind === 'wildcard') return typeof members === 'number' ? members : EVERYONE
  const start = startOf(a, user)
  if (typeof start === 'number') return start
  return climbFrom(a, start, findSlot(a.tuples, object.type, relation)) ?? WORK
}
