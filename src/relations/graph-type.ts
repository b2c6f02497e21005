import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { EntitySet, Holder, Truth, TupleText, When } from '../policy/question.ts'
import type { CellKey } from './cells.ts'
import type { Listing, UserList } from './lists.ts'
import type { PlacedTuple, TupleFilter } from './read.ts'
import type { Model } from './schema.ts'
import type { RelationUser, Tuple } from './tuple.ts'

/** `proof` may be called at any later time, whatever was written since; `why` goes with unknown. */
export interface CheckAnswer {
  readonly truth: Truth
  readonly why?: string
  readonly proof?: () => readonly TupleText[]
  /** What is left to conditions, where no context was given to evaluate them in. */
  readonly when?: When
  /** The limit that kept the answer from being found, the first of these that was met. */
  readonly limit?: Limit
}

export type Limit = 'depth' | 'work' | 'cycle' | 'everyone' | 'complex'

export interface CheckOptions {
  /** Hears of every cell that is read, empty ones included; the same one perhaps more than once. */
  readonly reads?: (cell: CellKey) => void
  /** What the request says, for conditions: what is stored with a tuple overrides it. Without it, none is evaluated. */
  readonly context?: JsonObject
  /** Tuples that hold for this question only, at most 100. Each replaces a stored tuple of the same key. */
  readonly contextual?: readonly Tuple[]
  /** Most hops to another object; by default what the graph was made with, 25. */
  readonly depth?: number
  /** Most steps of one check, a million by default. */
  readonly work?: number
}

export interface ListOptions extends CheckOptions {
  /** Hears of what could not be decided and is left out. Without an id, the list itself is not complete. */
  readonly undecided?: (id: string | null, why: string) => void
}

/** An org's tuples in memory, read as one model sees them. Everything answers at once. */
export interface Graph {
  readonly model: Model
  /** Stores a tuple whatever the model says of it. False if it was there, under any condition, or is no tuple at all. */
  write(tuple: TupleText & { readonly condition?: Tuple['condition'] }): boolean
  /** False if there was no such tuple. */
  remove(tuple: TupleText): boolean
  has(tuple: TupleText): boolean
  check(object: Entity | EntitySet, relation: string, user: Holder | RelationUser, options?: CheckOptions): CheckAnswer
  /** Ids of all objects of a type on which a user holds a relation, sorted: what `check` says yes to. */
  listObjects(type: string, relation: string, user: Entity, options?: ListOptions): readonly string[]
  listUsers(object: Entity, relation: string, userType: string, options?: ListOptions): UserList
  /** Ids of the objects whose holders of `set.relation` hold the relation as a set, sorted. */
  listSets(
    object: Entity,
    relation: string,
    set: { readonly type: string; readonly relation: string },
    options?: ListOptions,
  ): readonly string[]
  /** The lists above one candidate at a time; objects in order, those behind the id `after`. */
  objects(
    type: string,
    relation: string,
    user: Entity,
    options?: ListOptions,
    after?: string,
  ): Listing<readonly string[]>
  users(object: Entity, relation: string, userType: string, options?: ListOptions): Listing<UserList>
  sets(
    object: Entity,
    relation: string,
    set: { readonly type: string; readonly relation: string },
    options?: ListOptions,
  ): Listing<readonly string[]>
  /** Every id of a type that some tuple holds, as object or user. */
  entities(type: string): Iterable<string>
  tuples(filter?: TupleFilter): Iterable<PlacedTuple>
  /** Tuples held. */
  readonly size: number
  /** An estimate of the memory held. */
  bytes(): number
  /** Another model's view of the same tuples; a write through either is seen by both. */
  withModel(model: Model): Graph
}
