import type { JsonObject } from '../../policy/json.ts'
import type { Model } from '../../relations/model.ts'
import { findRelation, parseUser, type Tuple, type TupleUser, validateTuple } from '../../relations/tuple.ts'
import { FgaError, invalid } from './error.ts'

export interface TupleKey {
  readonly user: string
  readonly relation: string
  readonly object: string
  readonly condition?: { readonly name: string; readonly context?: JsonObject | null | undefined } | null | undefined
}

export const tupleOf = ({ user, relation, object, condition }: TupleKey): Tuple => ({
  user,
  relation,
  object,
  condition: condition ? { name: condition.name, context: condition.context ?? {} } : null,
})

export const keyOf = ({ user, relation, object, condition }: Tuple) => ({
  user,
  relation,
  object,
  condition: condition === null ? null : { name: condition.name, context: condition.context },
})

export const keyText = ({ user, relation, object }: Pick<TupleKey, 'user' | 'relation' | 'object'>): string =>
  JSON.stringify([object, relation, user])

/** The user of a question, if the model knows its type and relation. Fails with `validation_error`. */
export function userIn(model: Model, text: string): TupleUser {
  const user = parseUser(text)
  if (user === null) throw invalid(`the 'user' field is malformed: '${text}'`)
  const type = user.kind === 'wildcard' ? user.type : user.kind === 'set' ? user.object.type : user.entity.type
  if (!model.types.has(type)) throw invalid(`type '${type}' not found`)
  if (user.kind === 'set' && findRelation(model, type, user.relation) === null) {
    throw invalid(`relation '${type}#${user.relation}' not found`)
  }
  return user
}

/** The object of a question, if it is one. Fails with `validation_error`. */
export function objectIn(model: Model, text: string) {
  const object = parseUser(text)
  if (object?.kind !== 'entity') throw invalid(`invalid 'object' field format: '${text}'`)
  if (!model.types.has(object.entity.type)) throw invalid(`type '${object.entity.type}' not found`)
  return object.entity
}

export function mustHave(model: Model, type: string, relation: string): void {
  if (findRelation(model, type, relation) === null) throw invalid(`relation '${type}#${relation}' not found`)
}

/** Tuples that come with a question, as the model takes them. Fails with `invalid_tuple`; in lists a wrong condition with `validation_error`. */
export function contextualIn(model: Model, keys: readonly TupleKey[], listing: boolean): readonly Tuple[] {
  return keys.flatMap(key => {
    const tuple = tupleOf(key)
    const problem = validateTuple(model, tuple)
    if (problem === null) return [tuple]
    // It holds anyway.
    if (problem.code === 'implicit') return []
    const code = listing && problem.field === 'condition' ? 'validation_error' : 'invalid_tuple'
    throw new FgaError(code, `Invalid tuple '${key.object}#${key.relation}@${key.user}'. Reason: ${problem.message}`)
  })
}
