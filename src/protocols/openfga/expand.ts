import { type Entity, printEntity } from '../../policy/entity.ts'
import type { Graph, Tuple } from '../../relations/graph.ts'
import { findRelation, type Rewrite, validateTuple } from '../../relations/tuple.ts'

/** OpenFGA's tree of who has a relation to an object: one level, sets of users as leaves. */
export function expandTree(graph: Graph, object: Entity, relation: string, more: readonly Tuple[]): object {
  const name = `${printEntity(object)}#${relation}`

  const tuples = (of: string): readonly Tuple[] => {
    const text = printEntity(object)
    const given = more.filter(t => t.object === text && t.relation === of)
    const stored = [...graph.tuples({ object, relation: of })].map(p => p.tuple)
    return [...given, ...stored].filter(t => validateTuple(graph.model, t) === null)
  }

  const node = (rewrite: Rewrite): object => {
    switch (rewrite.kind) {
      case 'this': {
        const users = [...new Set(tuples(relation).map(t => t.user))].sort()
        return { name, leaf: { users: { users } } }
      }
      case 'computed':
        return { name, leaf: { computed: { userset: `${printEntity(object)}#${rewrite.relation}` } } }
      case 'tuple-to-userset': {
        const sets = tuples(rewrite.tupleset).map(t =>
          t.user.includes('#') ? t.user : `${t.user}#${rewrite.relation}`,
        )
        const tupleset = `${printEntity(object)}#${rewrite.tupleset}`
        const computed = [...new Set(sets)].map(userset => ({ userset }))
        return { name, leaf: { tupleToUserset: { tupleset, computed } } }
      }
      case 'union':
      case 'intersection':
        return { name, [rewrite.kind]: { nodes: rewrite.of.map(node) } }
      case 'difference':
        return { name, difference: { base: node(rewrite.base), subtract: node(rewrite.subtract) } }
    }
  }

  return node(findRelation(graph.model, object.type, relation)?.rewrite ?? { kind: 'this' })
}
