import type { AttributeDefinition, Calendar, Network, Region, Schedule } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import { singulars } from '../policy/print-words.ts'
import type { RelationOutline, TypeOutline, Vocabulary } from '../policy/vocabulary.ts'

/** How words are compared with names: case, spaces and hyphens do not count. */
export const fold = (word: string): string => word.toLowerCase().replace(/[\s-]+/g, '_')

/** Types that are there without a model, with what the service itself knows of them. */
const BUILT_IN: readonly TypeOutline[] = [
  { name: 'user', relations: [] },
  { name: 'agent', relations: [{ name: 'owner', assignable: [], holders: ['user'] }] },
  { name: 'service', relations: [{ name: 'owner', assignable: [], holders: ['user'] }] },
]

type Folded<T> = ReadonlyMap<string, T>

/** A vocabulary, ready to be asked for words as people write them: any case, singular or plural. */
export interface Lexicon {
  readonly vocabulary: Vocabulary
  readonly types: Folded<string>
  readonly outlines: ReadonlyMap<string, TypeOutline>
  readonly groups: Folded<string>
  readonly names: Folded<Entity>
  readonly networks: Folded<Network>
  readonly schedules: Folded<Schedule>
  readonly calendars: Folded<Calendar>
  readonly regions: Folded<Region>
  /** Folded relation name → types that have it. */
  readonly relations: Folded<readonly string[]>
  readonly choices: ReadonlySet<string>
  /** Names such as `created_at`, which people write as two words. */
  readonly moments: ReadonlySet<string>
  /** Units that attributes hold. */
  readonly units: ReadonlySet<string>
  /** Names of attributes that are yes or no. */
  readonly flags: ReadonlySet<string>
  /** First words of the names that take several, so that most words need not be tried. */
  readonly heads: ReadonlySet<string>
}

function merged(outlines: readonly TypeOutline[]): ReadonlyMap<string, TypeOutline> {
  const found = new Map<string, TypeOutline>()
  for (const outline of outlines) {
    const known = found.get(outline.name)?.relations ?? []
    const added = outline.relations.filter(r => !known.some(k => k.name === r.name))
    found.set(outline.name, { name: outline.name, relations: [...known, ...added] })
  }
  return found
}

const folded = <T>(map: ReadonlyMap<string, T>): Folded<T> =>
  new Map([...map].map(([key, value]) => [fold(key), value]))

export function lexiconOf(vocabulary: Vocabulary): Lexicon {
  const outlines = merged([...vocabulary.model.types, ...BUILT_IN])
  const types = new Map<string, string>()
  for (const name of [...outlines.keys(), ...vocabulary.types, ...vocabulary.attributes.keys()]) {
    if (!types.has(fold(name))) types.set(fold(name), name)
  }
  for (const [word, means] of vocabulary.synonyms) if (!types.has(fold(word))) types.set(fold(word), means)
  const relations = new Map<string, string[]>()
  for (const { name, relations: of } of outlines.values()) {
    for (const relation of of) {
      const key = fold(relation.name)
      const having = relations.get(key)
      if (having === undefined) relations.set(key, [name])
      else having.push(name)
    }
  }
  const choices = new Set<string>()
  const units = new Set<string>()
  const moments = new Set<string>()
  const flags = new Set<string>()
  for (const definitions of vocabulary.attributes.values()) {
    for (const { name, type } of definitions) {
      if (type.kind === 'choice') for (const value of type.of) choices.add(fold(value))
      if (type.kind === 'quantity') units.add(type.unit)
      if (type.kind === 'flag') flags.add(fold(name))
      if (/_(?:at|on)$/.test(name)) moments.add(name)
    }
  }
  const groups = new Map([...vocabulary.groups.keys()].map(name => [fold(name), name]))
  const names = folded(vocabulary.names)
  const networks = folded(vocabulary.networks)
  const schedules = folded(vocabulary.schedules)
  const calendars = folded(vocabulary.calendars)
  const regions = folded(vocabulary.regions)
  const heads = new Set<string>()
  for (const map of [types, groups, names, networks, schedules, calendars, regions, relations]) {
    for (const key of map.keys()) if (key.includes('_')) heads.add(key.slice(0, key.indexOf('_')))
  }
  return {
    vocabulary,
    types,
    outlines,
    groups,
    names,
    networks,
    schedules,
    calendars,
    regions,
    relations,
    choices,
    units,
    moments,
    flags,
    heads,
  }
}

/** What a word finds among folded names: the name itself, else the singular it is the plural of. */
export function find<T>(map: Folded<T>, word: string): T | null {
  const key = fold(word)
  const exact = map.get(key)
  if (exact !== undefined) return exact
  for (const one of singulars(key)) {
    const value = map.get(one)
    if (value !== undefined) return value
  }
  return null
}

export const typeNamed = (words: Lexicon, word: string): string | null => find(words.types, word)

export const outlineOf = (words: Lexicon, type: string): TypeOutline | null => words.outlines.get(type) ?? null

/** The relation a word names on a type, singular or plural. */
export function relationNamed(words: Lexicon, type: string, word: string): RelationOutline | null {
  const outline = outlineOf(words, type)
  if (outline === null) return null
  return find(new Map(outline.relations.map(relation => [fold(relation.name), relation])), word)
}

/** The type under which attributes of the call itself are defined. */
export const REQUEST = 'request'

/** What every call may tell of itself, unless a definition says otherwise. */
const OF_REQUEST: readonly AttributeDefinition[] = [
  { name: 'amr', type: { kind: 'list' } },
  { name: 'auth_time', type: { kind: 'instant' } },
  { name: 'device', type: { kind: 'list' } },
  { name: 'country', type: { kind: 'country' } },
]

export function attributesOf(words: Lexicon, type: string): readonly AttributeDefinition[] {
  return words.vocabulary.attributes.get(type) ?? []
}

/** Attributes of the call: those defined, then those known without. */
export function attributesOfRequest(words: Lexicon): readonly AttributeDefinition[] {
  const defined = attributesOf(words, REQUEST)
  return [...defined, ...OF_REQUEST.filter(known => !defined.some(d => d.name === known.name))]
}

/** True when a word says something of its own: a type, a group, a role. */
export const isNoun = (words: Lexicon, word: string): boolean =>
  find(words.types, word) !== null || find(words.groups, word) !== null || find(words.relations, word) !== null

/** True when a folded phrase of several words is one name. */
export const isPhrase = (words: Lexicon, phrase: string): boolean =>
  words.networks.has(phrase) ||
  words.schedules.has(phrase) ||
  words.calendars.has(phrase) ||
  words.regions.has(phrase) ||
  words.names.has(phrase) ||
  isNoun(words, phrase)
