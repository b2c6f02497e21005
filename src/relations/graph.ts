import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import { ask } from './ask.ts'
import { type Bound, bind } from './bound.ts'
import type { Ask } from './gather.ts'
import type { CheckOptions, Graph, ListOptions } from './graph-type.ts'
import { objectsOf, usersOf } from './lists.ts'
import { NONE } from './pairs.ts'
import { render } from './proof.ts'
import { readTuples } from './read.ts'
import { findRelation, type Model } from './schema.ts'
import { NO, reasonOf, YES } from './truth.ts'
import { parseTuple, type RelationUser } from './tuple.ts'
import { addTuple, bytesOfTuples, createTuples, findEdge, removeTuple, type Tuples } from './tuples.ts'

export type { Cell } from './cells.ts'
export { cellsOf } from './cells.ts'
export type { CheckAnswer, CheckOptions, Graph, ListOptions } from './graph-type.ts'
export type { UserList } from './lists.ts'
export { nearestMissing } from './missing.ts'
export type { PlacedTuple, TupleFilter } from './read.ts'
export type { RelationUser, Tuple } from './tuple.ts'

const DEPTH = 25
const WORK = 1_000_000

export function createGraph(model: Model): Graph {
  return viewOf(createTuples(), model)
}

function viewOf(t: Tuples, model: Model): Graph {
  const bound = bind(model, t)
  return {
    model,
    write(tuple) {
      const parsed = parseTuple(tuple)
      return parsed !== null && addTuple(t, parsed, tuple.condition ?? null)
    },
    remove(tuple) {
      const parsed = parseTuple(tuple)
      return parsed !== null && removeTuple(t, parsed)
    },
    has(tuple) {
      const parsed = parseTuple(tuple)
      return parsed !== null && findEdge(t, parsed) !== NONE
    },
    check(object, relation, user, options) {
      const unknown =
        unheardOf(model, object.type, relation) ?? unheardObject(model, object) ?? unheardUser(model, user)
      if (unknown !== null) return { truth: 'unknown', why: unknown }
      const a = asking(t, bound, options)
      const { value, proof } = ask(a, object, relation, user)
      if (value === NO) return { truth: 'no' }
      if (value === YES) return { truth: 'yes', proof: () => render(t, proof) }
      return { truth: 'unknown', why: reasonOf(bound, value, limitsOf(options)) }
    },
    listObjects(type, relation, user, options) {
      const unknown = unheardOf(model, type, relation) ?? unheardUser(model, { kind: 'entity', entity: user })
      if (unknown !== null) {
        options?.undecided?.(null, unknown)
        return []
      }
      const told = teller(bound, options)
      return objectsOf(() => asking(t, bound, options), asking(t, bound, options), type, relation, user, told)
    },
    listUsers(object, relation, userType, options) {
      const unknown =
        unheardOf(model, object.type, relation) ?? unheardUser(model, { kind: 'wildcard', type: userType })
      if (unknown !== null) {
        options?.undecided?.(null, unknown)
        return { ids: [], wildcard: false, except: [] }
      }
      const told = teller(bound, options)
      return usersOf(() => asking(t, bound, options), asking(t, bound, options), object, relation, userType, told)
    },
    *entities(type) {
      const number = t.types.get(type)
      const { ids, types, uses } = t.names
      for (let i = 0; number !== undefined && i < ids.length; i++) {
        if (types[i] === number && uses[i] !== 0 && ids[i] !== '*') yield ids[i] as string
      }
    },
    tuples: filter => readTuples(t, filter ?? {}),
    get size() {
      return t.edges.size
    },
    bytes: () => bytesOfTuples(t),
    withModel: next => viewOf(t, next),
  }
}

const limitsOf = (options: CheckOptions | undefined) => ({
  depth: options?.depth ?? DEPTH,
  work: options?.work ?? WORK,
})

function asking(tuples: Tuples, bound: Bound, options: CheckOptions | undefined): Ask {
  const { depth, work } = limitsOf(options)
  return { tuples, bound, depth, meter: { left: work }, reads: options?.reads ?? null }
}

const teller = (bound: Bound, options: ListOptions | undefined) => (id: string, value: number) =>
  options?.undecided?.(id === '' ? null : id, reasonOf(bound, value, limitsOf(options)))

function unheardOf(model: Model, type: string, relation: string): string | null {
  if (!model.types.has(type)) return `\`${type}\` is not a type of the model`
  return findRelation(model, type, relation) === null ? `\`${relation}\` is not a relation of \`${type}\`` : null
}

function unheardUser(model: Model, user: Holder | RelationUser): string | null {
  switch (user.kind) {
    case 'entity':
      return model.types.has(user.entity.type) ? null : `\`${user.entity.type}\` is not a type of the model`
    case 'wildcard':
      return model.types.has(user.type) ? null : `\`${user.type}\` is not a type of the model`
    case 'set':
      return unheardOf(model, user.object.type, user.relation)
    case 'some':
      return unheardOf(model, user.type, user.relation) ?? unheardUser(model, user.of)
    case 'holder': {
      const on = user.on.kind === 'entity' ? user.on.entity : user.on
      if (!model.types.has(user.type)) return `\`${user.type}\` is not a type of the model`
      return unheardOf(model, on.type, user.relation) ?? unheardObject(model, on)
    }
  }
}

const unheardObject = (model: Model, object: Entity | EntitySet): string | null =>
  'kind' in object ? unheardUser(model, object) : null
