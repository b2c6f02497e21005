import type { Entity } from '../policy/entity.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import type { Relation } from './uses.ts'

export interface StoredName {
  readonly entity: Entity
  readonly name: string
}

/** Whose rules are looked at, and what is known of the words in them. */
export interface Site {
  readonly org: string
  readonly zone: string
  /** Types whose entities can hold a relation, by `type#relation`; missing where the model does not know it. */
  readonly holders: ReadonlyMap<string, ReadonlySet<string>>
  /** What the variables met so far stand for. */
  readonly relations: Map<string, Relation>
  readonly attributes: Map<string, StoredName>
  /** Types a set of users may be of, by `type#relation`. */
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>
}

export function siteOf(org: string, zone: string, { model }: Vocabulary): Site {
  const holders = new Map<string, ReadonlySet<string>>()
  const sets = new Map<string, ReadonlySet<string>>()
  for (const type of model.types) {
    for (const { name, holders: who, assignable } of type.relations) {
      holders.set(`${type.name}#${name}`, new Set(who))
      sets.set(`${type.name}#${name}`, new Set(assignable.filter(a => a.relation !== null).map(a => a.type)))
    }
  }
  return { org, zone, holders, sets, relations: new Map(), attributes: new Map() }
}
