import type { AttributeDefinition, Condition, Definition, Schedule } from '../policy/ast.ts'
import { COUNTRIES, countryName } from '../policy/countries.ts'
import { plain, singular } from '../policy/print-words.ts'
import type { AttributeType } from '../policy/value.ts'
import { find, fold, typeNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { resolveClauses } from './resolve-clause.ts'
import { adjective } from './resolve-compare.ts'
import { resolvePeople, resolveRoleIs, resolveVerbMeans } from './resolve-meaning.ts'
import { calendarOf, regionOf } from './resolve-named.ts'
import { entityOf } from './resolve-term.ts'
import { hoursOf, rangesOf } from './resolve-time.ts'
import { unknownType } from './resolve-unknown.ts'
import { resolveWhere } from './resolve-where.ts'
import { zoneOf } from './resolve-zone.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { Words } from './syntax.ts'
import type { AttributeNode, DefinitionNode } from './syntax-definition.ts'
import type { Token } from './token.ts'
import { readDays, readQuoted, unitOf } from './values.ts'

const KIND_WORDS = new Set(['resource', 'resources', 'type', 'types'])

/** In which order definitions are taken up: each may use what those before it define. */
export function stageOf(node: DefinitionNode): 0 | 1 | 2 {
  if (node.kind === 'attributes-are') return 0
  if (node.kind === 'region-is') return 1
  if (node.kind === 'role-is' || node.kind === 'verb-means') return 2
  if (node.kind !== 'noun-is') return 2
  if (isGroup(node)) return 2
  return isTypeOf(node) ? 0 : 1
}

type NounIs = Extract<DefinitionNode, { kind: 'noun-is' }>

const isGroup = (node: NounIs): boolean => node.phrase.mods.length > 0 || node.phrase.words.length > 1
const isTypeOf = (node: NounIs): boolean => KIND_WORDS.has(node.phrase.words[0]?.word ?? '')

/** The word being defined, singular: as it stands after `a`, with `is` or `has`; else from its plural. */
function wordOf(words: Words, det: Token | null, verb: string, by: string): string {
  const name = nameOf(words, by)
  const one = verb === 'is' || verb === 'has' || /^an?$/.test(det?.word ?? '')
  return one ? name : singular(name)
}

const nameKey = (words: Words): string => nameOf(words, ' ')

export function resolveDefinition(node: DefinitionNode, scope: Scope): Definition | null {
  switch (node.kind) {
    case 'noun-is':
      return nounIs(node, scope)
    case 'name-is': {
      const entity = entityOf(node.token, scope)
      return entity === null ? null : { kind: 'name', name: nameKey(node.words), entity }
    }
    case 'network-is': {
      const ranges = rangesOf(node.token, scope)
      return ranges === null ? null : { kind: 'network', network: { name: nameKey(node.words), ranges } }
    }
    case 'hours-are': {
      const schedule = scheduleOf(node, scope)
      return schedule === null ? null : { kind: 'schedule', schedule }
    }
    case 'region-is': {
      const region = regionOf(nameKey(node.words), node.token, scope)
      return region === null ? null : { kind: 'region', region }
    }
    case 'calendar-is': {
      const calendar = calendarOf(nameKey(node.words), node.token, scope)
      return calendar === null ? null : { kind: 'calendar', calendar }
    }
    case 'attributes-are':
      return attributesAre(node, scope)
    case 'people-are':
      return resolvePeople(node, wordOf(node.words, node.det, node.be.word, ' '), scope)
    case 'verb-means':
      return resolveVerbMeans(node, scope)
    case 'role-is':
      return resolveRoleIs(node, scope)
  }
}

function nounIs(node: NounIs, scope: Scope): Definition | null {
  const word = wordOf(node.words, node.det, node.be.word, ' ')
  if (isTypeOf(node) && !isGroup(node)) {
    const known = scope.words.types.get(fold(word)) ?? find(scope.words.types, nameOf(node.words, '_'))
    return { kind: 'type', type: known ?? fold(word) }
  }
  const head = node.phrase.words[node.phrase.words.length - 1]
  const type = typeNamed(scope.words, isGroup(node) ? (head?.word ?? '') : nameOf(node.phrase.words, '_'))
  if (type === null) {
    const text = textOf(node.phrase.words)
    const country = /^\p{Lu}/u.test(text) ? nearest(text, COUNTRIES.map(countryName)) : null
    if (country === null) return unknownType(scope, placeOf(node.phrase.words), text)
    return fail(scope, 'unknown_name', placeOf(node.phrase.words), `\`${text}\` is no type and no country`, {
      expected: ['a country by its English name', 'a type this org knows'],
      suggestion: country,
    })
  }
  if (!isGroup(node)) {
    if (scope.words.outlines.has(word) || scope.words.vocabulary.attributes.has(word)) {
      return fail(scope, 'conflicting_definition', placeOf(node.words), `\`${word}\` is a type already`, {
        expected: ['a word that has no meaning yet'],
      })
    }
    return { kind: 'synonym', word, means: type }
  }
  if (find(scope.words.types, word) !== null) {
    return fail(scope, 'conflicting_definition', placeOf(node.words), `\`${word}\` is a type already`, {
      expected: ['a word that has no meaning yet'],
    })
  }
  const where = groupWhere(node, type, scope)
  return where === null ? null : { kind: 'group', name: word, type, where }
}

function groupWhere(node: NounIs, type: string, scope: Scope): Condition | null {
  const first: Condition[] = []
  for (const word of node.phrase.words.slice(0, -1)) {
    const condition = adjective('subject', type, word, scope)
    if (condition === null) return null
    first.push(condition)
  }
  const where = resolveWhere(
    first,
    node.phrase.mods,
    { side: 'subject', type },
    { ...scope, subjects: [type] },
    resolveClauses,
  )
  return where === 'failed' ? null : where
}

function scheduleOf(node: Extract<DefinitionNode, { kind: 'hours-are' }>, scope: Scope): Schedule | null {
  const hours = hoursOf(node.from, node.to, scope)
  const zoned = zoneOf(node.zone, scope)
  if (hours === null || zoned === null) return null
  const days = node.days === null ? ([1, 2, 3, 4, 5, 6, 7] as const) : readDays(node.days)
  return { name: nameKey(node.words), days, ...hours, ...zoned }
}

function attributesAre(node: Extract<DefinitionNode, { kind: 'attributes-are' }>, scope: Scope): Definition | null {
  const written = wordOf(node.words, node.det, node.has.word, '_')
  const type = scope.words.types.get(fold(written)) ?? find(scope.words.types, nameOf(node.words, '_')) ?? fold(written)
  const attributes = node.attributes.map(attribute => attributeOf(attribute, scope))
  const known = attributes.filter(attribute => attribute !== null)
  if (known.length < attributes.length) return null
  const twice = node.attributes.find((_, i) => known.findIndex(d => d.name === known[i]?.name) < i)
  if (twice !== undefined) {
    return fail(
      scope,
      'conflicting_definition',
      placeOf(twice.name),
      `\`${textOf(twice.name)}\` is defined twice for ${type}`,
      {
        expected: ['each attribute once'],
      },
    )
  }
  return { kind: 'attributes', type, attributes: known }
}

function attributeOf(node: AttributeNode, scope: Scope): AttributeDefinition | null {
  const quoted = node.name[0]?.kind === 'quoted' ? readQuoted(node.name[0].text) : null
  const type = typeOf(node, scope)
  return type === null ? null : { name: quoted ?? nameOf(node.name, '_'), type }
}

type Plain = Exclude<AttributeType['kind'], 'money' | 'quantity' | 'choice'>

const KINDS: Readonly<Record<string, Plain>> = {
  text: 'text',
  number: 'number',
  date: 'date',
  time: 'instant',
  instant: 'instant',
  timestamp: 'instant',
  country: 'country',
  list: 'list',
  flag: 'flag',
  yes: 'flag',
}

function typeOf(node: AttributeNode, scope: Scope): AttributeType | null {
  if (node.type === 'money') return { kind: 'money', currency: node.token.text.toUpperCase() }
  if (node.type === 'unit')
    return { kind: 'quantity', unit: unitOf(node.token, scope.words.units) ?? singular(node.token.text) }
  if (node.type === 'choice') {
    const of = choicesOf(node.token)
    const twice = of.find((value, i) => of.findIndex(other => other.toLowerCase() === value.toLowerCase()) < i)
    if (twice === undefined) return { kind: 'choice', of }
    return fail(scope, 'conflicting_definition', node.token, `\`${twice}\` is listed twice`, {
      expected: ['each value once'],
    })
  }
  return { kind: KINDS[node.token.word] ?? 'text' }
}

/** Choices keep their case only in quotes. */
function choicesOf(token: Token): readonly string[] {
  return token.parts.flatMap(part => {
    if (part.kind === 'quoted') return [readQuoted(part.text) ?? part.text]
    return part.word === ',' || part.word === 'or' || part.word === 'and'
      ? []
      : [plain(part.word) ? part.word : part.text]
  })
}
