import type { Change } from '../facts/store.ts'
import { type Entity, printEntity, sameEntity } from '../policy/entity.ts'
import type { TupleText } from '../policy/question.ts'
import { validateTuple } from '../relations/tuple.ts'
import type { OrgState } from './org.ts'

/** `agent:<slug>#owner@user:ann`, as far as the org's model takes it; a team owns as itself or by its members. */
function ownerTuple({ model }: OrgState, slug: string, owner: Entity | null): TupleText | null {
  if (owner === null || model === null) return null
  const users = owner.type === 'user' ? [printEntity(owner)] : [printEntity(owner), `${printEntity(owner)}#member`]
  const tuples = users.map(user => ({ object: `agent:${slug}`, relation: 'owner', user }))
  return tuples.find(tuple => validateTuple(model.model, { ...tuple, condition: null }) === null) ?? null
}

/** What keeps the relation `owner` of an agent in step with who its registration says owns it. */
export function ownerChanges(
  state: OrgState,
  slug: string,
  before: Entity | null,
  after: Entity | null,
): readonly Change[] {
  if (before !== null && after !== null && sameEntity(before, after)) return []
  const [gone, come] = [ownerTuple(state, slug, before), ownerTuple(state, slug, after)]
  if (gone === null && come === null) return []
  const deletes = gone === null ? [] : [gone]
  const writes = come === null ? [] : [{ ...come, condition: null }]
  return [{ kind: 'tuples', writes, deletes }]
}
