import type { AttributeDefinition, Calendar, Condition, Network, Region, Schedule } from './ast.ts'
import type { Entity } from './entity.ts'

/** One kind of user a relation accepts: `user`, `user:*` (wildcard) or `team#member` (relation set). */
export interface AssignableType {
  readonly type: string
  readonly relation: string | null
  readonly wildcard: boolean
}

export interface RelationOutline {
  readonly name: string
  /** What a tuple may hold directly; empty for a relation that is only computed. */
  readonly assignable: readonly AssignableType[]
  /** Types of the entities that can end up holding the relation, through any rewrite. */
  readonly holders: readonly string[]
}

export interface TypeOutline {
  readonly name: string
  readonly relations: readonly RelationOutline[]
}

/** What the language needs to know of an org's OpenFGA model. */
export interface ModelOutline {
  readonly types: readonly TypeOutline[]
}

export interface VerbMeaning {
  readonly type: string | null
  readonly means: readonly string[]
}

/** Holders of `relation` hold the role as well, on things of `type` or of any type that has both. */
export interface RoleInclusion {
  readonly type: string | null
  readonly relation: string
}

/** The words a text may use, from the org's model and from definitions. Keys are singular and lower case. */
export interface Vocabulary {
  readonly zone: string
  readonly model: ModelOutline
  /** Types a definition added, beside those of the model. */
  readonly types: ReadonlySet<string>
  readonly synonyms: ReadonlyMap<string, string>
  readonly attributes: ReadonlyMap<string, readonly AttributeDefinition[]>
  readonly networks: ReadonlyMap<string, Network>
  readonly schedules: ReadonlyMap<string, Schedule>
  readonly calendars: ReadonlyMap<string, Calendar>
  /** Those a text defines; countries and the common regions are known without. */
  readonly regions: ReadonlyMap<string, Region>
  /** By verb: what else it stands for, on one type or on all. */
  readonly verbs: ReadonlyMap<string, readonly VerbMeaning[]>
  /** By role: who else counts as holding it. */
  readonly includedIn: ReadonlyMap<string, readonly RoleInclusion[]>
  readonly names: ReadonlyMap<string, Entity>
  readonly groups: ReadonlyMap<string, { readonly type: string; readonly where: Condition }>
}

export function emptyVocabulary(model: ModelOutline, zone: string): Vocabulary {
  return {
    zone,
    model,
    types: new Set(),
    synonyms: new Map(),
    attributes: new Map(),
    networks: new Map(),
    schedules: new Map(),
    calendars: new Map(),
    regions: new Map(),
    verbs: new Map(),
    includedIn: new Map(),
    names: new Map(),
    groups: new Map(),
  }
}
