import { type Entity, printEntity } from '../policy/entity.ts'
import type { TupleText } from '../policy/question.ts'
import type { Graph } from './graph-type.ts'
import { findRelation, type RelationDef, type Rewrite } from './schema.ts'
import { parseUser, printUser, type RelationUser, type TupleUser, takes } from './tuple.ts'

/** Tuples that, written together, may give a relation. They may take away elsewhere what they give here. */
export type Plan = readonly TupleText[]

const HOPS = 5
/** So many sets, parents or members of one thing are looked at. */
export const WIDTH = 20
/** So many ways to each part of an `and` are joined with those to the others. */
const JOINED = 4

/** Plans for one user to hold a relation, the plainest first. */
export function plansFor(graph: Graph, object: Entity, relation: string, user: TupleUser): Iterable<Plan> {
  return at({ graph, user, path: [] }, object, relation, true)
}

/** `path`: the relations of objects that are being looked into, to come by none of them twice. */
interface Search {
  readonly graph: Graph
  readonly user: TupleUser
  readonly path: readonly string[]
}

type Set = Extract<RelationUser, { kind: 'set' }>

/** Plans that make the user hold the relation, or, with `want` false, no longer hold it. */
function* at(s: Search, object: Entity, relation: string, want: boolean): Iterable<Plan> {
  const def = findRelation(s.graph.model, object.type, relation)
  const place = `${printEntity(object)}#${relation}`
  if (def === null || s.path.includes(place) || s.path.length > HOPS) return
  yield* inRewrite({ ...s, path: [...s.path, place] }, object, def, def.rewrite, want)
}

function* inRewrite(s: Search, object: Entity, def: RelationDef, rewrite: Rewrite, want: boolean): Iterable<Plan> {
  switch (rewrite.kind) {
    case 'this':
      yield* want ? direct(s, object, def) : undone(s, object, def)
      return
    case 'computed':
      yield* at(s, object, rewrite.relation, want)
      return
    case 'tuple-to-userset':
      yield* followed(s, object, rewrite.tupleset, rewrite.relation, want)
      return
    case 'union':
    case 'intersection': {
      const parts = rewrite.of.filter(child => holds(s, object, def, child) !== want)
      const ways = parts.map(child => inRewrite(s, object, def, child, want))
      if ((rewrite.kind === 'union') === want) for (const way of ways) yield* way
      else yield* joined(ways)
      return
    }
    case 'difference': {
      const base = (): Iterable<Plan> => inRewrite(s, object, def, rewrite.base, want)
      const subtract = (): Iterable<Plan> => inRewrite(s, object, def, rewrite.subtract, !want)
      if (!want) {
        yield* base()
        yield* subtract()
        return
      }
      const ways: Iterable<Plan>[] = []
      if (!holds(s, object, def, rewrite.base)) ways.push(base())
      if (holds(s, object, def, rewrite.subtract)) ways.push(subtract())
      yield* joined(ways)
    }
  }
}

/** The tuple itself, one on a set that is there, a set the user is in, everyone: in this order. */
function* direct(s: Search, object: Entity, def: RelationDef): Iterable<Plan> {
  yield* link(s, object, def, s.user)
  for (const set of setsOn(s.graph, object, def)) yield* at(s, set.object, set.relation, true)
  for (const { type, relation, condition } of def.restrictions) {
    if (relation === null || condition !== null) continue
    for (const one of heldBy(s, type, relation)) yield* link(s, object, def, { kind: 'set', object: one, relation })
  }
  if (s.user.kind === 'entity') yield* link(s, object, def, { kind: 'wildcard', type: s.user.entity.type })
}

/** Nothing that is written unmakes a tuple; a set that holds may stop to. */
function* undone(s: Search, object: Entity, def: RelationDef): Iterable<Plan> {
  if (named(s, object, def)) return
  const holding = setsOn(s.graph, object, def).filter(set => yes(s, set.object, set.relation))
  yield* joined(holding.map(set => at(s, set.object, set.relation, false)))
}

function* followed(s: Search, object: Entity, tupleset: string, relation: string, want: boolean): Iterable<Plan> {
  const parents = parentsOn(s.graph, object, tupleset)
  if (!want) {
    yield* joined(parents.filter(p => yes(s, p, relation)).map(parent => at(s, parent, relation, false)))
    return
  }
  for (const parent of parents) yield* at(s, parent, relation, true)
  const def = findRelation(s.graph.model, object.type, tupleset)
  for (const { type, condition } of def?.restrictions ?? []) {
    if (def === null || condition !== null || findRelation(s.graph.model, type, relation) === null) continue
    for (const entity of heldBy(s, type, relation)) yield* link(s, object, def, { kind: 'entity', entity })
  }
}

function* link({ graph }: Search, object: Entity, def: RelationDef, user: TupleUser): Iterable<Plan> {
  const tuple = { object: printEntity(object), relation: def.name, user: printUser(user) }
  if (!graph.has(tuple) && def.restrictions.some(r => r.condition === null && takes(r, user))) yield [tuple]
}

/** Every way of each part with every way of the others, a few of each. */
function* joined(parts: readonly Iterable<Plan>[]): Iterable<Plan> {
  const [first, ...rest] = parts
  if (first === undefined) return
  if (rest.length === 0) {
    yield* first
    return
  }
  let all: Plan[] = [[]]
  for (const part of parts) {
    const ways = few(part, JOINED)
    all = all.flatMap(plan => ways.map(way => merged(plan, way))).slice(0, JOINED ** 3)
  }
  yield* all.sort((a, b) => a.length - b.length)
}

function merged(a: Plan, b: Plan): Plan {
  const texts = new Map([...a, ...b].map(tuple => [JSON.stringify(tuple), tuple]))
  return [...texts.values()]
}

function few<T>(among: Iterable<T>, most: number): T[] {
  const found: T[] = []
  for (const one of among) {
    if (found.length >= most) break
    found.push(one)
  }
  return found
}

/** Objects on which the user holds a relation, that a link could lead to. */
function heldBy({ graph, user }: Search, type: string, relation: string): readonly Entity[] {
  const ids = user.kind === 'entity' ? graph.listObjects(type, relation, user.entity, { work: 20_000 }) : []
  return ids.slice(0, WIDTH).map(id => ({ type, id }))
}

/** What cannot be known is not counted on: it holds where it must not, and does not where it must. */
const yes = ({ graph, user }: Search, object: Entity, relation: string): boolean =>
  graph.check(object, relation, user).truth !== 'no'

/** Does a tuple that today's model takes name the user, or everyone? */
function named({ graph, user }: Search, object: Entity, def: RelationDef): boolean {
  const everyone: TupleUser[] = user.kind === 'entity' ? [{ kind: 'wildcard', type: user.entity.type }] : []
  return [user, ...everyone].some(one => {
    const [found] = graph.tuples({ object, relation: def.name, user: one })
    const condition = found?.tuple.condition?.name ?? null
    return found !== undefined && def.restrictions.some(r => r.condition === condition && takes(r, one))
  })
}

function holds(s: Search, object: Entity, def: RelationDef, rewrite: Rewrite): boolean {
  const of = (child: Rewrite): boolean => holds(s, object, def, child)
  switch (rewrite.kind) {
    case 'this':
      return named(s, object, def) || setsOn(s.graph, object, def).some(set => yes(s, set.object, set.relation))
    case 'computed':
      return yes(s, object, rewrite.relation)
    case 'tuple-to-userset':
      return parentsOn(s.graph, object, rewrite.tupleset).some(parent => yes(s, parent, rewrite.relation))
    case 'union':
      return rewrite.of.some(of)
    case 'intersection':
      return rewrite.of.every(of)
    case 'difference':
      return of(rewrite.base) && !of(rewrite.subtract)
  }
}

/** In the order of their names, so that what is told does not depend on when it was written. */
function setsOn(graph: Graph, object: Entity, def: RelationDef): readonly Set[] {
  const sets = def.restrictions.some(r => r.relation !== null) ? usersOn(graph, object, def, 'sets') : []
  return sets.flatMap(user => (user.kind === 'set' ? [user] : [])).slice(0, WIDTH)
}

function parentsOn(graph: Graph, object: Entity, tupleset: string): readonly Entity[] {
  const def = findRelation(graph.model, object.type, tupleset)
  const parents = def === null ? [] : usersOn(graph, object, def, 'entities')
  return parents.flatMap(user => (user.kind === 'entity' ? [user.entity] : [])).slice(0, WIDTH)
}

function usersOn(graph: Graph, object: Entity, def: RelationDef, naming: 'sets' | 'entities'): readonly TupleUser[] {
  const found: (readonly [string, TupleUser])[] = []
  for (const { tuple } of graph.tuples({ object, relation: def.name, naming })) {
    const user = tuple.condition === null ? parseUser(tuple.user) : null
    if (user === null || user.kind === 'wildcard') continue
    if (def.restrictions.some(r => r.condition === null && takes(r, user))) found.push([tuple.user, user])
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, user]) => user)
}
