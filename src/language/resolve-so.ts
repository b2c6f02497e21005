import type { Condition, Term } from '../policy/ast.ts'
import { article, listed, plural } from '../policy/print-words.ts'
import { find } from './lexicon.ts'
import { adjective } from './resolve-compare.ts'
import { bareRole } from './resolve-role.ts'
import { resolveTerm } from './resolve-term.ts'
import { choose, fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { Clause, TermNode, Words } from './syntax.ts'
import { chunk, type Token } from './token.ts'

/** What somebody or something is said to be in a word: a group, a role, or a value of an attribute. */

type Side = 'subject' | 'resource'

const JOINT = new Set([',', 'or', 'and'])

/** The words of each alternative of `archived or public`. */
function itemsOf(token: Token): readonly Words[] {
  const items: Token[][] = [[]]
  for (const part of token.parts) {
    if (JOINT.has(part.word)) items.push([])
    else items[items.length - 1]?.push(part)
  }
  return items.filter(item => item.length > 0)
}

/** `admins`, `the owner`: a role, a group or a name. */
function held(words: Words, side: Side, scope: Scope): Condition | null {
  const name = nameOf(words, '_')
  const entity = find(scope.words.names, name)
  if (entity !== null) return { kind: 'is', of: side, entity }
  if (side === 'resource') return null
  const group = find(scope.words.groups, name)
  const defined = group === null ? undefined : scope.words.vocabulary.groups.get(group)
  if (defined !== undefined) return defined.where
  if (find(scope.words.relations, name) === null) return null
  const role = bareRole(words, scope)
  return role === null ? null : { kind: 'related', object: role.on, relation: role.relation, user: { kind: 'subject' } }
}

const print = (condition: Condition | null): string =>
  JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))

/** A value of an attribute that all the types have alike. */
function valued(words: Words, side: Side, scope: Scope): Condition | null {
  const types = side === 'subject' ? scope.subjects : scope.resources
  const parts = words.length === 1 ? (words[0]?.parts ?? []) : []
  const word: Token = { ...chunk('word', words, ['word']), word: nameOf(words, '_'), parts }
  const each = types.map(type => adjective(side, type, word, scope))
  const [first] = each
  return first !== undefined && each.every(one => print(one) === print(first)) ? first : null
}

function attempt(token: Token, side: Side, scope: Scope): Condition | null {
  const quietly: Scope = { ...scope, faults: [], forks: [] }
  const either = token.parts.some(part => part.word === 'or') ? valued([token], side, quietly) : null
  if (either !== null) return either
  const of: Condition[] = []
  for (const words of itemsOf(token)) {
    const quiet: Scope = { ...scope, faults: [], forks: [] }
    const found = held(words, side, scope) ?? (scope.faults.length > 0 ? null : valued(words, side, quiet))
    if (found === null) return null
    of.push(found)
  }
  const [only, second] = of
  return only !== undefined && second === undefined ? only : { kind: 'any', of }
}

const sideOf = (term: Term): Side | null => (term.kind === 'subject' || term.kind === 'resource' ? term.kind : null)

/** `they` in `users can view documents if they are public` are the documents, where users cannot be that. */
function sidesOf(actor: TermNode, scope: Scope): readonly Side[] {
  if (actor.kind === 'pronoun' && actor.token.word === 'they') return ['subject', 'resource']
  const term = resolveTerm(actor, scope)
  const side = term === null ? null : sideOf(term)
  return side === null ? [] : [side]
}

export function resolveSo({ actor, token }: Extract<Clause, { kind: 'so' }>, scope: Scope): Condition | null {
  const before = scope.faults.length
  const sides = sidesOf(actor, scope)
  if (sides.length === 0) {
    if (scope.faults.length > before) return null
    return fail(scope, 'syntax', token, 'a rule speaks of its subject and its resource', {
      expected: ['`they are …`', '`it is …`'],
    })
  }
  const found: Condition[] = []
  for (const side of sides) {
    const quiet: Scope = { ...scope, faults: [] }
    const one = attempt(token, side, quiet)
    if (one !== null) found.push(one)
    else if (quiet.faults.length > 0) {
      scope.faults.push(...quiet.faults)
      return null
    }
  }
  const [only, second] = found
  if (only === undefined) return unknown(token, sides, scope)
  if (second === undefined) return only
  return found[choose(scope, token, 'this may be said of who does it or of what it is done to', 2)] ?? null
}

function unknown(token: Token, sides: readonly Side[], scope: Scope): null {
  const types = sides.flatMap(side => (side === 'subject' ? scope.subjects : scope.resources))
  const word = nameOf(itemsOf(token)[0] ?? [], '_')
  const type = types[0] ?? 'user'
  const line = `${article(type).replace(/^./, first => first.toUpperCase())} has ${article(word)} as yes or no.`
  const what = types.length === 0 ? 'anything' : listed(types.map(plural), 'or')
  return fail(scope, 'unknown_attribute', token, `\`${token.text}\` says nothing of ${what}`, {
    expected: [
      `a line that defines it: \`${line}\``,
      'an attribute by name, as in `their status is …`',
      'a role, as in `they are a member of team:eng`',
    ],
    suggestion: line,
  })
}

/** `they are the owner`. */
export function resolveHolds({ actor, words }: Extract<Clause, { kind: 'holds' }>, scope: Scope): Condition | null {
  const term = resolveTerm(actor, scope)
  if (term === null) return null
  const before = scope.faults.length
  if (term.kind === 'subject') {
    const found = held(words, 'subject', scope)
    if (found !== null) return found
    return scope.faults.length > before ? null : notHeld(words, scope)
  }
  const role = find(scope.words.relations, nameOf(words, '_')) === null ? null : bareRole(words, scope)
  if (role !== null) return { kind: 'related', object: role.on, relation: role.relation, user: term }
  return scope.faults.length > before ? null : notHeld(words, scope)
}

function notHeld(words: Words, scope: Scope): null {
  const text = textOf(words)
  return fail(scope, 'unknown_relation', placeOf(words), `\`${text}\` is no role and no group`, {
    expected: ['a role, as in `they are a member of team:eng`', 'a defined group, as in `they are contractors`'],
  })
}
