import type { Condition, Definition } from '../policy/ast.ts'
import { article, listed, singulars } from '../policy/print-words.ts'
import { find, outlineOf, relationNamed, typeNamed } from './lexicon.ts'
import { resolveTerm } from './resolve-term.ts'
import { unknownRelation, unknownType } from './resolve-unknown.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { DefinitionNode } from './syntax-definition.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

type Node<K extends DefinitionNode['kind']> = Extract<DefinitionNode, { kind: K }>

/** `The auditors are Alice, Bob and carol@acme.com`: a group that is a list of people of one kind. */
export function resolvePeople(node: Node<'people-are'>, word: string, scope: Scope): Definition | null {
  const at = placeOf(node.words)
  if (find(scope.words.types, word) !== null || find(scope.words.relations, word) !== null) {
    return fail(scope, 'conflicting_definition', at, `\`${textOf(node.words)}\` has a meaning already`, {
      expected: ['a word that has no meaning yet'],
    })
  }
  const people = node.people.map(person => resolveTerm(person, scope))
  const entities = people.flatMap(person => (person?.kind === 'entity' ? [person.entity] : []))
  const [first] = entities
  if (first === undefined || entities.length < people.length) {
    return people.includes(null) ? null : fail(scope, 'unknown_name', at, 'a group is a list of names')
  }
  const other = entities.find(entity => entity.type !== first.type)
  if (other !== undefined) {
    return fail(scope, 'wrong_value', at, `${article(first.type)} and ${article(other.type)} cannot be one group`, {
      expected: ['names of one type', 'two groups'],
    })
  }
  const of = entities.map((entity): Condition => ({ kind: 'is', of: 'subject', entity }))
  return { kind: 'group', name: word, type: first.type, where: { kind: 'any', of } }
}

const actionOf = (token: Token): string =>
  token.kind === 'quoted' ? (readQuoted(token.text) ?? token.text) : token.word.replace(/ /g, '_')

/** `To manage a document means to read, edit and share it`. */
export function resolveVerbMeans(node: Node<'verb-means'>, scope: Scope): Definition | null {
  const verb = actionOf(node.verb)
  const type = node.type === null ? null : typeNamed(scope.words, nameOf(node.type, '_'))
  if (node.type !== null && type === null) return unknownType(scope, placeOf(node.type), textOf(node.type))
  const means = [...new Set(node.means.map(actionOf))].filter(action => action !== verb)
  if (means.length > 0) return { kind: 'verb', verb, type, means }
  return fail(scope, 'wrong_value', node.verb, `\`${verb}\` means nothing but itself`, {
    expected: ['what else it stands for, as in `means to read and edit it`'],
  })
}

/** `Admins are also editors`, `Owners of a document are also its editors`. */
export function resolveRoleIs(node: Node<'role-is'>, scope: Scope): Definition | null {
  const type = node.type === null ? null : typeNamed(scope.words, nameOf(node.type, '_'))
  if (node.type !== null && type === null) return unknownType(scope, placeOf(node.type), textOf(node.type))
  const relation = nameOf(node.relation, '_')
  const also = nameOf(node.also, '_')
  const types = type === null ? [...scope.words.outlines.keys()] : [type]
  for (const one of types) {
    const who = relationNamed(scope.words, one, relation)
    const what = relationNamed(scope.words, one, also)
    if (who !== null && what !== null && who.name !== what.name)
      return { kind: 'role', relation: who.name, type, also: what.name }
  }
  if (type !== null && outlineOf(scope.words, type) !== null) {
    const [words, name] =
      relationNamed(scope.words, type, relation) === null ? [node.relation, relation] : [node.also, also]
    return unknownRelation(scope, placeOf(words), textOf(words), [type], `define ${singulars(name)[0] ?? name}: [user]`)
  }
  const having = types.filter(one => relationNamed(scope.words, one, relation) !== null)
  const at = placeOf(node.also)
  return fail(
    scope,
    'unknown_relation',
    at,
    `no type has both \`${textOf(node.relation)}\` and \`${textOf(node.also)}\``,
    {
      expected: [
        having.length === 0
          ? 'two relations of one type of the model'
          : `a relation of ${listed(having, 'or')}, in the model: \`define ${singulars(also)[0] ?? also}: [user]\``,
      ],
    },
  )
}
