import { findRelation, type Model, rewritesIn } from './schema.ts'

/** What an answer about a relation may depend on, whatever the tuples. */
export interface Closure {
  /** `[type, relation]` of every tuple that may be read. */
  readonly cells: readonly (readonly [string, string])[]
  /** Whether one of them may hold under a condition, so that the answer depends on the call. */
  readonly conditional: boolean
  /** A `but not` or an `and` has a part in it. */
  readonly gated: boolean
}

const closures = new WeakMap<Model, Map<string, Closure>>()

/** Worked out once a model. A type or relation the model has not is read as nothing. */
export function closureOf(model: Model, type: string, relation: string): Closure {
  const known = closures.get(model) ?? new Map<string, Closure>()
  closures.set(model, known)
  const key = `${type}#${relation}`
  const found = known.get(key)
  if (found !== undefined) return found
  const made = walk(model, type, relation)
  known.set(key, made)
  return made
}

function walk(model: Model, type: string, relation: string): Closure {
  const cells = new Map<string, readonly [string, string]>()
  const queue: (readonly [string, string])[] = [[type, relation]]
  let conditional = false
  let gated = false
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const [onType, name] = at
    const key = `${onType}#${name}`
    const def = findRelation(model, onType, name)
    if (def === null || cells.has(key)) continue
    cells.set(key, at)
    for (const { type: user, relation: set, condition } of def.restrictions) {
      if (condition !== null) conditional = true
      if (set !== null) queue.push([user, set])
    }
    for (const rewrite of rewritesIn(def.rewrite)) {
      gated ||= rewrite.kind === 'difference' || rewrite.kind === 'intersection'
      if (rewrite.kind === 'computed') queue.push([onType, rewrite.relation])
      if (rewrite.kind !== 'tuple-to-userset') continue
      queue.push([onType, rewrite.tupleset])
      const parents = findRelation(model, onType, rewrite.tupleset)?.restrictions ?? []
      for (const parent of parents) queue.push([parent.type, rewrite.relation])
    }
  }
  return { cells: [...cells.values()], conditional, gated }
}
