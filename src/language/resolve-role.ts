import type { Approver, Term } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import { printName } from '../policy/print-value.ts'
import { article, plural } from '../policy/print-words.ts'
import { find, isNoun, relationNamed, typeNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { entityOf, namedOfType, resolveTerm, typesOf } from './resolve-term.ts'
import { unknownRelation } from './resolve-unknown.ts'
import { choose, fail, nameOf, type Place, placeOf, type Scope, textOf } from './scope.ts'
import type { Joined, Mod, Phrase, TermNode, Words } from './syntax.ts'
import type { Token } from './token.ts'

/** A relation held on something: `approvers in the finance org`, `their owner`. */
export interface Role {
  readonly relation: string
  readonly on: Term
}

/** The one `of` or `in` that places a role, and what else the phrase says. */
export function placeOfRole(
  mods: readonly Joined<Mod>[],
): { readonly term: TermNode; readonly rest: readonly Joined<Mod>[] } | null {
  const [first, ...rest] = mods
  if (first === undefined || (first.node.kind !== 'of' && first.node.kind !== 'in')) return null
  return { term: first.node.term, rest }
}

/** A role word on something named in the sentence. */
export function roleOn(words: Words, on: Term, scope: Scope): Role | null {
  const types = typesOf(on, scope)
  const known = types.length > 0 ? types : [...scope.words.outlines.keys()]
  for (const type of known) {
    const relation = relationNamed(scope.words, type, nameOf(words, '_'))
    if (relation !== null) return { relation: relation.name, on }
  }
  return unknownRelation(scope, placeOf(words), textOf(words), types)
}

/** A role word by itself: held on the resource, or in the org; refused where both could be meant, or neither. */
export function bareRole(words: Words, scope: Scope): Role | null {
  const name = nameOf(words, '_')
  const at = placeOf(words)
  const text = textOf(words)
  const onEach = scope.resources.map(type => relationNamed(scope.words, type, name))
  const first = onEach[0]
  const onResource = first !== undefined && onEach.every(r => r !== null && r.name === first?.name) ? first : null
  const inOrg = relationNamed(scope.words, 'org', name)
  const held: Role[] = []
  if (onResource !== null) held.push({ relation: onResource.name, on: { kind: 'resource' } })
  if (inOrg !== null) held.push({ relation: inOrg.name, on: { kind: 'org' } })
  if (held.length === 2)
    return held[choose(scope, at, `\`${text}\` is a role on the resource and in the org`, 2)] ?? null
  if (held.length === 1) return held[0] ?? null
  const places = [...scope.words.outlines.keys()].filter(type => relationNamed(scope.words, type, name) !== null)
  const relation = relationNamed(scope.words, places[0] ?? '', name)?.name ?? name
  return fail(
    scope,
    'unknown_relation',
    at,
    `\`${text}\` is a role on ${places.map(article).join(' or ')}, and which one is not said`,
    {
      expected: places.map(type => `\`${plural(relation)} of ${type}:some-id\``),
      suggestion: places[0] === undefined ? null : `${plural(relation)} of their ${places[0]}`,
    },
  )
}

/** Somebody by name, who alone can say yes. */
function person(entity: Entity, at: Place, scope: Scope): Approver | null {
  if (!PEOPLE.has(entity.type)) {
    const has = relationNamed(scope.words, entity.type, 'member') === null ? 'someone' : 'member'
    return fail(scope, 'unknown_relation', at, `${article(entity.type)} cannot say yes`, {
      expected: ['a person or a role'],
      suggestion: `a ${has} of ${printName(entity)}`,
    })
  }
  return { relation: null, on: { kind: 'entity', entity } }
}

/** `its` is the resource's, but in `every agent needs approval from its owner` it may be the agent's as well. */
function ownerOf(owner: Token, single: boolean, scope: Scope): Term {
  if (owner.word !== 'its') return { kind: 'subject' }
  const message = '`its` can be said of who does it, or of what it is done to'
  return single && choose(scope, owner, message, 2) === 1 ? { kind: 'subject' } : { kind: 'resource' }
}

/** Whose yes is asked for; `single` where one is said to ask for it, as `every agent`. */
export function resolveApprover(phrase: Phrase, scope: Scope, single = false): Approver | null {
  if (phrase.kind === 'of-thing') {
    const on = resolveTerm(phrase.of, scope)
    return on === null ? null : roleOn(phrase.words, on, scope)
  }
  if (phrase.kind === 'named') {
    const entity = entityOf(phrase.token, scope)
    return entity === null ? null : person(entity, phrase.token, scope)
  }
  if (phrase.kind !== 'noun') {
    const at = 'token' in phrase ? phrase.token : null
    return notARole(at ?? { start: -1, end: -1 }, at?.text ?? 'this', scope)
  }
  const { words, mods, owner } = phrase
  if (owner !== null && mods.length === 0) {
    return roleOn(words, ownerOf(owner, single, scope), scope)
  }
  const placed = placeOfRole(mods)
  if (owner !== null || (mods.length > 0 && (placed === null || placed.rest.length > 0))) {
    return notARole(placeOf(words), textOf(words), scope)
  }
  if (placed !== null) {
    const on = resolveTerm(placed.term, scope)
    return on === null ? null : roleOn(words, on, scope)
  }
  if (!scope.words.relations.has(nameOf(words, '_')) && !anyRelation(words, scope)) {
    const name = find(scope.words.names, nameOf(words, '_'))
    if (name !== null) return person(name, placeOf(words), scope)
    if (words.every(word => /^\p{Lu}/u.test(word.text) && !isNoun(scope.words, word.word))) {
      return person({ type: 'user', id: nameOf(words, '-') }, placeOf(words), scope)
    }
    const type = typeNamed(scope.words, words[words.length - 1]?.word ?? '')
    const entity = type === null || words.length < 2 ? null : namedOfType(words, type, scope)
    if (entity !== null) return person(entity, placeOf(words), scope)
    const near = nearest(nameOf(words, '_'), scope.words.relations.keys())
    return fail(scope, 'unknown_relation', placeOf(words), `no type has a relation for \`${textOf(words)}\``, {
      expected: ['`their owner`, `an admin of the org`, `an approver of org:finance`'],
      suggestion: near,
    })
  }
  return bareRole(words, scope)
}

const PEOPLE = new Set(['user', 'agent', 'service', 'person'])

const anyRelation = (words: Words, scope: Scope): boolean =>
  [...scope.words.outlines.keys()].some(type => relationNamed(scope.words, type, nameOf(words, '_')) !== null)

function notARole(at: Place, text: string, scope: Scope): null {
  return fail(scope, 'unknown_relation', at, `\`${text}\` is not a role that can say yes`, {
    expected: ['`their owner`', '`an admin of the org`', '`an approver of org:finance`'],
  })
}
