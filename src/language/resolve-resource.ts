import type { Condition, ResourcePhrase } from '../policy/ast.ts'
import { capitalize, plural, singular, singulars } from '../policy/print-words.ts'
import { attributesOf, find, fold, isNoun, typeNamed } from './lexicon.ts'
import { accepts, relationOfPhrase, relationOfPlace } from './model-words.ts'
import { resolveClauses } from './resolve-clause.ts'
import { adjective } from './resolve-compare.ts'
import { entityOf, namedOfType, resolveTerm, typesOf } from './resolve-term.ts'
import { unknownRelation, unknownType } from './resolve-unknown.ts'
import { ownedBy, resolveWhere } from './resolve-where.ts'
import { choose, fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { Listed, NounPhrase, OfThing, Phrase } from './syntax.ts'
import type { Token } from './token.ts'

/** The type a phrase is about, without complaint: what `the document` may then refer to. */
export function typesOfPhrases(list: Listed<Phrase> | null, scope: Scope): readonly string[] {
  const types = new Set<string>()
  for (const phrase of list?.items ?? []) {
    if (phrase.kind === 'grouped' || phrase.kind === 'except') {
      for (const type of typesOfPhrases(phrase.kind === 'grouped' ? phrase.list : phrase.of, scope)) types.add(type)
    } else if (phrase.kind === 'named') {
      const quiet = { ...scope, faults: [] }
      const type =
        phrase.token.kind === 'entity' ? entityOf(phrase.token, quiet)?.type : nameIn(phrase.token.text, scope)
      if (type !== undefined) types.add(type)
    } else if (phrase.kind === 'of-thing') {
      const type = typeNamed(scope.words, nameOf(phrase.words, '_'))
      if (type !== null) types.add(type)
    } else if (phrase.kind === 'noun') {
      const name = find(scope.words.names, nameOf(phrase.words, '_'))
      const head = phrase.words[phrase.words.length - 1]?.word ?? ''
      const type = name?.type ?? typeNamed(scope.words, head) ?? typesWithValue(head, [], scope)[0] ?? null
      if (type !== null) types.add(type)
    }
  }
  return [...types]
}

const nameIn = (quoted: string, scope: Scope): string | undefined =>
  scope.words.names.get(fold(quoted.slice(1, -1)))?.type

/** Types of which a word, singular or plural, is a value: `drafts` of what has a status of draft. */
function typesWithValue(word: string, within: readonly string[], scope: Scope): readonly string[] {
  const forms = [word, ...singulars(word)].map(fold)
  if (!forms.some(form => scope.words.choices.has(form) || scope.words.flags.has(form))) return []
  const types = within.length > 0 ? within : [...scope.words.vocabulary.attributes.keys()]
  return types.filter(type =>
    attributesOf(scope.words, type).some(
      ({ name, type: holds }) =>
        (holds.kind === 'choice' && holds.of.some(value => forms.includes(fold(value)))) ||
        (holds.kind === 'flag' && forms.includes(fold(name))),
    ),
  )
}

/** `drafts` as a noun: what has that value, where one type alone has it; null where the word is something else. */
export function valueNoun(phrase: NounPhrase, within: readonly string[], scope: Scope): ResourcePhrase | null {
  const [word] = phrase.words
  if (word === undefined || phrase.words.length > 1 || phrase.owner !== null || phrase.mods.length > 0) return null
  if (typeNamed(scope.words, word.word) !== null || scope.words.names.has(fold(word.word))) return null
  const types = typesWithValue(word.word, within, scope)
  const [type, second] = types
  if (type === undefined) return null
  if (second !== undefined) {
    choose(scope, word, `\`${word.text}\` can be ${types.map(plural).join(' or ')}`, types.length)
  }
  const chosen = second === undefined ? type : (types[scope.ways[scope.forks.length - 1] ?? 0] ?? type)
  const value = [word.word, ...singulars(word.word)].find(form => typesWithExact(form, chosen, scope)) ?? word.word
  const where = adjective('resource', chosen, { ...word, word: value }, scope)
  return where === null ? null : { kind: 'type', type: chosen, where }
}

const typesWithExact = (form: string, type: string, scope: Scope): boolean =>
  attributesOf(scope.words, type).some(({ name, type: holds }) =>
    holds.kind === 'choice' ? holds.of.some(value => fold(value) === fold(form)) : fold(name) === fold(form),
  )

const ACTORS = new Set(['user', 'agent', 'service'])

/** Whether what stands after `except` is taken out of the resources before it: is of one of their types. */
export function isResource(but: Listed<Phrase>, of: Listed<Phrase>, scope: Scope): boolean {
  const types = typesOfPhrases(of, scope)
  const others = typesOfPhrases(but, scope)
  if (of.items.some(item => item.kind === 'anything'))
    return others.length > 0 && !others.some(type => ACTORS.has(type))
  return others.length > 0 && others.every(type => types.includes(type))
}

export function resolveResource(phrase: Phrase, scope: Scope): ResourcePhrase | null {
  switch (phrase.kind) {
    case 'anything':
      return { kind: 'anything' }
    case 'named': {
      if (phrase.token.kind === 'quoted' && !scope.words.names.has(fold(phrase.token.text.slice(1, -1)))) {
        return fail(scope, 'unknown_name', phrase.token, `what ${phrase.token.text} is, is not said`, {
          expected: ['`type:id`'],
          suggestion: `${capitalize(phrase.token.text.slice(1, -1))} is document:some-id.`,
        })
      }
      const entity = entityOf(phrase.token, scope)
      return entity === null ? null : { kind: 'named', entity }
    }
    case 'noun':
      return noun(phrase, scope)
    case 'of-thing':
      return belonging(phrase, scope)
    default:
      return fail(
        scope,
        'syntax',
        'token' in phrase ? phrase.token : { start: -1, end: -1 },
        'this is nothing a rule can be about',
        {
          expected: ['a noun, such as `documents`'],
        },
      )
  }
}

function noun(phrase: NounPhrase, scope: Scope): ResourcePhrase | null {
  const { words, mods, det, owner } = phrase
  const name = find(scope.words.names, nameOf(words, '_'))
  if (name !== null && mods.length === 0) return { kind: 'named', entity: name }
  const head = words[words.length - 1]
  const type = typeNamed(scope.words, head?.word ?? '')
  if (type === null || head === undefined) return unknown(phrase, scope)
  const one = det?.word === 'the' && words.length > 1 && mods.length === 0 && exact(head.word, type, scope)
  if (one && !describes(phrase, type, scope)) {
    const entity = namedOfType(words, type, scope)
    return entity === null ? null : { kind: 'named', entity }
  }
  const first: Condition[] = []
  if (owner !== null) {
    const owned = ownedBy(
      { side: 'resource', type },
      owner,
      owner.word === 'its' ? { kind: 'resource' } : { kind: 'subject' },
      scope,
    )
    if (owned === null) return null
    first.push(owned)
  }
  for (const word of words.slice(0, -1)) {
    if (owner !== null && word.word === 'own') continue
    const condition = adjective('resource', type, word, scope)
    if (condition === null) return null
    first.push(condition)
  }
  const where = resolveWhere(first, mods, { side: 'resource', type }, { ...scope, resources: [type] }, resolveClauses)
  return where === 'failed' ? null : { kind: 'type', type, where }
}

/** `Alice's documents`: those she owns; `their team's documents`: those it owns, or those in it. */
function belonging(phrase: OfThing, scope: Scope): ResourcePhrase | null {
  const type = typeNamed(scope.words, nameOf(phrase.words, '_'))
  if (type === null) {
    return unknown({ kind: 'noun', det: null, owner: null, words: phrase.words, mods: [] }, scope)
  }
  const of = resolveTerm(phrase.of, scope)
  if (of === null) return null
  const object = { kind: 'resource' } as const
  const owner = relationOfPhrase(scope.words, type, 'owned', 'by')
  const owned = owner !== null && accepts(owner, typesOf(of, scope)) ? [owner] : []
  const around = typesOf(of, scope).flatMap(place => {
    const found = ACTORS.has(place) ? [] : relationOfPlace(scope.words, type, place)
    return found.length === 1 ? found : []
  })
  const ways = [...owned, ...around]
  const names = [...new Set(ways.map(way => way.name))]
  const at = placeOf(phrase.words)
  if (names.length === 0) {
    const who = typesOf(of, scope)[0] ?? 'user'
    return unknownRelation(scope, at, `whose ${type} it is`, [type], `define owner: [${who}]`)
  }
  const message = `whose ${plural(type)} they are can be meant in more than one way`
  const way = names.length === 1 ? 0 : choose(scope, at, message, names.length)
  const where: Condition = { kind: 'related', object, relation: names[way] ?? '', user: of }
  return { kind: 'type', type, where }
}

/** True for the word in its singular, which is how one of many is named. */
const exact = (word: string, type: string, scope: Scope): boolean => scope.words.types.get(fold(word)) === type

/** Whether the words before the noun are known to say something of it, as `draft` in `the draft payment`. */
function describes(phrase: NounPhrase, type: string, scope: Scope): boolean {
  const quiet = { ...scope, faults: [], forks: [] }
  return phrase.words.slice(0, -1).every(word => adjective('resource', type, word, quiet) !== null)
}

/** Whether a word before the noun says something by itself, as `archived` does. */
const isKnown = ({ word }: Token, scope: Scope): boolean => {
  const { choices, flags, vocabulary } = scope.words
  const defined = choices.has(fold(word)) || flags.has(fold(word)) || isNoun(scope.words, word)
  return defined || word === 'either' || word === 'own' || vocabulary.names.has(fold(word))
}

function unknown(phrase: NounPhrase, scope: Scope): null {
  const last = phrase.words.slice(-1)
  const word = last[0]?.word ?? ''
  const many = singular(word) === word ? plural(word) : word
  const lead = phrase.words.slice(0, -1)
  const several = plural(word) === word || singular(word) !== word
  const named = several && lead.length > 0 && phrase.mods.length === 0 && !lead.some(one => isKnown(one, scope))
  const words = named ? phrase.words : last
  const line = [...(named ? lead.map(one => one.text) : []), many].join(' ')
  return unknownType(scope, placeOf(words), textOf(words), `${capitalize(line)} are resources.`)
}
