import type { Condition } from '../policy/ast.ts'
import { relationOfVerb } from './model-words.ts'
import { resolveRef } from './resolve-compare.ts'
import { compareAny } from './resolve-compared.ts'
import { resolveDetail } from './resolve-detail.ts'
import { resolveElapsed } from './resolve-instant.ts'
import { type Combined, combine, oneOf, type Part } from './resolve-join.ts'
import { resolveLimit } from './resolve-limit.ts'
import { resolveWhereabouts } from './resolve-place.ts'
import { resolveCall } from './resolve-request.ts'
import { resolveHolds, resolveSo } from './resolve-so.ts'
import { entityOf, resolveTerm, typesOf } from './resolve-term.ts'
import { resolveTime } from './resolve-time.ts'
import { unknownRelation } from './resolve-unknown.ts'
import { eachTerm, phraseRelation, placeRelation, roleRelation } from './resolve-where.ts'
import { choose, fail, nameOf, type Place, placeOf, type Scope, textOf } from './scope.ts'
import type { Clause, Joined, TermNode } from './syntax.ts'
import type { Token } from './token.ts'

function related(
  object: TermNode,
  user: TermNode,
  scope: Scope,
  relation: (types: readonly string[], user: Condition & { kind: 'related' }) => string | null,
): Condition | null {
  const on = resolveTerm(object, scope)
  const who = resolveTerm(user, scope)
  if (on === null || who === null) return null
  const draft = { kind: 'related' as const, object: on, relation: '', user: who }
  const name = relation(typesOf(on, scope), draft)
  return name === null ? null : { ...draft, relation: name }
}

/** `the document is older than 90 days`, `they are in Germany`. */
function said(clause: Extract<Clause, { kind: 'said' }>, scope: Scope): Condition | null {
  const { actor, detail, token } = clause
  // `if it is before 2026-12-31`: the day itself.
  if (detail.kind === 'days' && actor.kind === 'pronoun' && actor.token.word === 'it') {
    return resolveClause(detail.clause, scope)
  }
  const last = 'words' in actor ? actor.words[actor.words.length - 1] : null
  if (detail.kind === 'place' && actor.kind === 'the' && /^(?:request|call)$/.test(last?.word ?? '')) {
    return resolveWhereabouts(detail.where, scope)
  }
  const term = resolveTerm(actor, scope)
  if (term === null) return null
  if (term.kind === 'subject') return resolveDetail(detail, token, { side: 'subject', types: scope.subjects }, scope)
  if (term.kind === 'resource') return resolveDetail(detail, token, { side: 'resource', types: scope.resources }, scope)
  return fail(scope, 'syntax', token, 'a rule speaks of attributes of its subject and its resource', {
    expected: ['`they`', '`it`', '`the resource`'],
  })
}

function resolveClause(clause: Clause, scope: Scope): Condition | null {
  if ('term' in clause && clause.term.kind === 'several') {
    return eachTerm(clause.term, term => resolveClause({ ...clause, term }, scope))
  }
  switch (clause.kind) {
    case 'not': {
      const of = resolveClause(clause.of, scope)
      return of === null ? null : { kind: 'not', of }
    }
    case 'group': {
      const message = 'both may have to hold, or one of them'
      const both = clause.unclear === true && choose(scope, placeOfClauses(clause.clauses), message, 2) === 1
      const joined = both
        ? clause.clauses.map(one => (one.conj === null ? one : { ...one, conj: 'and' as const }))
        : null
      return resolveClauses(joined ?? clause.clauses, scope)
    }
    case 'compared': {
      const left = resolveRef(clause.ref, scope)
      return left === null ? null : compareAny(left, clause.comparison, scope)
    }
    case 'delegated':
      return { kind: 'delegated' }
    case 'is': {
      const of = resolveTerm(clause.actor, scope)
      const entity = entityOf(clause.token, scope)
      if (of === null || entity === null) return null
      if (of.kind === 'subject' || of.kind === 'resource') return { kind: 'is', of: of.kind, entity }
      return fail(scope, 'syntax', clause.token, 'only whom or what the rule is about can be somebody', {
        expected: ['`they are user:alice`', '`the resource is document:1`'],
      })
    }
    case 'role':
      return related(clause.term, clause.actor, scope, types => roleRelation(types, clause.relation, scope))
    case 'done': {
      const at = { start: clause.token.start, end: clause.preposition.end }
      return related(clause.actor, clause.term, scope, (types, draft) =>
        phraseRelation(types, clause.token.word, clause.preposition.word, at, draft.user, scope),
      )
    }
    case 'actor-in': {
      const actor = resolveTerm(clause.actor, scope)
      const place = resolveTerm(clause.term, scope)
      if (actor === null || place === null) return null
      if (actor.kind !== 'resource') {
        const relation = roleRelation(
          typesOf(place, scope),
          [{ ...clause.token, text: 'member', word: 'member' }],
          scope,
        )
        return relation === null ? null : { kind: 'related', object: place, relation, user: actor }
      }
      const relation = placeRelation(scope.resources, place, clause.token, scope)
      return relation === null ? null : { kind: 'related', object: actor, relation, user: place }
    }
    case 'said':
      return said(clause, scope)
    case 'so':
      return resolveSo(clause, scope)
    case 'does': {
      const { words, term } = clause
      return related(term, { kind: 'pronoun', token: words[0] as Token }, scope, types => {
        const verb = nameOf(words, '_')
        const found = types.map(type => relationOfVerb(scope.words, type, verb)).find(one => one !== null)
        return found?.name ?? unknownRelation(scope, placeOf(words), textOf(words), types)
      })
    }
    case 'holds':
      return resolveHolds(clause, scope)
    case 'zone':
      return fail(scope, 'syntax', clause.token, `\`${clause.token.text}\` says of no time whose it is`, {
        expected: ['a time or days before it'],
      })
    case 'elapsed':
      return resolveElapsed(clause, scope)
    case 'where':
      return resolveWhereabouts(clause, scope)
    case 'limit':
      return resolveLimit(clause, scope)
    case 'device':
    case 'signed-with':
    case 'signed-in':
      return resolveCall(clause, scope)
    default:
      return resolveTime(clause, scope)
  }
}

type Timed = Extract<Clause, { readonly zone: Token | null }>

const isTimed = (clause: Clause): clause is Timed => 'zone' in clause

/** `…, Berlin time`: a zone by itself is that of all times before it that name none. */
function zonedBefore(items: readonly Joined<Clause>[]): readonly Joined<Clause>[] {
  let zone: Token | null = null
  const found: Joined<Clause>[] = []
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i] as Joined<Clause>
    const timed = items.slice(0, i).some(one => isTimed(one.node))
    if (item.node.kind === 'zone' && timed) zone = item.node.token
    else if (isTimed(item.node) && item.node.zone === null) found.unshift({ ...item, node: { ...item.node, zone } })
    else found.unshift(item)
  }
  return found
}

/** `on weekdays between 9am and 5pm in Europe/Berlin`: a zone holds for the times it follows without a comma. */
function zoned(items: readonly Joined<Clause>[]): readonly Joined<Clause>[] {
  const found = [...(items.some(item => item.node.kind === 'zone') ? zonedBefore(items) : items)]
  for (let i = found.length - 2; i >= 0; i--) {
    const item = found[i] as Joined<Clause>
    const next = found[i + 1] as Joined<Clause>
    if (next.conj !== null || next.intro !== null || !isTimed(item.node) || !isTimed(next.node)) continue
    if (item.node.zone === null) found[i] = { ...item, node: { ...item.node, zone: next.node.zone } }
  }
  return found
}

interface Segment {
  readonly unless: Token | null
  readonly items: Joined<Clause>[]
}

/** Cuts where `if` or `unless` begins anew; `or if` goes on with what was begun. */
function segments(items: readonly Joined<Clause>[], scope: Scope): readonly Segment[] | null {
  const found: Segment[] = []
  for (const item of items) {
    const last = found[found.length - 1]
    const unless = item.intro?.word === 'unless' ? item.intro : null
    if (last === undefined || (item.intro !== null && item.conj !== 'or')) {
      found.push({ unless, items: [item] })
      continue
    }
    if (item.intro !== null && (unless !== null || last.unless !== null)) {
      return fail(scope, 'ambiguous', item.intro, 'two conditions with `unless` cannot be joined by `or`', {
        expected: ['`unless … and …`', 'two sentences'],
      })
    }
    const fork = last.unless !== null && item.conj === ',' && item.intro === null
    const way = fork
      ? choose(
          scope,
          last.unless ?? { start: 0, end: 0 },
          'what follows the comma may or may not belong to `unless`',
          2,
        )
      : 0
    if (way === 0) last.items.push(item)
    else found.push({ unless: null, items: [item] })
  }
  return found
}

function read(segment: Segment, at: Place, scope: Scope): Combined | null {
  const parts: Part[] = []
  for (const { conj, mark, node } of segment.items) {
    const condition = resolveClause(node, scope)
    if (condition === null) return null
    parts.push({ conj, mark, condition, spread: node.kind === 'dates' || node.kind === 'where' })
  }
  return combine(parts, at, scope)
}

/** A list of clauses as one condition; null when a part of it failed. */
export function resolveClauses(items: readonly Joined<Clause>[], scope: Scope): Condition | null {
  const of: Condition[] = []
  const parts = segments(zoned(items), scope)
  if (parts === null) return null
  for (const segment of parts) {
    const combined = read(segment, placeOfClauses(segment.items), scope)
    if (combined === null) return null
    if (segment.unless !== null) of.push({ kind: 'not', of: oneOf(combined) })
    else if (combined.mode === 'all') of.push(...combined.of)
    else if (parts.length === 1) return oneOf(combined)
    else of.push(oneOf(combined))
  }
  return oneOf({ mode: 'all', of })
}

/** Near enough to point at. */
function placeOfClauses(items: readonly Joined<Clause>[]): Place {
  for (const { node, intro } of items) {
    if (intro !== null) return intro
    if ('token' in node) return node.token
    if (node.kind === 'weekdays') return node.days
    if (node.kind === 'compared') return placeOf(node.ref.name)
    if (node.kind === 'where') return node
  }
  return { start: -1, end: -1 }
}
