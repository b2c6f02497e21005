import type { Entity } from '../../policy/entity.ts'
import { type ExpandNode, expand } from '../../relations/expand.ts'
import type { Graph, Tuple } from '../../relations/graph.ts'

/** OpenFGA's tree of who has a relation to an object: one level, sets of users as leaves. */
export function expanded(graph: Graph, object: Entity, relation: string, contextual: readonly Tuple[]): object {
  const tree = expand(graph, object, relation, contextual)
  return tree === null ? {} : nodeOf(tree)
}

function nodeOf(node: ExpandNode): object {
  const { name } = node
  switch (node.kind) {
    case 'users':
      return { name, leaf: { users: { users: node.users } } }
    case 'computed':
      return { name, leaf: { computed: { userset: node.set } } }
    case 'tuple-to-userset': {
      const computed = node.sets.map(userset => ({ userset }))
      return { name, leaf: { tupleToUserset: { tupleset: node.tupleset, computed } } }
    }
    case 'union':
    case 'intersection':
      return { name, [node.kind]: { nodes: node.of.map(nodeOf) } }
    case 'difference':
      return { name, difference: { base: nodeOf(node.base), subtract: nodeOf(node.subtract) } }
  }
}
