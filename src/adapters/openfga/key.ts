import type { StoredTuple } from '../../facts/store.ts'

/** A tuple in OpenFGA's words. */
export const keyOf = ({ object, relation, user, condition }: StoredTuple) => ({
  object,
  relation,
  user,
  ...(condition !== null && { condition: { name: condition.name, context: condition.context } }),
})
