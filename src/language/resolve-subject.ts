import type { Condition, SubjectPhrase, Term } from '../policy/ast.ts'
import { capitalize, listed, plural, singulars } from '../policy/print-words.ts'
import { find, fold, isNoun, type Lexicon, outlineOf, relationNamed, typeNamed } from './lexicon.ts'
import { compoundOf } from './mention.ts'
import { nearest } from './nearest.ts'
import { resolveClauses } from './resolve-clause.ts'
import { adjective } from './resolve-compare.ts'
import { bareRole, placeOfRole, roleOn } from './resolve-role.ts'
import { entityOf, resolveTerm, typesOf } from './resolve-term.ts'
import { resolveWhere } from './resolve-where.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { NounPhrase, Phrase, SomeonePhrase, Words } from './syntax.ts'
import type { Token } from './token.ts'

export function resolveSubject(phrase: Phrase, scope: Scope): SubjectPhrase | null {
  switch (phrase.kind) {
    case 'named': {
      const entity = entityOf(phrase.token, scope)
      return entity === null ? null : { kind: 'named', entity }
    }
    case 'someone':
      return someone(phrase, scope)
    case 'noun':
      return noun(phrase, scope)
    case 'anything':
      return fail(scope, 'syntax', phrase.token, `\`${phrase.token.text}\` is nobody`, { expected: ['`anyone`'] })
    case 'pronoun':
    case 'grouped':
    case 'except':
    case 'acting':
      return fail(scope, 'syntax', { start: -1, end: -1 }, 'this is nobody a rule can be about')
    case 'of-thing': {
      const on = resolveTerm(phrase.of, scope)
      const role = on === null ? null : roleOn(phrase.words, on, scope)
      return role === null ? null : { kind: 'role', ...role }
    }
  }
}

/** `anyone`, or `anyone in the finance org`: its members. */
function someone(phrase: SomeonePhrase, scope: Scope): SubjectPhrase | null {
  if (phrase.mods.length === 0) return { kind: 'anyone' }
  const placed = placeOfRole(phrase.mods)
  if (placed === null || placed.rest.length > 0) {
    return fail(
      scope,
      'syntax',
      phrase.token,
      `\`${phrase.token.text}\` can only be placed, as in \`${phrase.token.text} in team:eng\``,
      {
        expected: ['a type, as in `users whose …`'],
      },
    )
  }
  const on = resolveTerm(placed.term, scope)
  const member = { ...phrase.token, text: 'member', word: 'member' }
  const role = on === null ? null : roleOn([member], on, scope)
  return role === null ? null : { kind: 'role', ...role }
}

function noun(phrase: NounPhrase, scope: Scope): SubjectPhrase | null {
  const { words, mods } = phrase
  const head = words[words.length - 1]
  const word = head?.word ?? ''
  const at = placeOf(words)
  if (phrase.owner?.word === 'its' && mods.length === 0) {
    const role = roleOn(words, { kind: 'resource' }, scope)
    return role === null ? null : { kind: 'role', ...role }
  }
  if (phrase.owner !== null) {
    return fail(scope, 'syntax', phrase.owner, 'a rule begins with whom it is about, not with what is theirs', {
      expected: ['a role, such as `owners of the document`'],
    })
  }
  const name = find(scope.words.names, nameOf(words, '_'))
  if (name !== null && mods.length === 0) return { kind: 'named', entity: name }
  const group = find(scope.words.groups, nameOf(words, '_'))
  const definition = group === null ? undefined : scope.words.vocabulary.groups.get(group)
  if (group !== null && definition !== undefined) {
    if (mods.length > 0)
      return fail(scope, 'syntax', at, `nothing can be added to \`${textOf(words)}\`, which is defined`, {
        expected: ['a group of its own for these'],
      })
    return { kind: 'group', name: group, ...definition }
  }
  const type = typeNamed(scope.words, word)
  const relation = find(scope.words.relations, nameOf(words, '_')) !== null
  const placed = placeOfRole(mods)
  if (relation && (type === null || (placed !== null && mods[0]?.node.kind === 'of'))) {
    if (placed === null && mods.length > 0) return roleFull(words, scope)
    if (placed !== null && placed.rest.length > 0) return roleFull(words, scope)
    if (placed?.term.kind === 'several') return rolesOn(words, placed.term.token, scope)
    const on = placed === null ? null : resolveTerm(placed.term, scope)
    if (placed !== null && on === null) return null
    const role = on === null ? bareRole(words, scope) : roleOn(words, on, scope)
    return role === null ? null : { kind: 'role', ...role }
  }
  if (type !== null) return typed(phrase, type, scope)
  const compound = mods.length === 0 ? compoundOf(words, scope.words) : null
  return compound === null ? unknown(phrase, scope) : compoundRole(words, compound, scope)
}

/** `folder editors`: of the folder that the rule is about or speaks of. */
function compoundRole(words: Words, { type, role }: { type: string; role: Words }, scope: Scope): SubjectPhrase | null {
  const on = placeMeant(type, scope)
  if (on === null) {
    const relation = relationNamed(scope.words, type, nameOf(role, '_'))?.name ?? ''
    return fail(scope, 'unknown_name', placeOf(words), `of which ${type} they are, is not said`, {
      expected: [
        ...scope.resources.slice(0, 1).map(one => `\`${plural(relation)} of the ${one}'s ${type}\``),
        `\`${plural(relation)} of ${type}:some-id\``,
        `\`the ${type}\` or \`it\` after \`can\``,
      ],
    })
  }
  const held = roleOn(role, on, scope)
  return held === null ? null : { kind: 'role', ...held }
}

function placeMeant(type: string, scope: Scope): Term | null {
  if (scope.taken?.type === type) return scope.taken.term
  if (scope.resources.length > 0 && scope.resources.every(one => one === type)) return { kind: 'resource' }
  return type === 'org' ? { kind: 'org' } : null
}

/** `members of any of …`: one role for each; `all of` and `none of` ask for somebody of whom they can be said. */
function rolesOn(words: Words, token: Token, scope: Scope): SubjectPhrase | null {
  const [quantifier, ...names] = token.parts
  if (quantifier?.word !== 'any' && quantifier?.word !== 'either') {
    const list = listed(
      names.map(name => name.text),
      'and',
    )
    const said = `users who are ${textOf(words).toLowerCase()} of ${quantifier?.word} of ${list}`
    return fail(scope, 'syntax', token, `a role is held on one thing: who they are is not said`, { suggestion: said })
  }
  const of: SubjectPhrase[] = []
  for (const name of names) {
    const entity = entityOf(name, scope)
    const role = entity === null ? null : roleOn(words, { kind: 'entity', entity }, scope)
    if (role === null) return null
    of.push({ kind: 'role', ...role })
  }
  return { kind: 'any-of', of }
}

function typed(phrase: NounPhrase, type: string, scope: Scope): SubjectPhrase | null {
  const first: Condition[] = []
  for (const word of phrase.words.slice(0, -1)) {
    const condition = adjective('subject', type, word, scope)
    if (condition === null) return null
    first.push(condition)
  }
  const where = resolveWhere(
    first,
    phrase.mods,
    { side: 'subject', type },
    { ...scope, subjects: [type] },
    resolveClauses,
  )
  return where === 'failed' ? null : { kind: 'type', type, where }
}

function roleFull(words: Words, scope: Scope): null {
  return fail(
    scope,
    'syntax',
    placeOf(words),
    `a role is placed, and no more can be said of \`${textOf(words)}\` than where`,
    {
      expected: ['`of …` or `in …`', 'a condition, as in `if their department is "sales"`'],
    },
  )
}

/** Words for many people at once, which are nobody's name. */
const MANY = new Set(
  'staff personnel management engineering finance sales support marketing legal security people humans'.split(' '),
)

/** A name by its capital letter, as `Alice`; whatever could as well be a noun nobody defined is refused. */
function unknown(phrase: NounPhrase, scope: Scope): SubjectPhrase | null {
  const { words, det, mods } = phrase
  const at = placeOf(words)
  const text = textOf(words)
  const last = words[words.length - 1]?.word ?? ''
  const named =
    det === null &&
    mods.length === 0 &&
    words.every(word => /^\p{Lu}/u.test(word.text) && !isNoun(scope.words, word.word))
  const many = MANY.has(last) || (/[^s]s$/.test(last) && !/(?:is|us|as|es)$/.test(last)) || singulars(last).length > 0
  const id = `user:${nameOf(words, '-')}`
  if (named && !many && (last.length < 5 || nearest(fold(last), forms(scope.words), 1) === null))
    return { kind: 'named', entity: { type: 'user', id: nameOf(words, '-') } }
  const near = nearest(fold(last), forms(scope.words))
  const define = `${capitalize(/s$/.test(last) ? last : plural(last))} are users whose role is "${singulars(last)[0] ?? last}".`
  const expected = ['a type, a role or a defined group']
  if (named) expected.push(`a name in full: \`${id}\``)
  if (near === null) expected.push(`a line that defines it: \`${define}\``)
  return fail(scope, 'unknown_type', at, `who \`${text}\` ${many ? 'are' : 'is'}, is not said`, {
    expected,
    suggestion: near ?? define,
  })
}

/** The nouns a subject may be, in both numbers. Lazily, since only the first few hundred are looked at. */
function* forms(words: Lexicon): Generator<string> {
  for (const names of [words.types, words.relations, words.groups]) {
    for (const name of names.keys()) {
      yield name
      yield plural(name)
    }
  }
}

/** Types of the entities a subject phrase covers; empty for anyone. */
export function typesOfSubject(subject: SubjectPhrase, scope: Scope): readonly string[] {
  switch (subject.kind) {
    case 'anyone':
      return []
    case 'named':
      return [subject.entity.type]
    case 'type':
    case 'group':
      return [subject.type]
    case 'role': {
      const on = subject.on
      const types = typesOf(on, scope)
      const holders = types.flatMap(type =>
        outlineOf(scope.words, type) === null
          ? []
          : (relationNamed(scope.words, type, subject.relation)?.holders ?? []),
      )
      return [...new Set(holders)]
    }
    case 'any-of':
      return [...new Set(subject.of.flatMap(of => typesOfSubject(of, scope)))]
    case 'except':
      return typesOfSubject(subject.of, scope)
    case 'acting':
      return typesOfSubject(subject.actor, scope)
  }
}
