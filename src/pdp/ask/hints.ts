import { parseEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { Resource } from '../../policy/request.ts'
import { PdpError } from '../errors.ts'

/** What a context says of what is asked, apart from what the call is like. */
export interface Hints {
  readonly action: string | null
  /** Null where it says nothing of the thing; a null type where only its id is said. */
  readonly resource: {
    readonly type: string | null
    readonly id: string | null
    readonly properties: JsonObject
  } | null
  /** What is left: it says what the call and the thing are like. */
  readonly rest: JsonObject
}

const NAMES = ['action', 'resource', 'resource_type', 'resource_id', 'id'] as const

/**
 * `resource` as `type:id` or `{type, id, properties}`, or `resource_type` with `resource_id` or `id`; `action`. Fails with
 * `invalid_request` where two of them disagree.
 */
export function hintsIn(context: JsonObject): Hints {
  const { action, resource, resource_type: type, resource_id: id, id: short, ...rest } = context
  const given = resource === undefined || resource === null ? null : resourceFrom(resource)
  const types = [given?.type ?? null, textOf(type, 'resource_type')]
  const ids = [given?.id ?? null, textOf(id, 'resource_id'), textOf(short, 'id')]
  const [oneType, oneId] = [same(types, 'types'), same(ids, 'ids')]
  const none = given === null && oneType === null && oneId === null
  return {
    action: textOf(action, 'action'),
    resource: none ? null : { type: oneType, id: oneId, properties: given?.properties ?? {} },
    rest,
  }
}

/** The thing as a request has it, with what the context says of it. */
export const withRest = (resource: Resource, { resource: hint, rest }: Hints): Resource => {
  const properties = { ...rest, ...hint?.properties, ...resource.properties }
  return Object.keys(properties).length === 0 ? resource : { ...resource, properties }
}

function same(values: readonly (string | null)[], what: string): string | null {
  const said = new Set(values.filter(value => value !== null))
  if (said.size > 1) throw wrong(`\`context\` names several ${what} of the resource; send one of ${NAMES.join(', ')}`)
  const [only = null] = said
  return only
}

function resourceFrom(value: Json): { type: string; id: string | null; properties: JsonObject } {
  if (typeof value === 'string') {
    const entity = parseEntity(value)
    return { type: entity?.type ?? value, id: entity?.id ?? null, properties: {} }
  }
  const { type, id, properties } = isObject(value) ? value : ({} as JsonObject)
  const named = textOf(type, 'resource.type')
  if (named === null) throw wrong('`context.resource` must be `type:id`, or an object with `type` and `id`')
  return { type: named, id: textOf(id, 'resource.id'), properties: isObject(properties) ? properties : {} }
}

function textOf(value: Json | undefined, name: string): string | null {
  if (value === undefined || value === null) return null
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text === 'string' && text !== '' && text.length <= 1024) return text
  throw wrong(`\`context.${name}\` must be a text of 1 to 1024 characters`)
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (message: string): PdpError => new PdpError('invalid_request', message)
