import type { Entity } from '../policy/entity.ts'
import type { OrgState } from './org.ts'

/** The relations somebody holds on the org itself, by its model: what is called their roles. */
export function rolesOf({ model, graph, org }: OrgState, who: Entity): string[] {
  const relations = model?.model.types.get('org')
  if (relations === undefined || graph === null) return []
  const object = { type: 'org', id: org.slug }
  return [...relations.relations.keys()].filter(
    relation => graph.check(object, relation, { kind: 'entity', entity: who }).truth === 'yes',
  )
}
