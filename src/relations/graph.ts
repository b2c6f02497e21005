import type { Entity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import { ask } from './ask.ts'
import { type Bound, bind } from './bound.ts'
import { evaluateCondition } from './conditions.ts'
import type { Ask } from './gather.ts'
import type { CheckOptions, Graph, Limit, ListOptions } from './graph-type.ts'
import { atOnce, objectsOf, setsOf, usersOf } from './lists.ts'
import { overlay } from './overlay.ts'
import { NONE } from './pairs.ts'
import { render } from './proof.ts'
import { readTuples } from './read.ts'
import { findRelation, type Model } from './schema.ts'
import { conditionTerm, createTerms, failedTerm, type Limits, limitIn, NO, reasonOf, whenOf, YES } from './truth.ts'
import { parseTuple, type RelationUser, validateTuple } from './tuple.ts'
import {
  addTuple,
  bytesOfTuples,
  createTuples,
  type EdgeCondition,
  findEdge,
  removeTuple,
  type Tuples,
} from './tuples.ts'

export { type CellKey, cellsOf } from './cells.ts'
export { type ExpandNode, expand } from './expand.ts'
export type { CheckAnswer, CheckOptions, Graph, Limit, ListOptions } from './graph-type.ts'
export { hashEntity, OTHER_KINDS } from './hashes.ts'
export type { Listing, UserList } from './lists.ts'
export { nearestMissing } from './missing.ts'
export type { PlacedTuple, TupleFilter } from './read.ts'
export type { RelationUser, Tuple } from './tuple.ts'

/** Most tuples that may come with one question, as OpenFGA has it. */
export const CONTEXTUAL_TUPLES = 100

/** By their numbers in `truth.ts`. */
const LIMITS: readonly (Limit | undefined)[] = [
  ...[undefined, undefined],
  ...(['depth', 'depth', 'work', 'cycle', 'everyone', 'complex'] as const),
]

/** Most hops of a check, where nothing else is said: as OpenFGA has it. */
export const HOPS = 25
const WORK = 1_000_000

export function createGraph(model: Model, hops = HOPS): Graph {
  return viewOf(createTuples(), model, hops)
}

function viewOf(t: Tuples, model: Model, hops: number): Graph {
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
        unheardOf(model, object.type, relation) ??
        unheardObject(model, object) ??
        unheardUser(model, user) ??
        refused(model, options)
      if (unknown !== null) return { truth: 'unknown', why: unknown }
      const a = asker(t, bound, hops, options)()
      const { value, proof } = ask(a, object, relation, user)
      if (value === NO) return { truth: 'no' }
      if (value === YES) return { truth: 'yes', proof: () => render(a.tuples, proof) }
      const limits = limitsOf(hops, options)
      const when = whenOf(a.terms, value, limits)
      const limit = limitIn(a.terms, value)
      const more = { ...(when !== null && { when }), ...(limit !== null && { limit: LIMITS[limit] ?? 'work' }) }
      return { truth: 'unknown', why: reasonOf(a.terms, value, limits), ...more }
    },
    *objects(type, relation, user, options, after = '') {
      const unknown =
        unheardOf(model, type, relation) ??
        unheardUser(model, { kind: 'entity', entity: user }) ??
        refused(model, options)
      if (unknown !== null) {
        options?.undecided?.(null, unknown)
        return []
      }
      const each = asker(t, bound, hops, options)
      return yield* objectsOf(each, each(), type, relation, user, teller(hops, options), after)
    },
    *users(object, relation, userType, options) {
      const unknown =
        unheardOf(model, object.type, relation) ??
        unheardUser(model, { kind: 'wildcard', type: userType }) ??
        refused(model, options)
      if (unknown !== null) {
        options?.undecided?.(null, unknown)
        return { ids: [], wildcard: false, except: [] }
      }
      const each = asker(t, bound, hops, options)
      return yield* usersOf(each, each(), object, relation, userType, teller(hops, options))
    },
    *sets(object, relation, set, options) {
      const unknown =
        unheardOf(model, object.type, relation) ?? unheardOf(model, set.type, set.relation) ?? refused(model, options)
      if (unknown !== null) {
        options?.undecided?.(null, unknown)
        return []
      }
      const each = asker(t, bound, hops, options)
      return yield* setsOf(each, each(), object, relation, set, teller(hops, options))
    },
    listObjects(...asked) {
      return atOnce(this.objects(...asked))
    },
    listUsers(...asked) {
      return atOnce(this.users(...asked))
    },
    listSets(...asked) {
      return atOnce(this.sets(...asked))
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
    withModel: next => viewOf(t, next, hops),
  }
}

const limitsOf = (hops: number, options: CheckOptions | undefined): Limits => ({
  depth: options?.depth ?? hops,
  work: options?.work ?? WORK,
})

/** Starts checks that share the tuples they are asked on, each with limits and terms of its own. */
function asker(stored: Tuples, bound: Bound, hops: number, options: CheckOptions | undefined): () => Ask {
  const { depth, work } = limitsOf(hops, options)
  const contextual = options?.contextual ?? []
  const tuples = contextual.length === 0 ? stored : overlay(stored, contextual)
  const reads = options?.reads ?? null
  return () => {
    const terms = createTerms()
    let known: Map<EdgeCondition, number> | null = null
    const decide = (condition: EdgeCondition): number => {
      known ??= new Map()
      const found = known.get(condition)
      if (found !== undefined) return found
      const value = decided(condition)
      known.set(condition, value)
      return value
    }
    const decided = ({ name, context }: EdgeCondition): number => {
      if (options?.context === undefined) return conditionTerm(terms, name, context)
      const outcome = evaluateCondition(bound.model, name, context, options.context)
      if (outcome.kind === 'met') return YES
      return outcome.kind === 'unmet' ? NO : failedTerm(terms, outcome.why)
    }
    return { tuples, bound, depth, meter: { left: work }, reads, terms, decide }
  }
}

/** Why the tuples that come with a question are not taken. */
function refused(model: Model, options: CheckOptions | undefined): string | null {
  const contextual = options?.contextual ?? []
  if (contextual.length > CONTEXTUAL_TUPLES) {
    return `at most ${CONTEXTUAL_TUPLES} contextual tuples may come with a question, these are ${contextual.length}`
  }
  for (const tuple of contextual) {
    const problem = validateTuple(model, tuple)
    if (problem !== null) return `a contextual tuple is not taken: ${problem.message}`
  }
  return null
}

const teller = (hops: number, options: ListOptions | undefined) => (id: string, value: number, of: Ask) =>
  options?.undecided?.(id === '' ? null : id, reasonOf(of.terms, value, limitsOf(hops, options)))

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
