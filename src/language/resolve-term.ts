import type { Term } from '../policy/ast.ts'
import { type Entity, parseEntity } from '../policy/entity.ts'
import { article } from '../policy/print-words.ts'
import { find, fold, isNoun, outlineOf, relationNamed, typeNamed } from './lexicon.ts'
import { waysUp } from './mention.ts'
import { namesOfPhrase, relationOfBelonging, relationOfPhrase, relationOfPlace } from './model-words.ts'
import { nearest } from './nearest.ts'
import { unknownRelation, unknownType } from './resolve-unknown.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { TermNode, Words } from './syntax.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

/** `user:alice`, `alice@acme.com` or a quoted name as the entity it names. */
export function entityOf(token: Token, scope: Scope): Entity | null {
  if (token.kind === 'email') return { type: 'user', id: token.text }
  if (token.kind === 'quoted') return quotedName(token, scope)
  const written = parseEntity(token.text)
  const quote = written === null ? '' : (written.id[0] ?? '')
  const id = quote === '"' || quote === '“' ? readQuoted(written?.id ?? '') : (written?.id ?? null)
  if (written === null || id === null || id === '') {
    return fail(scope, 'wrong_value', token, `\`${token.text}\` is no name`, { expected: ['`type:id`'] })
  }
  if (id === '*') {
    const all = `all ${written.type}s`
    return fail(scope, 'wrong_value', token, `\`${token.text}\` names nobody in particular`, { suggestion: all })
  }
  const type = scope.words.types.get(fold(written.type))
  if (type === undefined) return unknownType(scope, token, written.type)
  return { type, id }
}

function quotedName(token: Token, scope: Scope): Entity | null {
  const text = readQuoted(token.text)
  if (text === null || text.trim() === '') {
    return fail(scope, 'wrong_value', token, `${token.text} is no name`, { expected: ['a name in quotes'] })
  }
  return scope.words.names.get(fold(text)) ?? { type: 'user', id: text.trim().toLowerCase().replace(/\s+/g, '-') }
}

/** Types of what a term stands for; empty where nothing is known of it. */
export function typesOf(term: Term, scope: Scope): readonly string[] {
  switch (term.kind) {
    case 'subject':
      return scope.subjects
    case 'resource':
      return scope.resources
    case 'org':
      return ['org']
    case 'entity':
      return [term.entity.type]
    case 'some':
    case 'holder':
      return [term.type]
  }
}

export function resolveTerm(node: TermNode, scope: Scope): Term | null {
  switch (node.kind) {
    case 'pronoun':
      return node.token.word === 'it' ? { kind: 'resource' } : { kind: 'subject' }
    case 'own':
      return belonging(node.words, node.owner.word === 'its' ? { kind: 'resource' } : { kind: 'subject' }, scope)
    case 'the':
      return theTerm(node.words, scope)
    case 'a':
      return aTerm(node.words, scope)
    case 'bare':
      return bareTerm(node.words, scope)
    case 'named': {
      const entity = entityOf(node.token, scope)
      return entity === null ? null : { kind: 'entity', entity }
    }
    case 'of-thing': {
      const of = resolveTerm(node.of, scope)
      return of === null ? null : belonging(node.words, of, scope)
    }
    case 'any':
      return anyTerm(node, scope)
    case 'any-holder':
    case 'holder-of':
      return holderTerm(node, scope)
    case 'nested':
      return nested(node, scope)
    case 'several':
      return fail(scope, 'syntax', node.token, 'only one name can stand here', {
        expected: ['one name, such as `team:eng`', 'a sentence for each'],
      })
  }
}

/** `any team that is an owner of them`, `the owner of the document`. */
function holderTerm(node: Extract<TermNode, { kind: 'any-holder' | 'holder-of' }>, scope: Scope): Term | null {
  const on = resolveTerm(node.term, scope)
  if (on === null) return null
  if (node.kind === 'holder-of') return belonging(node.words, on, scope)
  const type = typeNamed(scope.words, nameOf(node.type, '_'))
  if (type === null) return unknownType(scope, placeOf(node.type), textOf(node.type))
  const types = typesOf(on, scope)
  for (const of of types.length > 0 ? types : [...scope.words.outlines.keys()]) {
    const relation = relationNamed(scope.words, of, nameOf(node.relation, '_'))
    if (relation !== null) return { kind: 'holder', type, relation: relation.name, on }
  }
  return unknownRelation(scope, placeOf(node.relation), textOf(node.relation), types)
}

/** `a folder shared with their team`: any such folder. */
function nested(node: Extract<TermNode, { kind: 'nested' }>, scope: Scope): Term | null {
  const type = typeNamed(scope.words, nameOf(node.type, '_'))
  if (type === null) return unknownType(scope, placeOf(node.type), textOf(node.type))
  const of = resolveTerm(node.term, scope)
  if (of === null) return null
  if (node.preposition !== null) {
    const at = { start: node.token.start, end: node.preposition.end }
    const found = relationOfPhrase(scope.words, type, node.token.word, node.preposition.word)
    if (found !== null) return { kind: 'some', type, relation: found.name, of }
    const name = namesOfPhrase(node.token.word, node.preposition.word)[0] ?? node.token.word
    const who = typesOf(of, scope)[0] ?? 'user'
    return unknownRelation(scope, at, `${node.token.word} ${node.preposition.word}`, [type], `define ${name}: [${who}]`)
  }
  const kind = typesOf(of, scope)[0] ?? ''
  const [place, second] = relationOfPlace(scope.words, type, kind)
  if (place !== undefined && second === undefined) return { kind: 'some', type, relation: place.name, of }
  return unknownRelation(scope, node.token, `in ${article(kind)}`, [type], `define ${kind}: [${kind}]`)
}

function anyTerm(node: Extract<TermNode, { kind: 'any' }>, scope: Scope): Term | null {
  const type = typeNamed(scope.words, nameOf(node.type, '_'))
  if (type === null) return unknownType(scope, placeOf(node.type), textOf(node.type))
  const of = resolveTerm(node.term, scope)
  if (of === null) return null
  const relation = relationNamed(scope.words, type, nameOf(node.relation, '_'))
  if (relation === null) return unknownRelation(scope, placeOf(node.relation), textOf(node.relation), [type])
  return { kind: 'some', type, relation: relation.name, of }
}

/** Who holds a relation named on something: `their manager`. Users where several kinds may hold it. */
function held(words: Words, of: Term, scope: Scope): Term | null {
  for (const type of typesOf(of, scope)) {
    const relation = relationNamed(scope.words, type, nameOf(words, '_'))
    if (relation === null) continue
    const holders = relation.holders.length > 0 ? relation.holders : ['user']
    const holder = holders.includes('user') ? 'user' : holders[0]
    if (holder !== undefined) return { kind: 'holder', type: holder, relation: relation.name, on: of }
  }
  return null
}

/** `the document's folder`: that it is in. */
function placeAround(type: string, of: Term, scope: Scope): Term | null {
  if (of.kind === 'subject') return null
  const [from, another] = typesOf(of, scope)
  if (from === undefined || another !== undefined) return null
  const [way, second] = waysUp(scope.words, from, type, of)
  return second === undefined ? (way ?? null) : null
}

/** `their team`: some team that counts them in; `their manager`: who is that to them. */
function belonging(words: Words, of: Term, scope: Scope): Term | null {
  const at = placeOf(words)
  const type = typeNamed(scope.words, nameOf(words, '_'))
  const holders = typesOf(of, scope)
  const found = type === null ? [] : relationOfBelonging(scope.words, type, holders)
  if (type !== null && found.length === 1) return { kind: 'some', type, relation: found[0]?.name ?? '', of }
  const holder = found.length > 0 ? null : held(words, of, scope)
  if (holder !== null) return holder
  const place = type === null || found.length > 0 ? null : placeAround(type, of, scope)
  if (place !== null) return place
  const member = type === null || found.length > 0 ? null : relationNamed(scope.words, type, 'member')
  if (type !== null && member !== null) return { kind: 'some', type, relation: member.name, of }
  const who = holders[0] ?? 'user'
  if (type === null) {
    const name = nameOf(words, '_')
    const roles = holders.some(one => (outlineOf(scope.words, one)?.relations.length ?? 0) > 0)
    const role = find(scope.words.relations, name) !== null
    if (!role && (!roles || nearest(name, scope.words.types.keys()) !== null))
      return unknownType(scope, at, textOf(words))
    return unknownRelation(scope, at, textOf(words), holders)
  }
  if (found.length === 0) {
    return fail(scope, 'unknown_relation', at, `nothing says who belongs to ${article(type)}`, {
      expected: [`a relation of ${type} that takes ${article(who)}`],
      suggestion: `define member: [${who}]`,
    })
  }
  return fail(scope, 'ambiguous', at, `\`${textOf(words)}\` can be theirs in ${found.length} ways`, {
    expected: found.map(relation => `any ${type} with them as ${relation.name}`),
  })
}

/** `the org`, `the document` or `the finance org`. */
export function theTerm(words: Words, scope: Scope): Term | null {
  const last = words[words.length - 1]
  const type = typeNamed(scope.words, last?.word ?? '')
  if (type !== null && words.length === 1 && scope.taken?.type === type) return scope.taken.term
  if (words.length === 1) {
    const name = scope.words.names.get(fold(last?.word ?? ''))
    if (name !== undefined) return { kind: 'entity', entity: name }
    if (last?.word === 'org' || type === 'org') return { kind: 'org' }
    if (last?.word === 'resource') return { kind: 'resource' }
    if (last?.word === 'subject') return { kind: 'subject' }
    if (type !== null && scope.resources.includes(type)) return { kind: 'resource' }
    if (type !== null && scope.subjects.includes(type)) return { kind: 'subject' }
  }
  if (type === null) return unknownType(scope, placeOf(words.slice(-1)), last?.text ?? '')
  if (words.length === 1) {
    return fail(scope, 'unknown_name', placeOf(words), `which ${type} \`the ${textOf(words)}\` means is not said`, {
      expected: [`\`${type}:some-id\``, 'what the rule is about, as `the resource`'],
    })
  }
  const entity = namedOfType(words, type, scope)
  return entity === null ? null : { kind: 'entity', entity }
}

/** `finance org` as `org:finance`, where the words before the type are a name and nothing else. */
export function namedOfType(words: Words, type: string, scope: Scope): Entity | null {
  const rest = words.slice(0, -1)
  const known = rest.find(word => isNoun(scope.words, word.word) || scope.words.choices.has(fold(word.word)))
  if (known !== undefined) {
    return fail(
      scope,
      'unknown_name',
      placeOf(words),
      `\`${known.text}\` is a word of its own, so \`${textOf(words)}\` is no name`,
      {
        suggestion: `${type}:${nameOf(rest, '-')}`,
      },
    )
  }
  return { type, id: nameOf(rest, '-').toLowerCase() }
}

/** `a document`: what the sentence goes on to speak of. */
function aTerm(words: Words, scope: Scope): Term | null {
  const type = typeNamed(scope.words, nameOf(words, '_'))
  if (type === null) return unknownType(scope, placeOf(words), textOf(words))
  if (scope.taken?.type === type) return scope.taken.term
  const about = scope.resources.includes(type)
  return fail(scope, 'unknown_name', placeOf(words), `which ${type} \`${article(type)}\` means is not said`, {
    expected: [about ? `\`the ${type}\`` : `\`${type}:some-id\``, '`it` for the same after `can`'],
    suggestion: about ? `the ${textOf(words)}` : null,
  })
}

/** `Alice`, or a defined name. */
function bareTerm(words: Words, scope: Scope): Term | null {
  if (scope.taken !== undefined && typeNamed(scope.words, nameOf(words, '_')) === scope.taken.type) {
    return scope.taken.term
  }
  const name = find(scope.words.names, nameOf(words, '_'))
  if (name !== null) return { kind: 'entity', entity: name }
  if (words.every(word => /^\p{Lu}/u.test(word.text) && !isNoun(scope.words, word.word))) {
    return { kind: 'entity', entity: { type: 'user', id: nameOf(words, '-') } }
  }
  const word = textOf(words)
  return fail(scope, 'unknown_name', placeOf(words), `who or what \`${word}\` is, is not said`, {
    expected: ['`them`', `\`their ${word}\``, `\`the ${word}\``, 'a name, such as `user:alice`'],
    suggestion: isNoun(scope.words, words[words.length - 1]?.word ?? '') ? `their ${word}` : null,
  })
}
