import type { Entity } from '../policy/entity.ts'
import type { TupleText } from '../policy/question.ts'
import { parseTuple } from './tuple.ts'

/**
 * A place an answer was read from: all users of an object's relation; of these all that may stand for many (sets, everyone),
 * or one who may be named; or all objects of a type on which a user is named (for a set, the user is its object; for a
 * wildcard, its id is `*`). Finding nothing there is a read like any other.
 */
export type Cell =
  | { readonly kind: 'users' | 'many'; readonly object: Entity; readonly relation: string }
  | { readonly kind: 'one'; readonly object: Entity; readonly relation: string; readonly user: Entity }
  | { readonly kind: 'objects'; readonly user: Entity; readonly type: string }

/** The cells a write or a removal of this tuple touches; empty for a text that is no tuple. */
export function cellsOf(tuple: TupleText): readonly Cell[] {
  const parsed = parseTuple(tuple)
  if (parsed === null) return []
  const { object, relation, user } = parsed
  const named = user.kind === 'entity' ? user.entity : user.kind === 'set' ? user.object : { type: user.type, id: '*' }
  const isOne = user.kind === 'entity' && named.id !== '*'
  return [
    { kind: 'users', object, relation },
    isOne ? { kind: 'one', object, relation, user: named } : { kind: 'many', object, relation },
    { kind: 'objects', user: named, type: object.type },
  ]
}
