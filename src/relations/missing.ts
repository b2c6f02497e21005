import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder, HolderOf, SomeHolder } from '../policy/question.ts'
import type { Graph } from './graph-type.ts'
import { type Plan, plansFor, WIDTH } from './plans.ts'
import { parseUser, type RelationUser, type TupleUser } from './tuple.ts'

/** No more plans than this are tried on the graph. */
const TRIES = 120

/** What one look at the graph may cost: what is missing is told of what is near. */
const NEAR = { work: 20_000 }

/**
 * The fewest tuples found that, written together, turn a no into a yes; null where what is near has none, as where a
 * stored tuple stands in the way. Each plan is tried before it is told. Tuples on what is already linked to the object
 * come first: "not a member of the team it is shared with".
 */
export function nearestMissing(
  graph: Graph,
  object: Entity | EntitySet,
  relation: string,
  user: Holder | RelationUser,
): Plan | null {
  if (graph.check(object, relation, user).truth !== 'no') return null
  let best: Plan | null = null
  let tried = 0
  for (const plan of plans(graph, object, relation, user)) {
    if (best !== null && plan.length >= best.length) continue
    if (++tried > TRIES) break
    const contextual = plan.map(tuple => ({ ...tuple, condition: null }))
    if (graph.check(object, relation, user, { contextual }).truth !== 'yes') continue
    best = plan
    if (plan.length === 1) break
  }
  return best
}

function plans(
  graph: Graph,
  object: Entity | EntitySet,
  relation: string,
  user: Holder | RelationUser,
): Iterable<Plan> {
  if ('kind' in object) return each(membersNow(graph, object), one => plans(graph, one, relation, user))
  if (user.kind === 'some') return forSome(graph, object, relation, user)
  if (user.kind === 'holder') return forHolder(graph, object, relation, user)
  return plansFor(graph, object, relation, user)
}

function* forSome(graph: Graph, object: Entity, relation: string, some: SomeHolder): Iterable<Plan> {
  for (const id of sharedWith(graph, object, relation, some)) {
    yield* plans(graph, { type: some.type, id }, some.relation, some.of)
  }
  for (const one of membersNow(graph, some)) {
    const asSet: TupleUser = { kind: 'set', object: one, relation: some.relation }
    yield* plansFor(graph, object, relation, { kind: 'entity', entity: one })
    yield* plansFor(graph, object, relation, asSet)
  }
}

function* forHolder(graph: Graph, object: Entity, relation: string, holder: HolderOf): Iterable<Plan> {
  for (const entity of membersNow(graph, holder)) yield* plansFor(graph, object, relation, { kind: 'entity', entity })
  if (holder.on.kind !== 'entity') return
  const on = holder.on.entity
  for (const id of graph.listUsers(object, relation, holder.type, NEAR).ids.slice(0, WIDTH)) {
    yield* plansFor(graph, on, holder.relation, { kind: 'entity', entity: { type: holder.type, id } })
  }
}

/** Members of a set that hangs on one entity; nothing for longer chains. */
function membersNow(graph: Graph, { kind, type, relation, ...set }: EntitySet): readonly Entity[] {
  const on = 'of' in set ? set.of : set.on
  if (on.kind !== 'entity') return []
  const ids =
    kind === 'some'
      ? graph.listObjects(type, relation, on.entity, NEAR)
      : graph.listUsers(on.entity, relation, type, NEAR).ids
  return ids.slice(0, WIDTH).map(id => ({ type, id }))
}

function sharedWith(graph: Graph, object: Entity, relation: string, some: SomeHolder): readonly string[] {
  const ids = new Set(graph.listUsers(object, relation, some.type, NEAR).ids.slice(0, WIDTH))
  for (const { tuple } of graph.tuples({ object })) {
    if (ids.size >= WIDTH) break
    const user = parseUser(tuple.user)
    if (user?.kind !== 'set' || user.object.type !== some.type || user.relation !== some.relation) continue
    if (graph.check(object, relation, user).truth === 'yes') ids.add(user.object.id)
  }
  return [...ids].sort()
}

function* each<T>(among: Iterable<T>, find: (one: T) => Iterable<Plan>): Iterable<Plan> {
  for (const one of among) yield* find(one)
}
