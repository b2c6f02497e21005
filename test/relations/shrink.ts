import { findRelation, type Model, type RelationDef, type Rewrite } from '../../src/relations/schema.ts'
import { type Tuple, validateTuple } from '../../src/relations/tuple.ts'
import { type Asking, tidied } from './openfga.ts'

/** A model and tuples under it. */
export interface Stored {
  readonly model: Model
  readonly tuples: readonly Tuple[]
}

export interface Found {
  readonly stored: Stored
  readonly one: Asking
}

/** More attempts or milliseconds than this and what was reached so far is small enough. */
const ATTEMPTS = 1500
const PATIENCE = 60_000

/** As little as still shows what `still` looks for: tuples, then branches, kinds of users, relations, types, conditions. */
export async function shrink(found: Found, still: (smaller: Found) => Promise<boolean>): Promise<Found> {
  let best = found
  let attempts = 0
  const until = Date.now() + PATIENCE
  for (let shrunk = true; shrunk; ) {
    shrunk = false
    for (const smaller of smallerOf(best)) {
      if (!asks(smaller)) continue
      if (++attempts > ATTEMPTS || Date.now() > until) return best
      if (!(await still(smaller).catch(() => false))) continue
      best = smaller
      shrunk = true
      break
    }
  }
  return best
}

/** Does the model still have what the question names? */
function asks({ stored: { model }, one: { object, relation, user } }: Found): boolean {
  if (findRelation(model, object.type, relation) === null) return false
  if (user.kind === 'set') return findRelation(model, user.object.type, user.relation) !== null
  return model.types.has(user.kind === 'entity' ? user.entity.type : user.type)
}

function* smallerOf({ stored, one }: Found): Iterable<Found> {
  const without = <T>(all: readonly T[], from: number, count: number): T[] => [
    ...all.slice(0, from),
    ...all.slice(from + count),
  ]
  const { tuples } = stored
  for (let size = Math.max(1, tuples.length >> 1); size > 0; size >>= 1) {
    for (let i = 0; i < tuples.length; i += size) yield { stored: { ...stored, tuples: without(tuples, i, size) }, one }
  }
  for (let i = 0; i < one.contextual.length; i++) {
    yield { stored, one: { ...one, contextual: without(one.contextual, i, 1) } }
    const tuple = one.contextual[i] as Tuple
    yield {
      stored: { ...stored, tuples: [...tuples, tuple] },
      one: { ...one, contextual: without(one.contextual, i, 1) },
    }
  }
  for (const model of simpler(stored.model)) yield under(model, stored, one)
  for (const name of stored.model.conditions.keys()) yield unconditioned(name, stored, one)
  for (const name of Object.keys(one.context)) {
    const { [name]: _, ...context } = one.context
    yield { stored, one: { ...one, context } }
  }
}

/** What the smaller model does not take is left out. */
function under(model: Model, { tuples }: Stored, one: Asking): Found {
  const tidy = tidied(model)
  const taken = (tuple: Tuple): boolean => validateTuple(tidy, tuple) === null
  return {
    stored: { model: tidy, tuples: tuples.filter(taken) },
    one: { ...one, contextual: one.contextual.filter(taken) },
  }
}

function unconditioned(name: string, { model, tuples }: Stored, one: Asking): Found {
  const bare = (tuple: Tuple): Tuple => (tuple.condition?.name === name ? { ...tuple, condition: null } : tuple)
  const freed = mapRelations(model, r => ({
    ...r,
    restrictions: r.restrictions.map(s => (s.condition === name ? { ...s, condition: null } : s)),
  }))
  const conditions = new Map([...model.conditions].filter(([key]) => key !== name))
  const changed = { model: { ...freed, conditions }, tuples: tuples.map(bare) }
  return under(changed.model, changed, { ...one, contextual: one.contextual.map(bare) })
}

function mapRelations(model: Model, change: (r: RelationDef, type: string) => RelationDef | null): Model {
  const types = [...model.types].map(([name, type]) => {
    const relations = [...type.relations.values()].map(r => change(r, name)).filter(r => r !== null)
    return [name, { ...type, relations: new Map(relations.map(r => [r.name, r])) }] as const
  })
  return { ...model, types: new Map(types) }
}

function* simpler(model: Model): Iterable<Model> {
  for (const name of model.types.keys()) {
    yield { ...model, types: new Map([...model.types].filter(([key]) => key !== name)) }
  }
  const places = [...model.types].flatMap(([type, { relations }]) => [...relations.values()].map(r => ({ type, r })))
  for (const { type, r } of places) {
    const put = (made: RelationDef | null): Model =>
      mapRelations(model, (one, of) => (of === type && one.name === r.name ? made : one))
    yield put(null)
    for (const rewrite of plainer(r.rewrite)) yield put({ ...r, rewrite })
    for (let i = 0; i < r.restrictions.length; i++) {
      yield put({ ...r, restrictions: r.restrictions.filter((_, n) => n !== i) })
    }
  }
}

/** A rewrite with one branch in place of a whole, anywhere in it. */
function* plainer(rewrite: Rewrite): Iterable<Rewrite> {
  switch (rewrite.kind) {
    case 'union':
    case 'intersection':
      yield* rewrite.of
      for (let i = 0; i < rewrite.of.length; i++) {
        if (rewrite.of.length > 2) yield { ...rewrite, of: rewrite.of.filter((_, n) => n !== i) }
        for (const made of plainer(rewrite.of[i] as Rewrite)) {
          yield { ...rewrite, of: rewrite.of.map((child, n) => (n === i ? made : child)) }
        }
      }
      return
    case 'difference':
      yield rewrite.base
      for (const base of plainer(rewrite.base)) yield { ...rewrite, base }
      for (const subtract of plainer(rewrite.subtract)) yield { ...rewrite, subtract }
      return
    default:
      return
  }
}
