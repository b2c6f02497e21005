import type { ResourcePhrase, Rule, SubjectPhrase } from '../policy/ast.ts'
import { resolveClauses } from './resolve-clause.ts'
import { resolveResource, typesOfPhrases } from './resolve-resource.ts'
import { resolveApprover } from './resolve-role.ts'
import { resolveSubject, typesOfSubject } from './resolve-subject.ts'
import { choose, fail, type Place, placeOf, type Scope, warn } from './scope.ts'
import type { Listed, NounPhrase, Phrase, RuleNode } from './syntax.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

const EACH = new Set(['any', 'every', 'each'])

/** A noun with nothing of its own, that what the next noun says could be meant for as well. */
const bare = (phrase: Phrase): phrase is NounPhrase =>
  phrase.kind === 'noun' && phrase.owner === null && phrase.mods.length === 0 && !EACH.has(phrase.det?.word ?? '')

/**
 * `documents and folders shared with their team` may be about all documents or about shared ones. Each list in which a
 * bare noun stands before one with details is a fork; `any document and any folder …` says that each is by itself.
 */
function distributed(list: Listed<Phrase>, scope: Scope): readonly Phrase[] {
  const items = [...list.items]
  for (const [i, item] of items.entries()) {
    if (item.kind !== 'noun' || item.mods.length === 0 || i === 0 || !bare(items[i - 1] as Phrase)) continue
    if (EACH.has(item.det?.word ?? '')) continue
    const at = placeOf(item.words)
    if (
      choose(
        scope,
        at,
        `what is said of \`${item.words.map(word => word.text).join(' ')}\` may hold for what stands before as well`,
        2,
      ) === 0
    )
      continue
    for (let j = i - 1; j >= 0; j--) {
      const before = items[j] as Phrase
      if (!bare(before)) break
      items[j] = { ...before, mods: item.mods }
    }
  }
  return items
}

/** What each of a list means, once for every way in which it can be taken; null where one of them means nothing. */
export function each<T>(
  list: Listed<Phrase>,
  scope: Scope,
  resolve: (phrase: Phrase, scope: Scope) => T | null,
): readonly T[] | null {
  const found: T[] = []
  let failed = false
  for (const phrase of distributed(list, scope)) {
    const one = resolve(phrase, scope)
    if (one === null) failed = true
    else found.push(one)
  }
  return failed ? null : found
}

function subjectOf(node: RuleNode, scope: Scope): SubjectPhrase | null {
  if (node.subjects === null) return { kind: 'anyone' }
  const of = each(node.subjects, scope, resolveSubject)
  const [only, second] = of ?? []
  if (of === null || only === undefined) return null
  return second === undefined ? only : { kind: 'any-of', of }
}

function resourceOf(node: RuleNode, scope: Scope): ResourcePhrase | null {
  if (node.predicate.resources === null) return { kind: 'anything' }
  const of = each(node.predicate.resources, scope, resolveResource)
  const [only, second] = of ?? []
  if (of === null || only === undefined) return null
  return second === undefined ? only : { kind: 'any-of', of }
}

export function actionOf(token: Token, scope: Scope): string | null {
  if (token.kind !== 'quoted') return token.word.replace(/ /g, '_')
  const text = readQuoted(token.text)
  return text === null || text === '' ? fail(scope, 'wrong_value', token, `${token.text} is no action`) : text
}

/** Hardly anyone means to permit only what is over a limit. */
function beyond(node: RuleNode, scope: Scope): void {
  if (node.effect === 'forbid' || node.effect === 'approval') return
  const limits = [node.predicate.limit, ...node.tail.map(clause => clause.node)]
  const over = limits.find(clause => clause?.kind === 'limit' && clause.over)
  if (over?.kind !== 'limit') return
  warn(scope, 'wrong_value', over.token, 'this permits only what is beyond the limit', {
    expected: ['`up to …`', '`… cannot …` or `… need approval from … to …` for what is over it'],
  })
}

/** The rule a tree means, or null with the reasons left in `scope.faults`. */
export function resolveRule(node: RuleNode, whole: Place, scope: Scope): Rule | null {
  const about = { ...scope, subjects: [], resources: typesOfPhrases(node.predicate.resources, scope) }
  const subject = subjectOf(node, about)
  const inner = { ...about, subjects: subject === null ? [] : typesOfSubject(subject, about) }
  const resource = resourceOf(node, inner)
  const actions = node.predicate.verbs?.map(verb => actionOf(verb, scope)) ?? null
  const limit = node.predicate.limit
  beyond(node, scope)
  const first = limit === undefined ? [] : [{ conj: null, mark: null, intro: null, node: limit }]
  const tail = [...first, ...node.tail]
  const condition = tail.length === 0 ? null : resolveClauses(tail, inner)
  const approver = node.approver === null ? null : resolveApprover(node.approver, inner)
  if (subject === null || resource === null || actions?.includes(null)) return null
  if ((condition === null && tail.length > 0) || (approver === null && node.approver !== null)) return null
  if (node.effect === 'only' && subject.kind === 'anyone') {
    return fail(scope, 'syntax', whole, 'only anyone is everyone: this rule would say nothing', {
      expected: ['`anyone can …`'],
    })
  }
  const named = actions === null ? null : [...new Set(actions as readonly string[])]
  return { kind: 'rule', effect: node.effect, subject, actions: named, resource, condition, approver }
}
