import { type Entity, printEntity } from '../policy/entity.ts'
import type { Graph } from './graph-type.ts'
import { findRelation, type RelationDef, type Rewrite } from './schema.ts'
import { parseUser, type Tuple, takes } from './tuple.ts'

/** One level of a relation on an object: sets are named, to be expanded in turn. `name` is `document:1#viewer`. */
export type ExpandNode = { readonly name: string } & (
  | { readonly kind: 'users'; readonly users: readonly string[] }
  | { readonly kind: 'computed'; readonly set: string }
  | { readonly kind: 'tuple-to-userset'; readonly tupleset: string; readonly sets: readonly string[] }
  | { readonly kind: 'union' | 'intersection'; readonly of: readonly ExpandNode[] }
  | { readonly kind: 'difference'; readonly base: ExpandNode; readonly subtract: ExpandNode }
)

/** As OpenFGA's expand: whatever conditions the tuples hold under. Null for what the model does not have. */
export function expand(
  graph: Graph,
  object: Entity,
  relation: string,
  contextual: readonly Tuple[] = [],
): ExpandNode | null {
  const def = findRelation(graph.model, object.type, relation)
  if (def === null) return null
  const name = `${printEntity(object)}#${relation}`
  const tree = (rewrite: Rewrite): ExpandNode => {
    switch (rewrite.kind) {
      case 'this':
        return { name, kind: 'users', users: [...new Set(usersOn(graph, object, def, contextual))].sort() }
      case 'computed':
        return { name, kind: 'computed', set: `${printEntity(object)}#${rewrite.relation}` }
      case 'tuple-to-userset': {
        const parents = findRelation(graph.model, object.type, rewrite.tupleset)
        const users = parents === null ? [] : usersOn(graph, object, parents, contextual)
        const sets = [...new Set(users)].map(user => `${user}#${rewrite.relation}`)
        return { name, kind: 'tuple-to-userset', tupleset: `${printEntity(object)}#${rewrite.tupleset}`, sets }
      }
      case 'union':
      case 'intersection':
        return { name, kind: rewrite.kind, of: rewrite.of.map(tree) }
      case 'difference':
        return { name, kind: 'difference', base: tree(rewrite.base), subtract: tree(rewrite.subtract) }
    }
  }
  return tree(def.rewrite)
}

/** Users of the tuples today's model takes, contextual ones first. */
function* usersOn(graph: Graph, object: Entity, def: RelationDef, contextual: readonly Tuple[]): Iterable<string> {
  const here = (t: Tuple): boolean => t.object === printEntity(object) && t.relation === def.name
  const accepted = ({ user, condition }: Tuple): boolean => {
    const parsed = parseUser(user)
    return parsed !== null && def.restrictions.some(r => r.condition === (condition?.name ?? null) && takes(r, parsed))
  }
  for (const tuple of contextual) if (here(tuple) && accepted(tuple)) yield tuple.user
  for (const { tuple } of graph.tuples({ object, relation: def.name })) if (accepted(tuple)) yield tuple.user
}
