import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import { coerce } from './cel/parameters.ts'
import { readType } from './cel/types.ts'
import { isFault } from './cel/value.ts'
import { findRelation, type Model, type Restriction } from './schema.ts'

export { findRelation, type Rewrite } from './schema.ts'

/** A tuple as it is stored: its text, and the condition it holds under. */
export interface Tuple extends TupleText {
  readonly condition: { readonly name: string; readonly context: JsonObject } | null
}

/** Who a tuple may name besides an entity: everyone of a type, or those who hold a relation on an object. */
export type RelationUser =
  | { readonly kind: 'wildcard'; readonly type: string }
  | { readonly kind: 'set'; readonly object: Entity; readonly relation: string }

export type TupleUser = { readonly kind: 'entity'; readonly entity: Entity } | RelationUser

export interface ParsedTuple {
  readonly object: Entity
  readonly relation: string
  readonly user: TupleUser
}

export interface TupleProblem {
  readonly code: 'malformed' | 'too_long' | 'type_not_found' | 'relation_not_found' | 'not_accepted' | 'implicit'
  readonly field: 'object' | 'relation' | 'user' | 'condition'
  readonly message: string
}

/** OpenFGA's own limits. Objects and relations count characters, users and stored contexts count bytes. */
export const TUPLE_LIMITS = { object: 256, user: 512, relation: 50, context: 32 * 1024 } as const

const FORBIDDEN = /[\p{Cc}\p{Cs}]/u

/** A tuple's parts, or null when the text has not the form of a tuple. Needs no model and checks no sizes. */
export function parseTuple(text: TupleText): ParsedTuple | null {
  const object = parseObject(text.object)
  const user = parseUser(text.user)
  if (object === null || object.id === '*' || user === null) return null
  return isRelation(text.relation) ? { object, relation: text.relation, user } : null
}

/** `type:id`, `type:*` or `type:id#relation`, or null. */
export function parseUser(text: string): TupleUser | null {
  const hash = text.indexOf('#')
  const entity = parseObject(hash < 0 ? text : text.slice(0, hash))
  if (entity === null) return null
  if (hash < 0) return entity.id === '*' ? { kind: 'wildcard', type: entity.type } : { kind: 'entity', entity }
  const relation = text.slice(hash + 1)
  if (!isRelation(relation) || text.includes('*', entity.type.length)) return null
  return { kind: 'set', object: entity, relation }
}

export function printUser(user: TupleUser): string {
  switch (user.kind) {
    case 'entity':
      return printEntity(user.entity)
    case 'wildcard':
      return `${user.type}:*`
    case 'set':
      return `${printEntity(user.object)}#${user.relation}`
  }
}

function parseObject(text: string): Entity | null {
  const colon = text.indexOf(':')
  if (colon <= 0 || colon === text.length - 1 || text.includes(':', colon + 1)) return null
  if (text.includes('#') || text.includes(' ') || FORBIDDEN.test(text)) return null
  return { type: text.slice(0, colon), id: text.slice(colon + 1) }
}

const isRelation = (text: string): boolean => /^[^:#@ ]+$/.test(text) && !FORBIDDEN.test(text)

/** Why the model does not take a tuple, or null when it does. */
export function validateTuple(model: Model, tuple: Tuple): TupleProblem | null {
  const long = tooLong(tuple)
  if (long !== null) return long
  const parsed = parseTuple(tuple)
  if (parsed === null) return malformed(tuple)
  const { object, relation, user } = parsed
  const type = user.kind === 'wildcard' ? user.type : user.kind === 'set' ? user.object.type : user.entity.type
  if (!model.types.has(object.type)) return unknownType('object', object.type)
  if (!model.types.has(type)) return unknownType('user', type)
  if (user.kind === 'set' && !findRelation(model, type, user.relation)) return noRelation('user', type, user.relation)
  const def = findRelation(model, object.type, relation)
  if (def === null) return noRelation('relation', object.type, relation)
  if (tuple.user === `${tuple.object}#${relation}`) {
    return { code: 'implicit', field: 'user', message: `\`${tuple.user}\` always holds itself, leave the tuple out` }
  }
  const kind = def.restrictions.filter(r => takes(r, user))
  if (kind.length === 0) return notAccepted('user', printUser(user), object.type, relation, def.restrictions)
  return validateCondition(model, tuple, object.type, kind)
}

/** Does a restriction name this kind of user? Its condition is a question of its own. */
export function takes(restriction: Restriction, user: TupleUser): boolean {
  switch (user.kind) {
    case 'entity':
      return restriction.type === user.entity.type && restriction.relation === null && !restriction.wildcard
    case 'wildcard':
      return restriction.type === user.type && restriction.wildcard
    case 'set':
      return restriction.type === user.object.type && restriction.relation === user.relation
  }
}

function validateCondition(
  model: Model,
  tuple: Tuple,
  type: string,
  kind: readonly Restriction[],
): TupleProblem | null {
  const name = tuple.condition?.name ?? null
  if (!kind.some(r => r.condition === name)) {
    const given = name === null ? `\`${tuple.user}\` without a condition` : `\`${tuple.user}\` with \`${name}\``
    return notAccepted('condition', given, type, tuple.relation, kind)
  }
  if (tuple.condition === null) return null
  const { context } = tuple.condition
  const parameters = model.conditions.get(tuple.condition.name)?.parameters ?? []
  if (hasForbidden(context)) return problem('malformed', 'condition', 'a context may hold no control characters')
  for (const [key, json] of Object.entries(context)) {
    const parameter = parameters.find(p => p.name === key)
    if (parameter === undefined) {
      return problem('not_accepted', 'condition', `\`${key}\` is not a parameter of \`${tuple.condition.name}\``)
    }
    const value = coerce(json, readType(parameter.type))
    if (isFault(value)) {
      return problem('not_accepted', 'condition', `\`${tuple.condition.name}\` cannot take \`${key}\`: ${value.why}`)
    }
  }
  const size = bytes(JSON.stringify(context))
  return size <= TUPLE_LIMITS.context
    ? null
    : problem('too_long', 'condition', `a context may have at most ${TUPLE_LIMITS.context} bytes, this one has ${size}`)
}

function hasForbidden(value: Json): boolean {
  if (typeof value === 'string') return FORBIDDEN.test(value)
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some(hasForbidden)
  return Object.entries(value).some(([key, v]) => FORBIDDEN.test(key) || hasForbidden(v))
}

function tooLong(tuple: TupleText): TupleProblem | null {
  if (characters(tuple.object) > TUPLE_LIMITS.object) {
    return problem('too_long', 'object', `an object may have at most ${TUPLE_LIMITS.object} characters`)
  }
  if (characters(tuple.relation) > TUPLE_LIMITS.relation) {
    return problem('too_long', 'relation', `a relation may have at most ${TUPLE_LIMITS.relation} characters`)
  }
  return bytes(tuple.user) > TUPLE_LIMITS.user
    ? problem('too_long', 'user', `a user may have at most ${TUPLE_LIMITS.user} bytes`)
    : null
}

const bytes = (text: string): number => new TextEncoder().encode(text).length

function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function malformed(tuple: TupleText): TupleProblem {
  const object = parseObject(tuple.object)
  if (object === null || object.id === '*') {
    return problem('malformed', 'object', `expected an object such as \`document:1\`, not \`${tuple.object}\``)
  }
  if (!isRelation(tuple.relation)) {
    return problem('malformed', 'relation', `expected a relation such as \`viewer\`, not \`${tuple.relation}\``)
  }
  const expected = 'expected a user such as `user:ann`, `user:*` or `team:eng#member`'
  return problem('malformed', 'user', `${expected}, not \`${tuple.user}\``)
}

const problem = (code: TupleProblem['code'], field: TupleProblem['field'], message: string): TupleProblem => ({
  code,
  field,
  message,
})

const unknownType = (field: 'object' | 'user', type: string): TupleProblem =>
  problem('type_not_found', field, `\`${type}\` is not a type of the model`)

const noRelation = (field: 'relation' | 'user', type: string, relation: string): TupleProblem =>
  problem('relation_not_found', field, `\`${relation}\` is not a relation of \`${type}\``)

function notAccepted(
  field: 'user' | 'condition',
  given: string,
  type: string,
  relation: string,
  restrictions: readonly Restriction[],
): TupleProblem {
  const accepted = restrictions.map(printRestriction).join(', ')
  const instead = accepted === '' ? 'it is only computed' : `it takes [${accepted}]`
  const user = field === 'user' ? `\`${given}\`` : given
  return problem('not_accepted', field, `\`${type}#${relation}\` does not take ${user}, ${instead}`)
}

export function printRestriction(r: Restriction): string {
  const kind = r.wildcard ? `${r.type}:*` : r.relation === null ? r.type : `${r.type}#${r.relation}`
  return r.condition === null ? kind : `${kind} with ${r.condition}`
}
