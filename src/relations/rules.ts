import type { Model, ModelProblem, RelationDef, Rewrite } from './schema.ts'
import { findRelation, rewritesIn } from './schema.ts'

type Key = readonly [type: string, relation: string]

/** What OpenFGA's server refuses in a model, checked in time linear in the model but for the rounds of a fixpoint. */
export function ownProblems(model: Model, dsl: string): ModelProblem[] {
  const place = placesIn(dsl)
  const found: ModelProblem[] = []
  const entered = enterable(model)
  for (const type of model.types.values()) {
    for (const relation of type.relations.values()) {
      const say = (message: string): number => found.push({ ...place(type.name, relation.name), message })
      for (const message of broken(model, type.name, relation)) say(message)
      if (inCircle(model, type.name, relation.name)) {
        say(`\`${relation.name}\` is computed from itself, break the circle with a relation that tuples can hold`)
      } else if (!entered.get(type.name)?.has(relation.name)) {
        say(`nobody can ever hold \`${relation.name}\`, give it a type such as [user]`)
      }
    }
  }
  return found
}

function broken(model: Model, type: string, relation: RelationDef): string[] {
  const found: string[] = []
  const defined = (name: string): RelationDef | null => findRelation(model, type, name)
  for (const r of relation.restrictions) {
    if (!model.types.has(r.type)) found.push(`\`${r.type}\` is not a type of this model`)
    else if (r.relation !== null && !findRelation(model, r.type, r.relation)) {
      found.push(`\`${r.relation}\` is not a relation of \`${r.type}\``)
    }
    if (r.condition !== null && !model.conditions.has(r.condition)) {
      found.push(`\`${r.condition}\` is not a condition of this model`)
    }
  }
  for (const rewrite of rewritesIn(relation.rewrite)) {
    if (rewrite.kind === 'computed' && !defined(rewrite.relation)) {
      found.push(`\`${rewrite.relation}\` is not a relation of \`${type}\``)
    }
    if (rewrite.kind !== 'tuple-to-userset') continue
    const tupleset = defined(rewrite.tupleset)
    if (!tupleset) found.push(`\`${rewrite.tupleset}\` is not a relation of \`${type}\``)
    else if (tupleset.rewrite.kind !== 'this' || tupleset.restrictions.some(r => r.wildcard || r.relation !== null)) {
      found.push(`\`${rewrite.tupleset}\` follows from, so it may hold plain types only, such as [folder]`)
    } else if (!tupleset.restrictions.some(r => findRelation(model, r.type, rewrite.relation))) {
      found.push(`no type of \`${rewrite.tupleset}\` has a relation \`${rewrite.relation}\``)
    }
  }
  return found
}

/** Relations some tuple or chain of tuples can reach: the least set that satisfies every rewrite. */
function enterable(model: Model): ReadonlyMap<string, ReadonlySet<string>> {
  const entered = new Map([...model.types.keys()].map(t => [t, new Set<string>()]))
  const has = ([type, relation]: Key): boolean => entered.get(type)?.has(relation) ?? false
  const opens = (type: string, relation: RelationDef, rewrite: Rewrite): boolean => {
    switch (rewrite.kind) {
      case 'this':
        return relation.restrictions.some(r => r.relation === null || has([r.type, r.relation]))
      case 'computed':
        return has([type, rewrite.relation])
      case 'tuple-to-userset':
        return (findRelation(model, type, rewrite.tupleset)?.restrictions ?? []).some(r =>
          has([r.type, rewrite.relation]),
        )
      case 'union':
        return rewrite.of.some(child => opens(type, relation, child))
      case 'intersection':
        return rewrite.of.every(child => opens(type, relation, child))
      case 'difference':
        return opens(type, relation, rewrite.base) && opens(type, relation, rewrite.subtract)
    }
  }
  for (let grew = true; grew; ) {
    grew = false
    for (const type of model.types.values()) {
      for (const relation of type.relations.values()) {
        if (has([type.name, relation.name]) || !opens(type.name, relation, relation.rewrite)) continue
        entered.get(type.name)?.add(relation.name)
        grew = true
      }
    }
  }
  return entered
}

/** Does a relation compute to itself on one object, without any tuple between? */
function inCircle(model: Model, type: string, start: string): boolean {
  const seen = new Set<string>()
  const queue = [start]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const relation = findRelation(model, type, name)
    for (const rewrite of relation ? rewritesIn(relation.rewrite) : []) {
      if (rewrite.kind !== 'computed') continue
      if (rewrite.relation === start) return true
      if (!seen.has(rewrite.relation)) queue.push(rewrite.relation)
      seen.add(rewrite.relation)
    }
  }
  return false
}

/** Where each relation is defined in the text; 1:1 for what is not found. */
function placesIn(dsl: string): (type: string, relation: string) => { line: number; column: number } {
  const places = new Map<string, Map<string, { line: number; column: number }>>()
  let here = new Map<string, { line: number; column: number }>()
  dsl.split('\n').forEach((line, index) => {
    const type = /^\s*type\s+([^\s#]+)/.exec(line)?.[1]
    if (type !== undefined) {
      here = places.get(type) ?? new Map()
      places.set(type, here)
    }
    const name = /^\s*define\s+([^\s:]+)/.exec(line)?.[1]
    if (name !== undefined && !here.has(name))
      here.set(name, { line: index + 1, column: line.indexOf(name, line.indexOf('define') + 6) + 1 })
  })
  return (type, relation) => places.get(type)?.get(relation) ?? { line: 1, column: 1 }
}

const PATIENCE = 200_000

/**
 * The official validator looks for entry points along every path and copies what it has seen at each step. True when
 * that would take too long on this model; then only the checks of this file speak.
 */
export function entangled(model: Model): boolean {
  let cost = 0
  const seen: Key[] = []
  const visited = ([type, relation]: Key): boolean => seen.some(s => s[0] === type && s[1] === relation)
  const enter = (key: Key): boolean => {
    cost += seen.length + 1
    const relation = findRelation(model, key[0], key[1])
    if (!relation || cost > PATIENCE) return false
    seen.push(key)
    const found = opens(key[0], relation, relation.rewrite)
    seen.pop()
    return found
  }
  const opens = (type: string, relation: RelationDef, rewrite: Rewrite): boolean => {
    cost += seen.length + 1
    if (cost > PATIENCE) return false
    switch (rewrite.kind) {
      case 'this':
        return relation.restrictions.some(
          r => r.relation === null || (!visited([r.type, r.relation]) && enter([r.type, r.relation])),
        )
      case 'computed':
        return !visited([type, rewrite.relation]) && enter([type, rewrite.relation])
      case 'tuple-to-userset':
        return (findRelation(model, type, rewrite.tupleset)?.restrictions ?? []).some(
          r => !visited([r.type, rewrite.relation]) && enter([r.type, rewrite.relation]),
        )
      case 'union':
        return rewrite.of.some(child => opens(type, relation, child))
      case 'intersection':
        return rewrite.of.every(child => opens(type, relation, child))
      case 'difference':
        return opens(type, relation, rewrite.base) && opens(type, relation, rewrite.subtract)
    }
  }
  for (const type of model.types.values())
    for (const relation of type.relations.values()) enter([type.name, relation.name])
  return cost > PATIENCE
}
