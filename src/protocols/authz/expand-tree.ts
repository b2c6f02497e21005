import { type Entity, printEntity } from '../../policy/entity.ts'
import { type ExpandNode, expand, type Graph } from '../../relations/graph.ts'
import { parseUser } from '../../relations/tuple.ts'

/**
 * Who has a relation, in the three kinds of nodes that published clients know. What is taken away is the last child of
 * an intersection, `negated`: then it stands for everyone it does not describe.
 */
export interface TreeNode {
  readonly type: 'union' | 'intersection' | 'leaf'
  readonly object: string
  readonly relation: string
  readonly children: readonly TreeNode[]
  /** Of a leaf: `type:id`, `type:*`, or a set `type:id#relation` to be expanded in turn. */
  readonly subjects: readonly string[]
  readonly negated?: true
}

/** Sets expanded for one tree; what is beyond stays a set among the subjects. */
const MOST_SETS = 1_000
const DEEPEST = 25

/** The tree down to stored subjects, through every rewrite of the model. */
export function treeOf(graph: Graph, object: Entity, relation: string): TreeNode {
  let left = MOST_SETS
  const setOf = (name: string, above: ReadonlySet<string>): TreeNode => {
    const set = parseUser(name)
    if (set?.kind !== 'set') return leaf(name, '', [name])
    const here = printEntity(set.object)
    if (above.has(name) || above.size >= DEEPEST || left <= 0) return leaf(here, set.relation, [name])
    left -= 1
    const node = expand(graph, set.object, set.relation)
    return node === null ? leaf(here, set.relation, []) : nodeOf(node, here, set.relation, new Set([...above, name]))
  }
  const nodeOf = (node: ExpandNode, object: string, relation: string, above: ReadonlySet<string>): TreeNode => {
    const of = (child: ExpandNode): TreeNode => nodeOf(child, object, relation, above)
    switch (node.kind) {
      case 'users':
        return leaf(object, relation, node.users)
      case 'computed':
        return setOf(node.set, above)
      case 'tuple-to-userset': {
        const sets = node.sets.map(name => setOf(name, above))
        const [only] = sets
        if (only === undefined) return leaf(object, relation, [])
        return sets.length === 1 ? only : inner('union', object, relation, sets)
      }
      case 'union':
      case 'intersection':
        return inner(node.kind, object, relation, node.of.map(of))
      case 'difference':
        return inner('intersection', object, relation, [of(node.base), negated(of(node.subtract))])
    }
  }
  return setOf(`${printEntity(object)}#${relation}`, new Set())
}

const leaf = (object: string, relation: string, subjects: readonly string[]): TreeNode => ({
  type: 'leaf',
  object,
  relation,
  children: [],
  subjects,
})

const inner = (
  type: 'union' | 'intersection',
  object: string,
  relation: string,
  children: readonly TreeNode[],
): TreeNode => ({ type, object, relation, children, subjects: [] })

/** A leaf wherever one can say it. */
function negated(node: TreeNode): TreeNode {
  const plain = node.type === 'union' && node.children.every(child => child.type === 'leaf')
  if (!plain) return { ...node, negated: true }
  const subjects = [...new Set(node.children.flatMap(child => child.subjects))].sort()
  return { ...leaf(node.object, node.relation, subjects), negated: true }
}
