import type { Condition, Term } from '../policy/ast.ts'
import { article, plural } from '../policy/print-words.ts'
import { relationNamed } from './lexicon.ts'
import { namesOfPhrase, relationOfAbility, relationOfPhrase, relationOfPlace, relationOfVerb } from './model-words.ts'
import { attributeOf } from './resolve-compare.ts'
import { amountOf, compareAny } from './resolve-compared.ts'
import { resolveDetail } from './resolve-detail.ts'
import { combine, oneOf, type Part } from './resolve-join.ts'
import { resolveTerm, typesOf } from './resolve-term.ts'
import { unknownRelation } from './resolve-unknown.ts'
import { fail, nameOf, type Place, placeOf, type Scope, textOf } from './scope.ts'
import type { Clause, Joined, Mod, TermNode, Words } from './syntax.ts'
import type { Token } from './token.ts'

/** The noun a modifier belongs to. */
export interface Self {
  readonly side: 'subject' | 'resource'
  readonly type: string
}

type ReadClauses = (clauses: readonly Joined<Clause>[], scope: Scope) => Condition | null

const self = (it: Self): Term => ({ kind: it.side })

/** `shared with X` of an object whose types are known: the relation that the phrase means there. */
export function phraseRelation(
  types: readonly string[],
  participle: string,
  preposition: string,
  at: Place,
  user: Term,
  scope: Scope,
): string | null {
  for (const type of types) {
    const relation = relationOfPhrase(scope.words, type, participle, preposition)
    if (relation !== null) return relation.name
  }
  const name = namesOfPhrase(participle, preposition)[0] ?? participle
  const who = user.kind === 'some' ? `${user.type}#${user.relation}` : (typesOf(user, scope)[0] ?? 'user')
  return unknownRelation(scope, at, `${participle} ${preposition}`, types, `define ${name}: [${who}]`)
}

/** Being in a place of some type, as the relation of `types` that says so. */
export function placeRelation(types: readonly string[], place: Term, at: Place, scope: Scope): string | null {
  const kind = typesOf(place, scope)[0]
  const type = types[0]
  if (type === undefined || kind === undefined)
    return fail(scope, 'unknown_relation', at, 'what is in what is not known here')
  const found = relationOfPlace(scope.words, type, kind)
  if (found.length === 1) return found[0]?.name ?? null
  if (found.length === 0) return unknownRelation(scope, at, `in ${article(kind)}`, [type], `define ${kind}: [${kind}]`)
  return fail(scope, 'ambiguous', at, `${article(type)} can be in ${article(kind)} in ${found.length} ways`, {
    expected: found.map(relation => `${plural(type)} with … as ${relation.name}`),
  })
}

/** A relation by its own name, on one of the types it may stand on. */
export function roleRelation(types: readonly string[], words: Words, scope: Scope): string | null {
  const name = nameOf(words, '_')
  const known = types.length > 0 ? types : [...scope.words.outlines.keys()]
  for (const type of known) {
    const relation = relationNamed(scope.words, type, name)
    if (relation !== null) return relation.name
  }
  return unknownRelation(scope, placeOf(words), textOf(words), types)
}

function member(it: Self, relation: string, object: Term): Condition {
  return { kind: 'related', object, relation, user: self(it) }
}

/** What is said of several names, once for each of them. */
export function eachTerm(term: TermNode, resolve: (term: TermNode) => Condition | null): Condition | null {
  if (term.kind !== 'several') return resolve(term)
  const [quantifier, ...names] = term.token.parts
  const of = names.map(token => resolve({ kind: 'named', token }))
  const known = of.filter(condition => condition !== null)
  if (known.length < of.length) return null
  const all = quantifier?.word !== 'any' && quantifier?.word !== 'either' && quantifier?.word !== 'none'
  const one: Condition = { kind: all ? 'all' : 'any', of: known }
  return quantifier?.word === 'none' ? { kind: 'not', of: one } : one
}

/** The relation by which somebody can do something to a thing: the permission, else the role for it. */
function ability(types: readonly string[], verb: Token, scope: Scope): string | null {
  for (const type of types) {
    const relation = relationOfAbility(scope.words, type, verb.word)
    if (relation !== null) return relation.name
  }
  return unknownRelation(scope, verb, `can ${verb.text}`, types, `define can_${verb.word}: [user]`)
}

/** What one modifier says of its noun. */
function resolveMod(mod: Mod, it: Self, scope: Scope, read: ReadClauses): Condition | null {
  if ('term' in mod && mod.term?.kind === 'several') {
    return eachTerm(mod.term, term => resolveMod({ ...mod, term }, it, scope, read))
  }
  switch (mod.kind) {
    case 'can': {
      const object = mod.term === null ? self(it) : resolveTerm(mod.term, scope)
      const relation = object === null ? null : ability(typesOf(object, scope), mod.verb, scope)
      if (object === null || relation === null) return null
      return { kind: 'related', object, relation, user: mod.term === null ? { kind: 'subject' } : self(it) }
    }
    case 'not': {
      const of = resolveMod(mod.of, it, scope, read)
      return of === null ? null : { kind: 'not', of }
    }
    case 'participle': {
      const user = resolveTerm(mod.term, scope)
      if (user === null) return null
      const at = { start: mod.token.start, end: mod.preposition.end }
      const relation = phraseRelation([it.type], mod.token.word, mod.preposition.word, at, user, scope)
      return relation === null ? null : { kind: 'related', object: self(it), relation, user }
    }
    case 'of':
      return fail(scope, 'syntax', mod.token, `\`of\` says nothing after \`${it.type}\``, {
        expected: ['`in`, `shared with`, `owned by`, `whose`'],
      })
    case 'in': {
      const place = resolveTerm(mod.term, scope)
      if (place === null) return null
      if (it.side === 'subject') {
        const types = typesOf(place, scope)
        const has = types.some(type => relationNamed(scope.words, type, 'member') !== null)
        return has ? member(it, 'member', place) : unknownRelation(scope, mod.token, 'member', types)
      }
      const relation = placeRelation([it.type], place, mod.token, scope)
      return relation === null ? null : { kind: 'related', object: self(it), relation, user: place }
    }
    case 'amount': {
      const amount = { kind: 'order' as const, op: mod.op, word: mod.value, value: mod.value }
      return amountOf(it.side, [it.type], amount, scope)
    }
    case 'detail':
      return resolveDetail(mod.detail, mod.token, { side: it.side, types: [it.type] }, scope)
    case 'attribute': {
      const left = attributeOf(it.side, mod.name, [it.type], scope)
      return left === null ? null : compareAny(left, mod.comparison, scope)
    }
    case 'as': {
      const user = resolveTerm(mod.term, scope)
      const relation = user === null ? null : roleRelation([it.type], mod.relation, scope)
      return user === null || relation === null ? null : { kind: 'related', object: self(it), relation, user }
    }
    case 'verb':
      return theirs(mod.words, it, scope)
    case 'held': {
      const relation = roleRelation([it.type], mod.relation, scope)
      return relation === null ? null : { kind: 'related', object: self(it), relation, user: { kind: 'subject' } }
    }
    case 'member': {
      const object = resolveTerm(mod.term, scope)
      const relation = object === null ? null : roleRelation(typesOf(object, scope), mod.relation, scope)
      return object === null || relation === null ? null : member(it, relation, object)
    }
    case 'such':
      return read(mod.clauses, scope)
  }
}

/** `they own`. */
function theirs(words: Words, it: Self, scope: Scope): Condition | null {
  const relation = words.length === 1 ? relationOfVerb(scope.words, it.type, words[0]?.word ?? '') : null
  if (relation !== null)
    return { kind: 'related', object: self(it), relation: relation.name, user: { kind: 'subject' } }
  return unknownRelation(scope, placeOf(words), textOf(words), [it.type])
}

/** `their documents`: those they own. */
export function ownedBy(it: Self, at: Place, owner: Term, scope: Scope): Condition | null {
  const relation = phraseRelation([it.type], 'owned', 'by', at, owner, scope)
  return relation === null ? null : { kind: 'related', object: self(it), relation, user: owner }
}

/** `shared with the owner of the document`: the `of` belongs to the noun before it. */
function withOf(mods: readonly Joined<Mod>[]): readonly Joined<Mod>[] {
  if (!mods.some(({ node }) => node.kind === 'of')) return mods
  const found: Joined<Mod>[] = []
  for (const mod of mods) {
    const last = found[found.length - 1]
    const of = mod.node.kind === 'of' && mod.conj === null ? mod.node : null
    if (of !== null && last !== undefined && 'term' in last.node && last.node.term?.kind === 'the') {
      const term: TermNode = { kind: 'holder-of', words: last.node.term.words, term: of.term }
      found[found.length - 1] = { ...last, node: { ...last.node, term } }
    } else found.push(mod)
  }
  return found
}

function nestedFull(term: Extract<TermNode, { kind: 'nested' }>, it: Self, scope: Scope): 'failed' {
  const inner = textOf(term.type)
  fail(
    scope,
    'ambiguous',
    placeOf(term.type),
    `what follows may be said of \`${inner}\` or of ${plural(it.type)}: a noun within another has one detail`,
    { expected: [`what is said of ${plural(it.type)} first, \`in a ${inner} …\` last`, 'a second sentence'] },
  )
  return 'failed'
}

/** All that a noun phrase says besides its noun; `first` are the conditions its adjectives make. */
export function resolveWhere(
  first: readonly Condition[],
  mods: readonly Joined<Mod>[],
  it: Self,
  scope: Scope,
  read: ReadClauses,
): Condition | null | 'failed' {
  const parts: Part[] = first.map(condition => ({ conj: null, mark: null, condition, spread: false }))
  for (const [i, { conj, mark, node }] of withOf(mods).entries()) {
    const after = withOf(mods)[i + 1]
    if ('term' in node && node.term?.kind === 'nested' && after !== undefined) return nestedFull(node.term, it, scope)
    const condition = resolveMod(node, it, scope, read)
    if (condition === null) return 'failed'
    parts.push({ conj: parts.length === first.length ? null : conj, mark, condition, spread: false })
  }
  if (parts.length === 0) return null
  const at = placeOfMods(mods)
  if (first.length > 0 && parts.length > first.length) {
    const rest = combine(parts.slice(first.length), at, scope)
    if (rest === null) return 'failed'
    return { kind: 'all', of: [...first, ...(rest.mode === 'all' ? rest.of : [oneOf(rest)])] }
  }
  const whole = combine(parts, at, scope)
  return whole === null ? 'failed' : oneOf(whole)
}

/** Near enough to point at: from the first modifier that can say where it is. */
function placeOfMods(mods: readonly Joined<Mod>[]): Place {
  for (const { node } of mods) {
    if ('token' in node) return node.token
    if (node.kind === 'attribute') return placeOf(node.name)
    if (node.kind === 'amount') return node.value
  }
  return { start: -1, end: -1 }
}
