import type { AssignableType, ModelOutline } from '../policy/vocabulary.ts'
import { findRelation, type Model, type Restriction, type Rewrite } from './schema.ts'

/** What the language needs to know of a model: relations, what a tuple may hold, and who can end up holding. */
export function outlineOf(model: Model): ModelOutline {
  const holders = holdersOf(model)
  return {
    types: [...model.types.values()].map(type => ({
      name: type.name,
      relations: [...type.relations.values()].map(relation => ({
        name: relation.name,
        assignable: assignable(relation.restrictions),
        holders: [...model.types.keys()].filter(t => holders.get(type.name)?.get(relation.name)?.has(t)),
      })),
    })),
  }
}

function assignable(restrictions: readonly Restriction[]): AssignableType[] {
  const found: AssignableType[] = []
  for (const { type, relation, wildcard } of restrictions) {
    if (found.some(f => f.type === type && f.relation === relation && f.wildcard === wildcard)) continue
    found.push({ type, relation, wildcard })
  }
  return found
}

type Holders = Map<string, Map<string, Set<string>>>

/** The least sets that satisfy every rewrite; each round only adds, so it ends. */
function holdersOf(model: Model): Holders {
  const holders: Holders = new Map(
    [...model.types].map(([name, t]) => [name, new Map([...t.relations.keys()].map(r => [r, new Set<string>()]))]),
  )
  for (let grew = true; grew; ) {
    grew = false
    for (const type of model.types.values()) {
      for (const relation of type.relations.values()) {
        const known = holders.get(type.name)?.get(relation.name)
        if (!known) continue
        const before = known.size
        for (const t of through(model, holders, type.name, relation.name, relation.rewrite)) known.add(t)
        if (known.size > before) grew = true
      }
    }
  }
  return holders
}

function through(model: Model, holders: Holders, type: string, relation: string, rewrite: Rewrite): Set<string> {
  const at = (t: string, r: string): Iterable<string> => holders.get(t)?.get(r) ?? []
  const restrictions = (of: string): readonly Restriction[] => findRelation(model, type, of)?.restrictions ?? []
  switch (rewrite.kind) {
    case 'this': {
      const found = new Set<string>()
      for (const r of restrictions(relation)) {
        if (r.relation === null) found.add(r.type)
        else for (const t of at(r.type, r.relation)) found.add(t)
      }
      return found
    }
    case 'computed':
      return new Set(at(type, rewrite.relation))
    case 'tuple-to-userset': {
      const found = new Set<string>()
      for (const r of restrictions(rewrite.tupleset)) for (const t of at(r.type, rewrite.relation)) found.add(t)
      return found
    }
    case 'union':
      return new Set(rewrite.of.flatMap(child => [...through(model, holders, type, relation, child)]))
    case 'intersection': {
      const [first, ...rest] = rewrite.of.map(child => through(model, holders, type, relation, child))
      return new Set([...(first ?? [])].filter(t => rest.every(set => set.has(t))))
    }
    case 'difference':
      return through(model, holders, type, relation, rewrite.base)
  }
}
