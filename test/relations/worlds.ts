import fc from 'fast-check'
import type { Entity } from '../../src/policy/entity.ts'
import type { EntitySet, Holder } from '../../src/policy/question.ts'
import type { RelationUser, Tuple } from '../../src/relations/graph.ts'
import type { Model, RelationDef, Restriction, Rewrite, TypeDef } from '../../src/relations/schema.ts'
import { parseTuple, printUser, type TupleUser } from '../../src/relations/tuple.ts'
import type { World } from './oracle.ts'

/** A run of choices that a seed fixes. */
export interface Tape {
  pick(below: number): number
  one<T>(among: readonly T[]): T
}

/** A seed is printed on failure and makes the same world again; shrinking it would only make another. */
export const tapes: fc.Arbitrary<Tape> = fc.noShrink(fc.integer({ min: 0 })).map(tapeOf)

export function tapeOf(seed: number): Tape {
  let state = seed >>> 0
  const pick = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) % below
  }
  return { pick, one: <T>(among: readonly T[]): T => among[pick(among.length)] as T }
}

const OBJECT_TYPES = ['team', 'doc'] as const
const RELATIONS = ['p', 'a', 'b', 'c'] as const
const IDS = ['1', '2'] as const

/** Relation `p` is plain, so that others may follow it; a relation computes only from those before it. */
export function modelFrom(t: Tape, negation: boolean): Model {
  const types = new Map<string, TypeDef>([['user', { name: 'user', relations: new Map() }]])
  for (const name of OBJECT_TYPES) {
    const relations = new Map<string, RelationDef>()
    RELATIONS.forEach((relation, index) => {
      if (index === 0) {
        const restrictions = (t.pick(4) === 0 ? [...OBJECT_TYPES] : [t.one(OBJECT_TYPES)]).map(plainOf)
        const conditional = t.pick(6) === 0 ? restrictions.map(r => ({ ...r, condition: 'c0' })) : []
        relations.set(relation, {
          name: relation,
          restrictions: [...restrictions, ...conditional],
          rewrite: { kind: 'this' },
        })
        return
      }
      const rewrite = wholeFrom(t, index, negation)
      const restrictions = Array.from({ length: 1 + t.pick(3) }, () => restrictionFrom(t))
      relations.set(relation, { name: relation, restrictions, rewrite })
    })
    types.set(name, { name, relations })
  }
  const condition = (name: string) => {
    const parameters = ['n', name].map(parameter => ({ name: parameter, type: 'int' }))
    return { name, parameters, expression: `n <= ${name}` }
  }
  return { types, conditions: new Map(['c0', 'c1'].map(name => [name, condition(name)])) }
}

const plainOf = (type: string): Restriction => ({ type, relation: null, wildcard: false, condition: null })

function restrictionFrom(t: Tape): Restriction {
  const condition = t.pick(4) === 0 ? t.one(['c0', 'c1']) : null
  const kind = t.pick(5)
  if (kind === 0 && t.pick(2) === 0) return { type: 'user', relation: null, wildcard: true, condition }
  if (kind === 1)
    return { type: t.one(['user', ...OBJECT_TYPES]), relation: null, wildcard: t.pick(3) === 0, condition }
  if (kind === 2) return { type: 'user', relation: null, wildcard: false, condition }
  return { type: t.one(OBJECT_TYPES), relation: t.one(RELATIONS), wildcard: false, condition }
}

/** Mostly direct users and something beside them, so that many tuples count. */
function wholeFrom(t: Tape, index: number, negation: boolean): Rewrite {
  const kind = t.pick(8)
  const rest = rewriteFrom(t, index, 1, negation)
  if (kind <= 2) return { kind: 'union', of: [{ kind: 'this' }, rest] }
  if (kind === 3) return { kind: 'intersection', of: [{ kind: 'this' }, rest] }
  if (kind <= 5 && negation) return { kind: 'difference', base: { kind: 'this' }, subtract: rest }
  if (kind === 6) return { kind: 'this' }
  return rewriteFrom(t, index, 2, negation)
}

function rewriteFrom(t: Tape, index: number, deep: number, negation: boolean): Rewrite {
  const kind = t.pick(deep === 0 ? 4 : 7)
  const child = (): Rewrite => rewriteFrom(t, index, deep - 1, negation)
  if (kind <= 1) return { kind: 'this' }
  if (kind === 2) return { kind: 'computed', relation: RELATIONS[t.pick(index)] as string }
  if (kind === 3) return { kind: 'tuple-to-userset', tupleset: 'p', relation: t.one(RELATIONS) }
  if (kind === 4) return { kind: 'union', of: [child(), child()] }
  if (kind === 5 || !negation) return { kind: t.one(['union', 'intersection'] as const), of: [child(), child()] }
  return { kind: 'difference', base: child(), subtract: child() }
}

export function tupleFrom(t: Tape, model: Model): Tuple {
  const object: Entity = { type: t.one(OBJECT_TYPES), id: t.one(IDS) }
  const relation = t.one(RELATIONS)
  const accepted = model.types.get(object.type)?.relations.get(relation)?.restrictions ?? []
  const r = t.pick(12) === 0 || accepted.length === 0 ? restrictionFrom(t) : t.one(accepted)
  const user: TupleUser = r.wildcard
    ? { kind: 'wildcard', type: r.type }
    : r.relation === null
      ? { kind: 'entity', entity: { type: r.type, id: t.one(IDS) } }
      : { kind: 'set', object: { type: r.type, id: t.one(IDS) }, relation: r.relation }
  const condition = r.condition === null ? null : { name: r.condition, context: { n: t.pick(3) } }
  return { object: `${object.type}:${object.id}`, relation, user: printUser(user), condition }
}

export function worldFrom(t: Tape, negation = true): World {
  const model = modelFrom(t, negation)
  const byText = new Map<string, Tuple>()
  for (let i = 8 + t.pick(30); i > 0; i--) {
    const tuple = tupleFrom(t, model)
    const text = JSON.stringify([tuple.object, tuple.relation, tuple.user])
    if (parseTuple(tuple) !== null && !byText.has(text)) byText.set(text, tuple)
  }
  return { model, tuples: [...byText.values()] }
}

export interface Asked {
  readonly object: Entity | EntitySet
  readonly relation: string
  readonly user: Holder | RelationUser
}

export function askedFrom(t: Tape): Asked {
  return {
    object: t.pick(4) === 0 ? setFrom(t, 2, true) : objectFrom(t),
    relation: t.one(['p', 'a', 'a', 'b', 'b', 'c', 'c']),
    user: t.pick(4) === 0 ? userFrom(t) : holderFrom(t, 2),
  }
}

/** An id no tuple has is asked about now and then. */
const idFrom = (t: Tape): string => (t.pick(12) === 0 ? 'new' : t.one(IDS))

const objectFrom = (t: Tape): Entity => ({ type: t.one(OBJECT_TYPES), id: idFrom(t) })

function userFrom(t: Tape): RelationUser {
  if (t.pick(3) === 0) return { kind: 'wildcard', type: t.one(['user', ...OBJECT_TYPES]) }
  return { kind: 'set', object: objectFrom(t), relation: t.one(RELATIONS) }
}

function holderFrom(t: Tape, deep: number): Holder {
  if (deep > 0 && t.pick(3) === 0) return setFrom(t, deep)
  return { kind: 'entity', entity: { type: t.one(['user', 'user', 'user', 'user', ...OBJECT_TYPES]), id: idFrom(t) } }
}

/** With `open`, of a type on which something can be held. */
function setFrom(t: Tape, deep: number, open = false): EntitySet {
  const relation = t.one(RELATIONS)
  const type = t.one(open ? OBJECT_TYPES : (['user', 'user', ...OBJECT_TYPES] as const))
  if (t.pick(2) === 0) return { kind: 'some', type: t.one(OBJECT_TYPES), relation, of: holderFrom(t, deep - 1) }
  const on: Holder =
    deep > 1 && t.pick(3) === 0 ? setFrom(t, deep - 1, true) : { kind: 'entity', entity: objectFrom(t) }
  return { kind: 'holder', type, relation, on }
}
