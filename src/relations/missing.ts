import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder, HolderOf, SomeHolder, TupleText } from '../policy/question.ts'
import type { Graph } from './graph-type.ts'
import { findRelation, type RelationDef, type Rewrite, rewritesIn } from './schema.ts'
import { parseUser, printUser, type RelationUser, type TupleUser, takes } from './tuple.ts'

const HOPS = 5
const WIDTH = 20

/**
 * The one direct tuple that would turn a no into a yes, or null where there is none, or none that is simple to find.
 * Tuples on what is already linked to the object come first: "not a member of the team it is shared with".
 */
export function nearestMissing(
  graph: Graph,
  object: Entity | EntitySet,
  relation: string,
  user: Holder | RelationUser,
): TupleText | null {
  const found = candidate(graph, object, relation, user)
  if (found === null) return null
  const contextual = [{ ...found, condition: null }]
  return graph.check(object, relation, user, { contextual }).truth === 'yes' ? found : null
}

/** May take away elsewhere what it gives here; whoever asked looks. */
function candidate(
  graph: Graph,
  object: Entity | EntitySet,
  relation: string,
  user: Holder | RelationUser,
): TupleText | null {
  if (graph.check(object, relation, user).truth !== 'no') return null
  if ('kind' in object) return first(membersNow(graph, object), one => candidate(graph, one, relation, user))
  if (user.kind === 'some') return forSome(graph, object, relation, user)
  if (user.kind === 'holder') return forHolder(graph, object, relation, user)
  return forOne(graph, object, relation, user, 0)
}

function forSome(graph: Graph, object: Entity, relation: string, some: SomeHolder): TupleText | null {
  for (const id of sharedWith(graph, object, relation, some)) {
    const found = candidate(graph, { type: some.type, id }, some.relation, some.of)
    if (found !== null) return found
  }
  return first(membersNow(graph, some), one => {
    const asSet: TupleUser = { kind: 'set', object: one, relation: some.relation }
    return (
      forOne(graph, object, relation, { kind: 'entity', entity: one }, 0) ?? forOne(graph, object, relation, asSet, 0)
    )
  })
}

function forHolder(graph: Graph, object: Entity, relation: string, holder: HolderOf): TupleText | null {
  const add = (one: Entity) => forOne(graph, object, relation, { kind: 'entity', entity: one }, 0)
  const found = first(membersNow(graph, holder), add)
  if (found !== null || holder.on.kind !== 'entity') return found
  const on = holder.on.entity
  const held = graph.listUsers(object, relation, holder.type).ids.map(id => ({ type: holder.type, id }))
  return first(held, one => forOne(graph, on, holder.relation, { kind: 'entity', entity: one }, 0))
}

/** Members of a set that hangs on one entity; nothing for longer chains. */
function membersNow(graph: Graph, { kind, type, relation, ...set }: EntitySet): readonly Entity[] {
  const on = 'of' in set ? set.of : set.on
  if (on.kind !== 'entity') return []
  const ids =
    kind === 'some' ? graph.listObjects(type, relation, on.entity) : graph.listUsers(on.entity, relation, type).ids
  return ids.slice(0, WIDTH).map(id => ({ type, id }))
}

function sharedWith(graph: Graph, object: Entity, relation: string, some: SomeHolder): readonly string[] {
  const ids = new Set(graph.listUsers(object, relation, some.type).ids.slice(0, WIDTH))
  for (const { tuple } of graph.tuples({ object })) {
    if (ids.size >= WIDTH) break
    const user = parseUser(tuple.user)
    if (user?.kind !== 'set' || user.object.type !== some.type || user.relation !== some.relation) continue
    if (graph.check(object, relation, user).truth === 'yes') ids.add(user.object.id)
  }
  return [...ids]
}

function forOne(graph: Graph, object: Entity, relation: string, user: TupleUser, hops: number): TupleText | null {
  const def = findRelation(graph.model, object.type, relation)
  if (def === null || hops > HOPS) return null
  const here = (rewrite: Rewrite): TupleText | null => {
    switch (rewrite.kind) {
      case 'this': {
        const tuple = { object: `${object.type}:${object.id}`, relation, user: printUser(user) }
        if (def.restrictions.some(r => r.condition === null && takes(r, user)) && !graph.has(tuple)) return tuple
        return first(setsOn(graph, object, def), set => forOne(graph, set.object, set.relation, user, hops + 1))
      }
      case 'computed':
        return forOne(graph, object, rewrite.relation, user, hops)
      case 'tuple-to-userset':
        return first(parentsOn(graph, object, rewrite.tupleset), parent =>
          forOne(graph, parent, rewrite.relation, user, hops + 1),
        )
      case 'union':
        return first(rewrite.of, here)
      case 'intersection': {
        const failing = rewrite.of.filter(child => !holdsNow(graph, object, def, child, user))
        return failing.length === 1 && failing[0] !== undefined ? here(failing[0]) : null
      }
      case 'difference': {
        if (holdsNow(graph, object, def, rewrite.subtract, user)) return null
        const found = here(rewrite.base)
        return found !== null && reads(graph, object.type, rewrite.subtract, def, found) ? null : found
      }
    }
  }
  return here(def.rewrite)
}

function holdsNow(graph: Graph, object: Entity, def: RelationDef, rewrite: Rewrite, user: TupleUser): boolean {
  const yes = (o: Entity, relation: string): boolean => graph.check(o, relation, user).truth !== 'no'
  switch (rewrite.kind) {
    case 'this': {
      const everyone = user.kind === 'entity' ? `${user.entity.type}:*` : printUser(user)
      const direct = [printUser(user), everyone].some(text =>
        graph.has({ object: `${object.type}:${object.id}`, relation: def.name, user: text }),
      )
      return direct || [...setsOn(graph, object, def)].some(set => yes(set.object, set.relation))
    }
    case 'computed':
      return yes(object, rewrite.relation)
    case 'tuple-to-userset':
      return [...parentsOn(graph, object, rewrite.tupleset)].some(parent => yes(parent, rewrite.relation))
    case 'union':
      return rewrite.of.some(child => holdsNow(graph, object, def, child, user))
    case 'intersection':
      return rewrite.of.every(child => holdsNow(graph, object, def, child, user))
    case 'difference':
      return holdsNow(graph, object, def, rewrite.base, user) && !holdsNow(graph, object, def, rewrite.subtract, user)
  }
}

function* setsOn(graph: Graph, object: Entity, def: RelationDef): Iterable<Extract<RelationUser, { kind: 'set' }>> {
  for (const { tuple } of graph.tuples({ object, relation: def.name })) {
    const user = parseUser(tuple.user)
    if (user?.kind !== 'set' || tuple.condition !== null) continue
    if (def.restrictions.some(r => r.condition === null && takes(r, user))) yield user
  }
}

function* parentsOn(graph: Graph, object: Entity, tupleset: string): Iterable<Entity> {
  const def = findRelation(graph.model, object.type, tupleset)
  for (const { tuple } of graph.tuples({ object, relation: tupleset })) {
    const user = parseUser(tuple.user)
    if (user?.kind !== 'entity' || tuple.condition !== null) continue
    if (def?.restrictions.some(r => r.condition === null && takes(r, user))) yield user.entity
  }
}

/** Could a rewrite's answer depend on a tuple of this kind, whatever the objects? */
function reads(graph: Graph, type: string, rewrite: Rewrite, def: RelationDef, tuple: TupleText): boolean {
  const seen = new Map<string, Set<string>>()
  const tupleType = tuple.object.slice(0, tuple.object.indexOf(':'))
  const visit = (t: string, name: string): boolean => {
    const relation = findRelation(graph.model, t, name)
    if (relation === null || seen.get(t)?.has(name)) return false
    seen.set(t, (seen.get(t) ?? new Set()).add(name))
    return (t === tupleType && name === tuple.relation) || within(t, relation, relation.rewrite)
  }
  const within = (t: string, relation: RelationDef, whole: Rewrite): boolean =>
    [...rewritesIn(whole)].some(r => {
      if (r.kind === 'computed') return visit(t, r.relation)
      if (r.kind === 'tuple-to-userset') {
        const parents = findRelation(graph.model, t, r.tupleset)?.restrictions ?? []
        return visit(t, r.tupleset) || parents.some(p => visit(p.type, r.relation))
      }
      if (r.kind !== 'this') return false
      if (t === tupleType && relation.name === tuple.relation) return true
      return relation.restrictions.some(s => s.relation !== null && visit(s.type, s.relation))
    })
  return within(type, def, rewrite)
}

function first<T>(among: Iterable<T>, find: (one: T) => TupleText | null): TupleText | null {
  let tried = 0
  for (const one of among) {
    if (++tried > WIDTH) return null
    const found = find(one)
    if (found !== null) return found
  }
  return null
}
