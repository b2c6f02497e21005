import { ConsistencyPreference } from '@openfga/sdk'
import { type AskingHow, type Place, ServerError, type ServerList, type UserFilter } from '../../facts/server.ts'
import { listed, users } from './answers.ts'
import type { Caller } from './caller.ts'
import { keyOf } from './key.ts'

/** The server's own limits on lists, which it cuts at without a word. */
export interface ListLimits {
  readonly deadlineMs: number
  readonly most: number
}

/** Objects taken from one stream. */
const MOST_STREAMED = 10_000

const consistencyOf = ({ higher }: AskingHow): ConsistencyPreference =>
  higher ? ConsistencyPreference.HigherConsistency : ConsistencyPreference.MinimizeLatency

/** A list that took nearly as long as the server gives one may have been cut. */
const inTime = (began: number, { deadlineMs }: ListLimits): boolean => performance.now() - began < deadlineMs * 0.8

export async function listObjects(
  caller: Caller,
  limits: ListLimits,
  { storeId, modelId }: Place,
  type: string,
  relation: string,
  user: string,
  how: AskingHow,
): Promise<ServerList> {
  const { context, contextual = [] } = how
  const more = contextual.length === 0 ? {} : { contextual_tuples: { tuple_keys: contextual.map(keyOf) } }
  const asked = { type, relation, user, context, ...more }
  const body = { ...asked, authorization_model_id: modelId, consistency: consistencyOf(how) }
  const began = performance.now()
  const call = { operation: 'StreamedListObjects', timeoutMs: limits.deadlineMs + 1_000 }
  const objects = await caller.call(
    call,
    async (api, options) => objectsIn(await api.streamedListObjects(storeId, body, options)),
    listed,
  )
  const ids = objects.map(object => object.slice(type.length + 1))
  return { ids, everyone: false, complete: inTime(began, limits) && ids.length < MOST_STREAMED }
}

/** The lines of a stream. Every one must be whole: half an answer is none. */
async function objectsIn(answer: unknown): Promise<readonly string[]> {
  const of = answer as { readonly $response?: { readonly data?: unknown } } | undefined
  const stream = (of?.$response?.data ?? answer) as AsyncIterable<Uint8Array>
  const decoder = new TextDecoder()
  const objects: string[] = []
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) objects.push(objectIn(line))
    if (objects.length >= MOST_STREAMED) return objects.slice(0, MOST_STREAMED)
  }
  if (rest.trim() !== '') objects.push(objectIn(rest))
  return objects
}

function objectIn(line: string): string {
  const { result, error } = jsonIn(line)
  if (typeof result?.object === 'string') return result.object
  const why = typeof error?.message === 'string' ? error.message.slice(0, 500) : null
  throw new ServerError(why === null ? 'unavailable' : 'refused', why ?? 'its list cannot be read')
}

function jsonIn(line: string): { result?: { object?: unknown }; error?: { message?: unknown } } {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

export async function listUsers(
  caller: Caller,
  limits: ListLimits,
  { storeId, modelId }: Place,
  object: string,
  relation: string,
  filter: UserFilter,
  how: AskingHow,
): Promise<ServerList> {
  const { type, relation: set } = filter
  const cut = object.indexOf(':')
  const body = {
    object: { type: object.slice(0, cut), id: object.slice(cut + 1) },
    relation,
    user_filters: [{ type, ...(set !== null && { relation: set }) }] as [{ type: string }],
    context: how.context,
    ...(how.contextual !== undefined && { contextual_tuples: how.contextual.map(keyOf) }),
    authorization_model_id: modelId,
    consistency: consistencyOf(how),
  }
  const began = performance.now()
  const call = { operation: 'ListUsers', timeoutMs: limits.deadlineMs + 1_000 }
  const found = await caller.call(call, (api, options) => api.listUsers(storeId, body, options), users)
  const ids = found.users.flatMap(u => u.object?.id ?? u.userset?.id ?? [])
  const everyone = found.users.some(u => u.wildcard)
  return { ids, everyone, complete: inTime(began, limits) && found.users.length < limits.most }
}
