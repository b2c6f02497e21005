import type { Tuple } from '../../src/relations/graph.ts'

/** Relations of every shape that is measured. */
export const MODEL = `model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type folder
  relations
    define parent: [folder]
    define viewer: [user] or viewer from parent

type doc
  relations
    define owner: [user]
    define shared: [group#member]
    define parent: [folder]
    define inherited: viewer from parent
    define nested: [group#member]
    define signed: [user, group#member]
    define cleared: [user, group#member]
    define both: signed and cleared
    define invited: [user, group#member]
    define blocked: [user, group#member]
    define admitted: invited but not blocked
    define listed: [user, group#member]
`

/** Sizes of the shapes. */
export const WIDTH = 200
export const DEPTH = 30
export const NESTING = 6
const GROUP = 5

/** One check and its answer. */
export interface Asked {
  readonly object: string
  readonly relation: string
  readonly user: string
  readonly allowed: boolean
}

export interface Shape {
  readonly name: string
  /** Share of all tuples. */
  readonly share: number
  /** Tuples of one object of this shape, the `n`th. */
  readonly tuples: (n: number) => Generator<Tuple>
  readonly asked: (n: number, allowed: boolean) => Asked
}

const tuple = (object: string, relation: string, user: string): Tuple => ({ object, relation, user, condition: null })
const asks = (object: string, relation: string, user: string, allowed: boolean): Asked => ({
  object,
  relation,
  user,
  allowed,
})

/** A group of its own for one object: `GROUP` members. */
function* group(name: string): Generator<Tuple> {
  for (let i = 0; i < GROUP; i += 1) yield tuple(`group:${name}`, 'member', `user:${name}-${i}`)
}

export const SHAPES: readonly Shape[] = [
  {
    name: 'direct',
    share: 0.3,
    *tuples(n) {
      yield tuple(`doc:direct${n}`, 'owner', `user:d${n % 1_000}`)
    },
    asked: (n, allowed) => asks(`doc:direct${n}`, 'owner', `user:d${(n + (allowed ? 0 : 1)) % 1_000}`, allowed),
  },
  {
    name: `wide: shared with ${WIDTH} groups`,
    share: 0.2,
    *tuples(n) {
      for (let i = 0; i < WIDTH; i += 1) {
        yield tuple(`doc:wide${n}`, 'shared', `group:w${n}-${i}#member`)
        yield tuple(`group:w${n}-${i}`, 'member', `user:w${n}-${i}`)
      }
    },
    asked: (n, allowed) => asks(`doc:wide${n}`, 'shared', `user:w${allowed ? n : n + 1}-${(n * 7) % WIDTH}`, allowed),
  },
  {
    name: `deep: ${DEPTH} folders`,
    share: 0.1,
    *tuples(n) {
      yield tuple(`folder:f${n}-0`, 'viewer', `user:f${n}`)
      for (let i = 1; i < DEPTH; i += 1) yield tuple(`folder:f${n}-${i}`, 'parent', `folder:f${n}-${i - 1}`)
      yield tuple(`doc:deep${n}`, 'parent', `folder:f${n}-${DEPTH - 1}`)
    },
    asked: (n, allowed) => asks(`doc:deep${n}`, 'inherited', `user:f${allowed ? n : n + 1}`, allowed),
  },
  {
    name: `groups in groups: ${NESTING} levels`,
    share: 0.1,
    *tuples(n) {
      for (let i = 0; i < NESTING; i += 1) {
        yield* group(`n${n}-${i}`)
        if (i > 0) yield tuple(`group:n${n}-${i - 1}`, 'member', `group:n${n}-${i}#member`)
      }
      yield tuple(`doc:nested${n}`, 'nested', `group:n${n}-0#member`)
    },
    asked: (n, allowed) => asks(`doc:nested${n}`, 'nested', `user:n${allowed ? n : n + 1}-${NESTING - 1}-0`, allowed),
  },
  {
    name: 'intersection',
    share: 0.1,
    *tuples(n) {
      yield* group(`s${n}`)
      yield tuple(`doc:both${n}`, 'signed', `group:s${n}#member`)
      yield tuple(`doc:both${n}`, 'cleared', `user:s${n}-0`)
    },
    asked: (n, allowed) => asks(`doc:both${n}`, 'both', `user:s${n}-${allowed ? 0 : 1}`, allowed),
  },
  {
    name: 'exclusion',
    share: 0.1,
    *tuples(n) {
      yield* group(`x${n}`)
      yield tuple(`doc:open${n}`, 'invited', `group:x${n}#member`)
      yield tuple(`group:y${n}`, 'member', `user:x${n}-0`)
      yield tuple(`doc:open${n}`, 'blocked', `group:y${n}#member`)
    },
    asked: (n, allowed) => asks(`doc:open${n}`, 'admitted', `user:x${n}-${allowed ? 1 : 0}`, allowed),
  },
]

/** One in a hundred of all tuples says what one user, by way of a group, is listed on. */
export const LISTED = { type: 'doc', relation: 'listed', user: 'user:lister' } as const
export const listedOf = (tuples: number): number => tuples / 100

const objectsOf = (tuples: number, { share, tuples: each }: Shape): number =>
  Math.max(2, Math.floor((tuples * share) / [...each(0)].length))

/** All tuples of a world, about as many as asked for; what the shapes leave are listed objects of others. */
export function* tuplesOf(size: number): Generator<Tuple> {
  let made = 0
  for (const shape of SHAPES) {
    const objects = objectsOf(size, shape)
    for (let n = 0; n < objects; n += 1) {
      for (const one of shape.tuples(n)) {
        made += 1
        yield one
      }
    }
  }
  yield tuple('group:listers', 'member', LISTED.user)
  const listed = listedOf(size)
  for (let n = 0; n < listed; n += 1) yield tuple(`doc:listed${n}`, 'listed', 'group:listers#member')
  for (made += 1 + listed; made < size; made += 1) yield tuple(`doc:others${made}`, 'listed', `user:o${made % 997}`)
}

/** So many different checks of a shape over all of its objects, every other one denied. */
export function asksOf(size: number, shape: Shape, count: number): readonly Asked[] {
  const objects = objectsOf(size, shape)
  return Array.from({ length: count }, (_, i) => shape.asked((i * 7_919) % (objects - 1), i % 2 === 0))
}

export function* batchesOf(size: number, most: number): Generator<readonly Tuple[]> {
  let batch: Tuple[] = []
  for (const one of tuplesOf(size)) {
    if (batch.push(one) < most) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
