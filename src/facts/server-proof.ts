import { type Entity, printEntity } from '../policy/entity.ts'
import type { TupleText } from '../policy/question.ts'
import { findRelation, type Model, type Rewrite } from '../relations/schema.ts'
import { parseUser, validateTuple } from '../relations/tuple.ts'
import type { AskingHow, Place, RelationServer } from './server.ts'

/** Where a proof is looked for. */
export interface Proving {
  readonly server: RelationServer
  readonly place: Place
  readonly model: Model
  readonly how: AskingHow
}

interface Search extends Proving {
  readonly user: Entity
  /** Calls left. */
  readonly meter: { left: number }
  /** Relations on objects that were tried: a proof needs none twice. */
  readonly tried: Set<string>
}

type Proof = readonly TupleText[] | null

/** Calls of one proof, and how many objects deep it is looked for. */
const MOST_CALLS = 150
const DEEPEST = 8
/** Tuples of one relation on an object that are looked at. */
const MOST_READ = 100

/**
 * The stored tuples that make a yes of the server's, from the object towards the user; null where they are not found within
 * bounds, which says nothing of the answer. INVARIANT: each relation on the way is one the server's own check said yes to,
 * and each tuple was read from the server and holds under no condition. What takes away under a `but not` has no tuples to show.
 */
export async function provedBy(on: Proving, object: Entity, relation: string, user: Entity): Promise<Proof> {
  const search: Search = { ...on, user, meter: { left: MOST_CALLS }, tried: new Set() }
  return prove(search, object, relation, DEEPEST)
}

async function prove(s: Search, object: Entity, relation: string, depth: number): Promise<Proof> {
  const def = findRelation(s.model, object.type, relation)
  const key = `${printEntity(object)}#${relation}`
  if (def === null || depth < 0 || s.tried.has(key)) return null
  s.tried.add(key)
  return proveBy(s, object, relation, def.rewrite, depth)
}

async function proveBy(s: Search, object: Entity, relation: string, by: Rewrite, depth: number): Promise<Proof> {
  switch (by.kind) {
    case 'this':
      return direct(s, object, relation, depth)
    case 'computed': {
      const [held] = await holding(s, [{ object, relation: by.relation, with: [] }])
      return held === undefined ? null : prove(s, object, by.relation, depth)
    }
    case 'tuple-to-userset': {
      const links = await stored(s, object, by.tupleset)
      const parents = links.flatMap(link => {
        const parent = parseUser(link.user)
        return parent?.kind === 'entity' ? [{ object: parent.entity, relation: by.relation, with: [link] }] : []
      })
      return through(s, parents, depth)
    }
    case 'union':
      for (const one of by.of) {
        const found = await proveBy(s, object, relation, one, depth)
        if (found !== null) return found
      }
      return null
    case 'intersection': {
      const all: TupleText[] = []
      for (const one of by.of) {
        const found = await proveBy({ ...s, tried: new Set(s.tried) }, object, relation, one, depth)
        if (found === null) return null
        all.push(...found)
      }
      return all
    }
    case 'difference':
      return proveBy(s, object, relation, by.base, depth)
  }
}

/** A tuple that names the user or everyone, else one that names a set the user is in. */
async function direct(s: Search, object: Entity, relation: string, depth: number): Promise<Proof> {
  for (const name of [printEntity(s.user), `${s.user.type}:*`]) {
    const [found] = await stored(s, object, relation, name)
    if (found !== undefined) return [found]
  }
  const sets = (await stored(s, object, relation)).flatMap(tuple => {
    const set = parseUser(tuple.user)
    return set?.kind === 'set' ? [{ object: set.object, relation: set.relation, with: [tuple] }] : []
  })
  return through(s, sets, depth)
}

interface Step {
  readonly object: Entity
  readonly relation: string
  /** What leads there. */
  readonly with: readonly TupleText[]
}

async function through(s: Search, steps: readonly Step[], depth: number): Promise<Proof> {
  for (const step of await holding(s, steps)) {
    const rest = await prove(s, step.object, step.relation, depth - 1)
    if (rest !== null) return [...step.with, ...rest]
  }
  return null
}

/** Those of the steps that the server says yes to. */
async function holding(s: Search, steps: readonly Step[]): Promise<readonly Step[]> {
  const some = steps.slice(0, Math.max(0, s.meter.left))
  s.meter.left -= some.length
  const user = printEntity(s.user)
  const held = await Promise.all(
    some.map(({ object, relation }) =>
      s.server.check(s.place, { object: printEntity(object), relation, user }, s.how).catch(() => false),
    ),
  )
  return some.filter((_, i) => held[i] === true)
}

/** Tuples that hold whatever the call says, and that the model takes. */
async function stored(s: Search, object: Entity, relation: string, user?: string): Promise<readonly TupleText[]> {
  if (s.meter.left <= 0) return []
  s.meter.left -= 1
  const filter = { object: printEntity(object), relation, ...(user !== undefined && { user }) }
  const { tuples } = await s.server.read(s.place.storeId, filter, MOST_READ, '')
  return tuples
    .filter(tuple => tuple.condition === null && validateTuple(s.model, tuple) === null)
    .map(tuple => ({ object: tuple.object, relation: tuple.relation, user: tuple.user }))
}
