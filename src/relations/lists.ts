import type { Entity } from '../policy/entity.ts'
import { ask } from './ask.ts'
import { readsOf } from './cells.ts'
import { type Ask, climbFrom, down, entityOf, startAt } from './gather.ts'
import { meet } from './meet.ts'
import { NO, WORK, YES } from './truth.ts'
import { findEntity, findSlot } from './tuples.ts'

/** Users who hold a relation. With `wildcard`, so does everyone of the type but those in `except`. */
export interface UserList {
  readonly ids: readonly string[]
  readonly wildcard: boolean
  readonly except: readonly string[]
}

/**
 * A list in the making: after each candidate its id, where it is listed, or null. It may rest between two, and goes on
 * only if nothing was written meanwhile.
 */
export type Listing<T> = Generator<string | null, T, undefined>

/** A list is filtered by exact checks; what could not be decided is told, never listed. An empty id is the list itself. */
export type Undecided = (id: string, value: number, of: Ask) => void

/**
 * Ids of the objects of a type on which a user holds a relation, in order, those behind `after`. `each` starts one check
 * with its own limits.
 */
export function* objectsOf(
  each: () => Ask,
  search: Ask,
  type: string,
  relation: string,
  user: Entity,
  undecided: Undecided,
  after: string,
): Listing<readonly string[]> {
  const t = search.tuples
  const who = climbFrom(search, startAt(search, user), findSlot(t, type, relation))
  if (who === null) {
    undecided('', WORK, search)
    return []
  }
  const ids: string[] = []
  for (const id of inOrder(search, who, after)) {
    const one = each()
    const { value } = ask(one, { type, id }, relation, { kind: 'entity', entity: user })
    if (value === YES) ids.push(id)
    else if (value !== NO) undecided(id, value, one)
    yield value === YES ? id : null
  }
  return ids
}

function inOrder({ tuples }: Ask, entities: ReadonlySet<number>, after: string): readonly string[] {
  const ids: string[] = []
  for (const number of entities) {
    const { id } = entityOf(tuples, number)
    if (id > after) ids.push(id)
  }
  return ids.sort()
}

export function* usersOf(
  each: () => Ask,
  search: Ask,
  object: Entity,
  relation: string,
  userType: string,
  undecided: Undecided,
): Listing<UserList> {
  const t = search.tuples
  const entity = findEntity(t, object.type, object.id)
  const slot = findSlot(t, object.type, relation)
  const type = t.types.get(userType) ?? -1
  const reads = search.reads
  const heard = reads === null ? null : readsOf(t, object, null, reads)
  const met = meet(t, search.bound, entity, slot, type, search.meter, heard)
  if (!met.complete) {
    undecided('', WORK, search)
    return { ids: [], wildcard: false, except: [] }
  }
  const all = each()
  const everyone = ask(all, object, relation, { kind: 'wildcard', type: userType }).value
  if (everyone !== YES && everyone !== NO) undecided('*', everyone, all)
  const ids: string[] = []
  const except: string[] = []
  for (const number of met.entities) {
    const user = entityOf(t, number)
    const one = each()
    const { value } = ask(one, object, relation, { kind: 'entity', entity: user })
    if (value === YES) ids.push(user.id)
    else if (everyone === YES) except.push(user.id)
    if (value !== YES && value !== NO) undecided(user.id, value, one)
    yield value === YES ? user.id : null
  }
  return { ids: ids.sort(), wildcard: everyone === YES, except: except.sort() }
}

/** Ids of the objects whose holders of a relation, as a set, hold another: `team:eng#member` is a viewer. Sorted. */
export function* setsOf(
  each: () => Ask,
  search: Ask,
  object: Entity,
  relation: string,
  set: { readonly type: string; readonly relation: string },
  undecided: Undecided,
): Listing<readonly string[]> {
  const met = down(search, object, relation, set.type)
  if (!met.complete) {
    undecided('', WORK, search)
    return []
  }
  const ids: string[] = []
  const among = new Set([...met.entities].map(number => entityOf(search.tuples, number).id))
  if (object.type === set.type) among.add(object.id)
  for (const id of among) {
    const one = each()
    const user = { kind: 'set', object: { type: set.type, id }, relation: set.relation } as const
    const { value } = ask(one, object, relation, user)
    if (value === YES) ids.push(id)
    else if (value !== NO) undecided(id, value, one)
    yield value === YES ? id : null
  }
  return ids.sort()
}

/** A list made at once. */
export function atOnce<T>(listing: Listing<T>): T {
  for (;;) {
    const step = listing.next()
    if (step.done === true) return step.value
  }
}
