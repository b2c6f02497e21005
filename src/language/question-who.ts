import type { SubjectPhrase } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import { capitalize, plural, singulars } from '../policy/print-words.ts'
import { find, fold, isNoun, typeNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import type { Person } from './question-syntax.ts'
import { resolveSubject, typesOfSubject } from './resolve-subject.ts'
import { entityOf } from './resolve-term.ts'
import { unknownType } from './resolve-unknown.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { NounPhrase } from './syntax.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

/** Who asks, when and where the clocks stand. */
export interface Asker extends Standing {
  readonly now: number
  readonly zone: string
}

/** Whoever asks, and those it acts for, nearest to it first. */
export interface Standing {
  readonly asker: Entity | null
  readonly behalf?: readonly Entity[]
}

/** Who can act at all: whom `anyone` may be. */
export const ACTING_TYPES: readonly string[] = ['user', 'agent', 'service']

/** Whom a question is about: somebody in particular, or those a phrase describes. */
export type Whom =
  | { readonly kind: 'one'; readonly entity: Entity; readonly actors: readonly Entity[] }
  | { readonly kind: 'some'; readonly phrase: SubjectPhrase }

const one = (entity: Entity): Whom => ({ kind: 'one', entity, actors: [] })

export function resolvePerson(person: Person, standing: Standing | null, scope: Scope): Whom | null {
  switch (person.kind) {
    case 'me':
      return standing === null || standing.asker === null ? nobody(person.token, scope) : chained(standing)
    case 'typed':
      return typed(person.type, person.name, scope)
    case 'noun': {
      const user = userOf(standing)
      if (user !== null && isTheUser(person)) return one(user)
      const entity = typedName(person, scope)
      if (entity !== null) return one(entity)
      if (isUnknownName(person, scope)) return unknownName(person, scope)
    }
  }
  const phrase = resolveSubject(person, scope)
  return phrase === null ? null : whomOf(phrase)
}

/** Whoever asks with all those it acts for: the last of them is the subject. */
function chained({ asker, behalf = [] }: Standing): Whom | null {
  if (asker === null) return null
  const line = [asker, ...behalf]
  return { kind: 'one', entity: line[line.length - 1] ?? asker, actors: line.slice(0, -1).reverse() }
}

/** The person whom whoever asks acts for. */
function userOf(standing: Standing | null): Entity | null {
  const last = standing?.behalf?.at(-1)
  return last?.type === 'user' ? last : null
}

function isTheUser({ words, mods, owner, det }: NounPhrase): boolean {
  const text = words.map(word => word.word).join(' ')
  const plain = mods.length === 0 && owner === null
  return plain && (det?.word === 'the' || det?.word === 'my' ? text === 'user' : det === null && text === 'the user')
}

/** One agent that acts for one person is both of them; any other description is of some. */
function whomOf(phrase: SubjectPhrase): Whom {
  if (phrase.kind === 'named') return one(phrase.entity)
  if (phrase.kind !== 'acting' || phrase.actor.kind !== 'named' || phrase.for.kind !== 'named') {
    return { kind: 'some', phrase }
  }
  return { kind: 'one', entity: phrase.for.entity, actors: [phrase.actor.entity] }
}

const nobody = (token: Token, scope: Scope): null =>
  fail(scope, 'unknown_name', token, `who \`${token.text}\` is, is not said: nobody in particular asks`, {
    expected: ['a name, such as `user:alice`', 'a question that is asked as somebody'],
  })

/** `user alice@acme.com`, `agent "Research Bot"`. */
function typed(type: Token, name: Token, scope: Scope): Whom | null {
  const known = typeNamed(scope.words, type.word)
  if (known === null) return unknownType(scope, type, type.text)
  const entity = name.kind === 'entity' ? entityOf(name, scope) : null
  if (name.kind === 'entity') {
    if (entity === null) return null
    if (entity.type === known) return one(entity)
    return fail(scope, 'wrong_value', name, `\`${name.text}\` is no ${known}`, {
      expected: [`\`${known}:some-id\``, `\`${name.text}\` alone`],
    })
  }
  const id = name.kind === 'quoted' ? readQuoted(name.text) : name.text
  if (id !== null && id.trim() !== '') return one({ type: known, id })
  return fail(scope, 'wrong_value', name, `${name.text} is no name`, { expected: ['`type:id`'] })
}

/** `user alice`: a type of those who act, then words that are nothing else. */
function typedName({ words, mods, owner }: NounPhrase, scope: Scope): Entity | null {
  const [first, ...rest] = words
  if (first === undefined || rest.length === 0 || mods.length > 0 || owner !== null) return null
  const type = scope.words.types.get(fold(first.word))
  if (type === undefined || !ACTING_TYPES.includes(type)) return null
  if (rest.some(word => isNoun(scope.words, word.word))) return null
  return { type, id: nameOf(rest, '-') }
}

/** One small word that nothing defines: more likely a name without its capital than a kind of people. */
function isUnknownName({ words, mods, det, owner }: NounPhrase, scope: Scope): boolean {
  const word = words[0]?.word ?? ''
  if (words.length !== 1 || mods.length > 0 || det !== null || owner !== null) return false
  const small = !/^\p{Lu}/u.test(words[0]?.text ?? '')
  const known = isNoun(scope.words, word) || find(scope.words.names, word) !== null
  return small && !known && singulars(word).length === 0
}

function unknownName({ words }: NounPhrase, scope: Scope): null {
  const text = textOf(words)
  const known = scope.words
  const nouns = [...known.types.keys(), ...known.groups.keys()]
  const near = nearest(fold(text), [...known.vocabulary.names.keys(), ...nouns, ...nouns.map(plural)])
  const id = `user:${nameOf(words, '-')}`
  return fail(scope, 'unknown_name', placeOf(words), `who \`${text}\` is, is not said`, {
    expected: [`a name in full: \`${id}\``, `a line that defines it: \`${capitalize(text)} is ${id}.\``],
    suggestion: near ?? id,
  })
}

/** The types of those a phrase describes. */
export function typesAmong(phrase: SubjectPhrase, scope: Scope): readonly string[] {
  const types = typesOfSubject(phrase, scope)
  return types.length === 0 ? ACTING_TYPES : types
}
