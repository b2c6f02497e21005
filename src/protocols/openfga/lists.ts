import { listInParts, objectListing, wholeList } from '../../pdp/lists.ts'
import type { OrgState } from '../../pdp/org.ts'
import { type AskingHow, listObjectsOf, listUsersOf } from '../../pdp/server-ask.ts'
import type { ServerOf } from '../../pdp/server-of.ts'
import type { Service } from '../../pdp/service.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { CheckOptions, UserList } from '../../relations/graph.ts'
import type { Model } from '../../relations/model.ts'
import { findRelation } from '../../relations/tuple.ts'
import type { Reply, Route } from '../route.ts'
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
      handle: async call => streamOf(await askedOf(service, call), call.body),
    }),
    ...fgaRoutes({
      ...common,
      operation: 'ListUsers',
      path: '/stores/{store_id}/list-users',
      summary: 'OpenFGA: all users of a kind who have a relation to an object',
      body: shape.listUsers,
      answers: ok(shape.answer('users')),
      async handle(call) {
        const { state, graph, model, away } = await askedOf(service, call)
        const { object, relation, user_filters, contextual_tuples, context } = call.body
        const options = optionsOf(context, contextualIn(model, contextual_tuples ?? [], true))
        const [filter] = user_filters
        if (filter === undefined) return json({ users: [] })
        mustKnow(model, filter.type, filter.relation || null)
        mustKnow(model, object.type, relation)
        const { type } = filter
        const set = filter.relation || null
        if (away !== null) {
          const users = await usersAway(away, object, relation, { type, relation: set }, options, call.body)
          return json({ users })
        }
        const heard = { ...options, undecided: refuse }
        const users =
          set === null
            ? usersOf(await wholeList(state, () => graph.users(object, relation, type, heard)), type)
            : setsOf(
                await wholeList(state, () => graph.sets(object, relation, { type, relation: set }, heard)),
                type,
                set,
              )
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

/** Reads what is asked for; fails where the model does not know it. */
function readObjects(model: Model, query: ObjectsQuery) {
  const { type, relation } = query
  const contextual = contextualIn(model, query.contextual_tuples?.tuple_keys ?? [], true)
  mustKnow(model, type, relation)
  const options = optionsOf(query.context, contextual)
  return { type, relation, options, user: userIn(model, query.user), named: (id: string) => `${type}:${id}` }
}

/** Every object, or an error: what cannot be decided is not left out in silence. */
async function objectsOf({ state, graph, model, away }: Asked, query: ObjectsQuery): Promise<readonly string[]> {
  const { type, relation, user, options, named } = readObjects(model, query)
  if (away !== null) {
    const { ids } = await listObjectsOf(away, type, relation, query.user, howOf(options, query))
    return ids.toSorted().map(named)
  }
  const heard = { ...options, undecided: refuse }
  return (await wholeList(state, () => objectListing(graph, type, relation, user, heard))).map(named)
}

/** The same, sent as it is found. What goes wrong before the first object is an error like any other. */
async function streamOf(asked: Asked, query: ObjectsQuery): Promise<Reply> {
  const { state, graph, model } = asked
  const { type, relation, user, options, named } = readObjects(model, query)
  const line = (object: string): string => `${JSON.stringify({ result: { object } })}\n`
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  if (graph === null) {
    return { status: 200, text: (await objectsOf(asked, query)).map(line).join(''), headers }
  }
  const heard = { ...options, undecided: refuse }
  const parts = listInParts(state, after => objectListing(graph, type, relation, user, heard, after))
  const begun = await firstOf(state, parts)
  let complete = false
  return {
    status: 200,
    headers,
    stream: {
      async *pieces(signal) {
        state.held += 1
        try {
          for (let part = begun; part.done !== true && !signal.aborted; part = await parts.next()) {
            if (part.value.length > 0) yield part.value.map(id => line(named(id))).join('')
          }
          complete = !signal.aborted
        } catch (error) {
          if (!(error instanceof FgaError)) throw error
          yield lastLine(INVALID_ARGUMENT, error.message)
        } finally {
          state.held -= 1
        }
      },
      parting: why => lastLine(INTERNAL, `the list is not whole: ${why}`),
      complete: () => complete,
    },
  }
}

/** Codes of gRPC, which the lines of a stream have. */
const INVALID_ARGUMENT = 3
const INTERNAL = 13

const lastLine = (code: number, message: string): string =>
  `${JSON.stringify({ error: { code, message, details: [] } })}\n`

async function firstOf<T>(state: OrgState, parts: AsyncGenerator<readonly T[], void, undefined>) {
  state.held += 1
  try {
    let part = await parts.next()
    while (part.done !== true && part.value.length === 0) part = await parts.next()
    return part
  } finally {
    state.held -= 1
  }
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

function usersOf({ ids, wildcard }: UserList, type: string) {
  const users = ids.map(id => ({ object: { type, id } }))
  return wildcard ? [{ wildcard: { type } }, ...users] : users
}

const setsOf = (ids: readonly string[], type: string, relation: string) =>
  ids.map(id => ({ userset: { type, id, relation } }))
