import type { AttributeDefinition, Calendar, Definition, Network, Region, Schedule } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import type { RoleInclusion, VerbMeaning, Vocabulary } from '../policy/vocabulary.ts'

/** A vocabulary while a text adds to it. */
export interface Draft extends Vocabulary {
  readonly types: Set<string>
  readonly synonyms: Map<string, string>
  readonly attributes: Map<string, readonly AttributeDefinition[]>
  readonly networks: Map<string, Network>
  readonly schedules: Map<string, Schedule>
  readonly calendars: Map<string, Calendar>
  readonly regions: Map<string, Region>
  readonly verbs: Map<string, readonly VerbMeaning[]>
  readonly includedIn: Map<string, readonly RoleInclusion[]>
  readonly names: Map<string, Entity>
  readonly groups: Map<
    string,
    { readonly type: string; readonly where: Extract<Definition, { kind: 'group' }>['where'] }
  >
}

import { REQUEST } from './lexicon.ts'

export const MAX_ATTRIBUTES = 200

export function draftOf(vocabulary: Vocabulary): Draft {
  return {
    zone: vocabulary.zone,
    model: vocabulary.model,
    types: new Set(vocabulary.types),
    synonyms: new Map(vocabulary.synonyms),
    attributes: new Map(vocabulary.attributes),
    networks: new Map(vocabulary.networks),
    schedules: new Map(vocabulary.schedules),
    calendars: new Map(vocabulary.calendars),
    regions: new Map(vocabulary.regions),
    names: new Map(vocabulary.names),
    groups: new Map(vocabulary.groups),
    verbs: new Map(vocabulary.verbs),
    includedIn: new Map(vocabulary.includedIn),
  }
}

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a, bigints) === JSON.stringify(b, bigints)

function put<T>(map: Map<string, T>, key: string, value: T, conflict: string): string | null {
  const known = map.get(key)
  if (known !== undefined) return same(known, value) ? null : conflict
  map.set(key, value)
  return null
}

/** Adds a definition, or says what it contradicts. Defining a word again as it is already defined changes nothing. */
export function define(draft: Draft, definition: Definition): string | null {
  switch (definition.kind) {
    case 'type':
      draft.types.add(definition.type)
      return null
    case 'synonym': {
      const { word, means } = definition
      return put(draft.synonyms, word, means, `\`${word}\` means ${draft.synonyms.get(word)} already`)
    }
    case 'attributes':
      return attributes(draft, definition.type, definition.attributes)
    case 'network': {
      const name = definition.network.name ?? ''
      return put(draft.networks, name, definition.network, `\`${name}\` is another network already`)
    }
    case 'schedule': {
      const { name } = definition.schedule
      return put(draft.schedules, name, definition.schedule, `\`${name}\` are other hours already`)
    }
    case 'region': {
      const name = definition.region.name ?? ''
      return put(draft.regions, name, definition.region, `\`${name}\` is another region already`)
    }
    case 'calendar': {
      const { name } = definition.calendar
      return put(draft.calendars, name, definition.calendar, `\`${name}\` are other days already`)
    }
    case 'name':
      return put(draft.names, definition.name, definition.entity, `\`${definition.name}\` is somebody else already`)
    case 'verb': {
      const { verb, type, means } = definition
      const known = draft.verbs.get(verb) ?? []
      const old = known.find(meaning => meaning.type === type)
      if (old !== undefined) return same(old.means, means) ? null : `\`${verb}\` means something else already`
      draft.verbs.set(verb, [...known, { type, means }])
      return null
    }
    case 'role': {
      const { relation, type, also } = definition
      const known = draft.includedIn.get(also) ?? []
      if (!known.some(one => same(one, { type, relation }))) draft.includedIn.set(also, [...known, { type, relation }])
      return null
    }
    case 'group': {
      const { name, type, where } = definition
      return put(draft.groups, name, { type, where }, `\`${name}\` is defined otherwise already`)
    }
  }
}

function attributes(draft: Draft, type: string, added: readonly AttributeDefinition[]): string | null {
  const known = [...(draft.attributes.get(type) ?? [])]
  for (const attribute of added) {
    const old = known.find(d => d.name === attribute.name)
    if (old === undefined) known.push(attribute)
    else if (!same(old.type, attribute.type)) return `\`${attribute.name}\` of ${type} holds something else already`
  }
  if (known.length > MAX_ATTRIBUTES) return `${type} has more than ${MAX_ATTRIBUTES} attributes`
  if (type !== REQUEST) draft.types.add(type)
  draft.attributes.set(type, known)
  return null
}
