import { findRelation, type Model, type RelationDef, type Rewrite, rewritesIn } from './schema.ts'

/**
 * A relation an OpenFGA server may grant to people who do not have it. It works out a relation that recurs on its own type by
 * following objects alone, and so takes what it meets on the way (`through`, a set or a parent) for one of the recursion,
 * wherever nobody of the type asked for (`asked`) can hold that.
 */
export interface Misread {
  readonly type: string
  readonly relation: string
  readonly through: string
  readonly asked: string
}

/** By the model alone: where there is none of these no tuples lead a server astray like that. */
export function misreadIn(model: Model): readonly Misread[] {
  const holders = holdersOf(model)
  const found: Misread[] = []
  for (const { name: type, relations } of model.types.values()) {
    for (const def of relations.values()) {
      const all = holders(type, def.name)
      const note = (through: string, some: ReadonlySet<string>): void => {
        const asked = [...all].find(one => !some.has(one))
        if (asked !== undefined) found.push({ type, relation: def.name, through, asked })
      }
      for (const set of sideSets(type, def)) note(`${type}#${set}`, holders(type, set))
      for (const [other, tupleset] of sideParents(model, type, def)) {
        note(`${other}#${tupleset}`, holders(other, def.name))
      }
    }
  }
  return found
}

/**
 * Sets of its own type under another name, where a relation takes sets of its own. Sets of other types are read right: what
 * leads back from them is a cycle between relations, which the server does not follow like that.
 */
function sideSets(type: string, def: RelationDef): readonly string[] {
  const sets = def.restrictions.flatMap(r => (r.relation !== null && r.type === type ? [r.relation] : []))
  return sets.includes(def.name) ? sets.filter(set => set !== def.name) : []
}

/** Parents of other types from which the server would go on to their own parents. */
function sideParents(model: Model, type: string, def: RelationDef): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (const rewrite of rewritesIn(def.rewrite)) {
    if (rewrite.kind !== 'tuple-to-userset' || rewrite.relation !== def.name) continue
    const parents = (findRelation(model, type, rewrite.tupleset)?.restrictions ?? []).map(r => r.type)
    if (!parents.includes(type)) continue
    for (const other of new Set(parents)) {
      if (other !== type && findRelation(model, other, rewrite.tupleset) !== null) found.push([other, rewrite.tupleset])
    }
  }
  return found
}

type Holders = (type: string, relation: string) => ReadonlySet<string>

const NOBODY: ReadonlySet<string> = new Set()

/** Types of users that can hold each relation, as the server sees it: what `but not` takes away says nothing of types. */
function holdersOf(model: Model): Holders {
  const known = new Map<string, ReadonlySet<string>>()
  const holders: Holders = (type, relation) => known.get(`${type}#${relation}`) ?? NOBODY
  for (let grown = true; grown; ) {
    grown = false
    for (const { name, relations } of model.types.values()) {
      for (const def of relations.values()) {
        const found = holdersIn(model, name, def, def.rewrite, holders)
        if (found.size === holders(name, def.name).size) continue
        known.set(`${name}#${def.name}`, found)
        grown = true
      }
    }
  }
  return holders
}

function holdersIn(model: Model, type: string, def: RelationDef, rewrite: Rewrite, of: Holders): ReadonlySet<string> {
  switch (rewrite.kind) {
    case 'this':
      return union(def.restrictions.map(r => (r.relation === null ? new Set([r.type]) : of(r.type, r.relation))))
    case 'computed':
      return of(type, rewrite.relation)
    case 'tuple-to-userset': {
      const parents = findRelation(model, type, rewrite.tupleset)?.restrictions ?? []
      return union(parents.map(parent => of(parent.type, rewrite.relation)))
    }
    case 'union':
      return union(rewrite.of.map(one => holdersIn(model, type, def, one, of)))
    case 'intersection': {
      const [first = NOBODY, ...rest] = rewrite.of.map(one => holdersIn(model, type, def, one, of))
      return new Set([...first].filter(one => rest.every(other => other.has(one))))
    }
    case 'difference':
      return holdersIn(model, type, def, rewrite.base, of)
  }
}

const union = (sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap(set => [...set]))
