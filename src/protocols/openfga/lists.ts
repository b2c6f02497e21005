import { type AskingHow, listObjectsOf, listUsersOf } from '../../pdp/server-ask.ts'
import type { ServerOf } from '../../pdp/server-of.ts'
import type { Service } from '../../pdp/service.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { CheckOptions, Graph, RelationUser } from '../../relations/graph.ts'
import type { Model } from '../../relations/model.ts'
import { findRelation } from '../../relations/tuple.ts'
import type { Route } from '../route.ts'
import { optionsOf, undecided } from './ask.ts'
import { ACTS, type Asked, askedOf, fgaRoutes, json, ok } from './at.ts'
import { FgaError } from './error.ts'
import * as shape from './shapes.ts'
import { contextualIn, type TupleKey, userIn } from './tuple.ts'

export function listRoutes(service: Service): readonly Route[] {
  const common = { method: 'POST', needs: ACTS.check } as const
  return [
    ...fgaRoutes({
      ...common,
      operation: 'ListObjects',
      path: '/stores/{store_id}/list-objects',
      summary: 'OpenFGA: all objects of a type to which a user has a relation',
      body: shape.listObjects,
      answers: ok(shape.answer('objects')),
      async handle(call) {
        return json({ objects: await objectsOf(await askedOf(service, call), call.body) })
      },
    }),
    ...fgaRoutes({
      ...common,
      operation: 'StreamedListObjects',
      path: '/stores/{store_id}/streamed-list-objects',
      summary: 'OpenFGA: the same, one line of JSON an object',
      body: shape.listObjects,
      answers: { 200: { description: 'a line an object', text: true } },
      async handle(call) {
        const objects = await objectsOf(await askedOf(service, call), call.body)
        const lines = objects.map(object => `${JSON.stringify({ result: { object } })}\n`)
        return { status: 200, text: lines.join(''), headers: { 'content-type': 'text/plain; charset=utf-8' } }
      },
    }),
    ...fgaRoutes({
      ...common,
      operation: 'ListUsers',
      path: '/stores/{store_id}/list-users',
      summary: 'OpenFGA: all users of a kind who have a relation to an object',
      body: shape.listUsers,
      answers: ok(shape.answer('users')),
      async handle(call) {
        const { graph, model, away } = await askedOf(service, call)
        const { object, relation, user_filters, contextual_tuples, context } = call.body
        const options = optionsOf(context, contextualIn(model, contextual_tuples ?? [], true))
        const [filter] = user_filters
        if (filter === undefined) return json({ users: [] })
        mustKnow(model, filter.type, filter.relation || null)
        mustKnow(model, object.type, relation)
        const set = { type: filter.type, relation: filter.relation || null }
        if (away !== null) return json({ users: await usersAway(away, object, relation, set, options, call.body) })
        const users = filter.relation
          ? setsOf(graph, object, relation, { type: filter.type, relation: filter.relation }, options)
          : usersOf(graph, object, relation, filter.type, options)
        return json({ users })
      },
    }),
  ]
}

function mustKnow(model: Model, type: string, relation: string | null): void {
  if (!model.types.has(type)) throw new FgaError('type_not_found', `type '${type}' not found`)
  if (relation !== null && findRelation(model, type, relation) === null) {
    throw new FgaError('relation_not_found', `relation '${type}#${relation}' not found`)
  }
}

interface ObjectsQuery {
  readonly consistency?: string | null | undefined
  readonly type: string
  readonly relation: string
  readonly user: string
  readonly contextual_tuples?: { readonly tuple_keys: readonly TupleKey[] } | null | undefined
  readonly context?: JsonObject | null | undefined
}

/** Every object, or an error: what cannot be decided is not left out in silence. */
async function objectsOf({ graph, model, away }: Asked, query: ObjectsQuery): Promise<readonly string[]> {
  const { type, relation } = query
  const options = optionsOf(query.context, contextualIn(model, query.contextual_tuples?.tuple_keys ?? [], true))
  mustKnow(model, type, relation)
  const user = userIn(model, query.user)
  const named = (id: string) => `${type}:${id}`
  if (away !== null) {
    const { ids } = await listObjectsOf(away, type, relation, query.user, howOf(options, query))
    return ids.toSorted().map(named)
  }
  if (user.kind !== 'entity') {
    const ids = new Set(graph.entities(type))
    for (const { object } of options.contextual ?? [])
      if (object.startsWith(`${type}:`)) ids.add(object.slice(type.length + 1))
    return [...ids]
      .sort()
      .filter(id => holds(graph, { type, id }, relation, user, options))
      .map(named)
  }
  return graph.listObjects(type, relation, user.entity, { ...options, undecided: refuse }).map(named)
}

const howOf = (
  options: CheckOptions,
  { consistency }: { readonly consistency?: string | null | undefined },
): AskingHow => ({
  context: options.context ?? {},
  higher: consistency === 'HIGHER_CONSISTENCY',
  ...(options.contextual !== undefined && { contextual: options.contextual }),
})

async function usersAway(
  away: ServerOf,
  object: Entity,
  relation: string,
  { type, relation: set }: { readonly type: string; readonly relation: string | null },
  options: CheckOptions,
  query: { readonly consistency?: string | null | undefined },
) {
  const { ids, everyone } = await listUsersOf(
    away,
    `${object.type}:${object.id}`,
    relation,
    { type, relation: set },
    howOf(options, query),
  )
  const users = ids
    .toSorted()
    .map(id => (set === null ? { object: { type, id } } : { userset: { type, id, relation: set } }))
  return everyone ? [{ wildcard: { type } }, ...users] : users
}

function refuse(_: string | null, why: string): never {
  throw undecided(why)
}

function holds(graph: Graph, object: Entity, relation: string, user: RelationUser, options: CheckOptions): boolean {
  const found = graph.check(object, relation, user, options)
  if (found.truth === 'unknown') throw undecided(found.why ?? '')
  return found.truth === 'yes'
}

function usersOf(graph: Graph, object: Entity, relation: string, type: string, options: CheckOptions) {
  const { ids, wildcard } = graph.listUsers(object, relation, type, { ...options, undecided: refuse })
  const users = ids.map(id => ({ object: { type, id } }))
  return wildcard ? [{ wildcard: { type } }, ...users] : users
}

function setsOf(
  graph: Graph,
  object: Entity,
  relation: string,
  set: { readonly type: string; readonly relation: string },
  options: CheckOptions,
) {
  const ids = graph.listSets(object, relation, set, { ...options, undecided: refuse })
  return ids.map(id => ({ userset: { type: set.type, id, relation: set.relation } }))
}
