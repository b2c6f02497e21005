import type { Entity } from '../../src/policy/entity.ts'
import type { EntitySet, Holder, Truth } from '../../src/policy/question.ts'
import type { RelationUser, Tuple } from '../../src/relations/graph.ts'
import { findRelation, type Model, type Rewrite } from '../../src/relations/schema.ts'
import { parseTuple, takes } from '../../src/relations/tuple.ts'

/** The whole of a stored world, as a list. */
export interface World {
  readonly model: Model
  readonly tuples: readonly Tuple[]
  /** What conditions come to; unknown where nobody says. */
  readonly holds?: (condition: NonNullable<Tuple['condition']>) => Truth
}

type Set2 = ReadonlySet<string>
type Asked = Exclude<Holder, EntitySet> | RelationUser

const key = (object: Entity, relation: string): string => JSON.stringify([object.type, object.id, relation])

/**
 * What the definitions say, with no thought for speed: the well-founded answer. `sure` grows from nothing and holds what
 * is yes whatever the rest; `possible` shrinks from everything and leaves out what is no whatever the rest.
 */
export function naive(world: World, object: Entity | EntitySet, relation: string, user: Holder | RelationUser): Truth {
  if ('kind' in object) {
    return some(everyoneOf(world, object.type), one =>
      least(member(world, object, one), naive(world, one, relation, user)),
    )
  }
  if (user.kind === 'some' || user.kind === 'holder') {
    return some([...everyoneOf(world, user.type), ...(object.type === user.type ? [object] : [])], one => {
      const plain = naive(world, object, relation, { kind: 'entity', entity: one })
      const asSet =
        user.kind === 'some' && naive(world, object, relation, { kind: 'set', object: one, relation: user.relation })
      return least(member(world, user, one), asSet ? most(plain, asSet) : plain)
    })
  }
  const { sure, possible } = solved(world, object, user)
  const asked = key(object, relation)
  return sure.has(asked) ? 'yes' : possible.has(asked) ? 'unknown' : 'no'
}

function solve(world: World, object: Entity, user: Asked): { readonly sure: Set2; readonly possible: Set2 } {
  const atoms = atomsOf(world, object)
  let sure: Set2 = new Set()
  let possible: Set2 = new Set(atoms.map(a => key(a.object, a.relation)))
  for (;;) {
    const limit = possible
    const next = grow(atoms, cur => atom => evaluate(world, user, atom, cur, 'sure', sure, limit))
    const after = grow(atoms, cur => atom => evaluate(world, user, atom, cur, 'possible', next, limit))
    const stable = next.size === sure.size && after.size === possible.size
    sure = next
    possible = after
    if (stable) return { sure, possible }
  }
}

const memory = new WeakMap<World, Map<string, ReturnType<typeof solve>>>()

/** One user's answers hold for every object of a world, and for the object asked about where no tuple names it. */
function solved(world: World, object: Entity, user: Asked): ReturnType<typeof solve> {
  const known = memory.get(world) ?? new Map<string, ReturnType<typeof solve>>()
  memory.set(world, known)
  const text = JSON.stringify([object.type, object.id, user])
  const found = known.get(text) ?? solve(world, object, user)
  known.set(text, found)
  return found
}

/** Everyone that a tuple names, and one more, who stands for all others. */
const everyoneOf = (world: World, type: string): readonly Entity[] => [
  ...entitiesOf(world).filter(e => e.type === type),
  { type, id: 'nobody-names-this' },
]

const member = (world: World, set: EntitySet, one: Entity): Truth =>
  set.kind === 'some'
    ? naive(world, one, set.relation, set.of)
    : naive(world, set.on.kind === 'entity' ? set.on.entity : set.on, set.relation, { kind: 'entity', entity: one })

const some = (among: readonly Entity[], test: (one: Entity) => Truth): Truth => among.map(test).reduce(most, 'no')

const rank: Record<Truth, number> = { no: 0, unknown: 1, yes: 2 }
const most = (a: Truth, b: Truth): Truth => (rank[a] >= rank[b] ? a : b)
const least = (a: Truth, b: Truth): Truth => (rank[a] <= rank[b] ? a : b)

interface Atom {
  readonly object: Entity
  readonly relation: string
}

export function entitiesOf(world: World, ...more: readonly Entity[]): Entity[] {
  const found = new Map<string, Entity>()
  const add = (e: Entity): void => {
    if (e.id !== '*') found.set(key(e, ''), e)
  }
  more.forEach(add)
  for (const tuple of world.tuples) {
    const parsed = parseTuple(tuple)
    if (parsed === null) continue
    add(parsed.object)
    if (parsed.user.kind === 'entity') add(parsed.user.entity)
    if (parsed.user.kind === 'set') add(parsed.user.object)
  }
  return [...found.values()]
}

function atomsOf(world: World, object: Entity): Atom[] {
  return entitiesOf(world, object).flatMap(e =>
    [...(world.model.types.get(e.type)?.relations.keys() ?? [])].map(relation => ({ object: e, relation })),
  )
}

function grow(atoms: readonly Atom[], rule: (cur: Set2) => (atom: Atom) => boolean): Set2 {
  const cur = new Set<string>()
  for (let before = -1; before !== cur.size; ) {
    before = cur.size
    for (const atom of atoms) if (rule(cur)(atom)) cur.add(key(atom.object, atom.relation))
  }
  return cur
}

type Mode = 'sure' | 'possible'

/** `cur` is what is being grown; beneath a negation `sure` and `possible` of the round before speak. */
function evaluate(w: World, user: Asked, atom: Atom, cur: Set2, mode: Mode, sure: Set2, possible: Set2): boolean {
  const { object, relation } = atom
  if (user.kind === 'set' && key(user.object, user.relation) === key(object, relation)) return true
  const def = findRelation(w.model, object.type, relation)
  if (def === null) return false
  const holds = (set: Set2, how: Mode, rewrite: Rewrite): boolean => {
    switch (rewrite.kind) {
      case 'this':
        return usersOf(w, object, relation, how).some(u => {
          if (u.kind === 'set') return same(u, user) || set.has(key(u.object, u.relation))
          if (u.kind === 'wildcard' && user.kind === 'entity') return u.type === user.entity.type
          return same(u, user)
        })
      case 'computed':
        return set.has(key(object, rewrite.relation))
      case 'tuple-to-userset':
        return usersOf(w, object, rewrite.tupleset, how).some(
          u => u.kind === 'entity' && set.has(key(u.entity, rewrite.relation)),
        )
      case 'union':
        return rewrite.of.some(child => holds(set, how, child))
      case 'intersection':
        return rewrite.of.every(child => holds(set, how, child))
      case 'difference': {
        const other: Mode = how === 'sure' ? 'possible' : 'sure'
        return holds(set, how, rewrite.base) && !holds(other === 'sure' ? sure : possible, other, rewrite.subtract)
      }
    }
  }
  return holds(cur, mode, def.rewrite)
}

const same = (a: RelationUser | Asked, b: Asked): boolean => JSON.stringify(a) === JSON.stringify(b)

const taken = new WeakMap<World, Map<string, { readonly user: Asked; readonly truth: Truth }[]>>()

/** Users of the tuples today's model takes; those under a condition that is unknown are possible, never sure. */
function usersOf(w: World, object: Entity, relation: string, mode: Mode): Asked[] {
  let rows = taken.get(w)
  if (rows === undefined) {
    rows = new Map()
    taken.set(w, rows)
    for (const tuple of w.tuples) {
      const parsed = parseTuple(tuple)
      if (parsed === null) continue
      const name = tuple.condition?.name ?? null
      const restrictions = findRelation(w.model, parsed.object.type, parsed.relation)?.restrictions ?? []
      if (!restrictions.some(r => r.condition === name && takes(r, parsed.user))) continue
      const at = key(parsed.object, parsed.relation)
      const truth = tuple.condition === null ? 'yes' : (w.holds?.(tuple.condition) ?? 'unknown')
      rows.set(at, [...(rows.get(at) ?? []), { user: parsed.user, truth }])
    }
  }
  const users = rows.get(key(object, relation)) ?? []
  return users.filter(u => u.truth === 'yes' || (mode === 'possible' && u.truth === 'unknown')).map(u => u.user)
}
