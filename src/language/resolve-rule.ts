import type { Approver, Condition, ResourcePhrase, Rule, SubjectPhrase } from '../policy/ast.ts'
import { singular } from '../policy/print-words.ts'
import { withMeanings, withRoles } from './expand.ts'
import { apart, heard } from './mention.ts'
import { deedBefore } from './past.ts'
import { resolveClauses } from './resolve-clause.ts'
import { resourceList, subjectList } from './resolve-list.ts'
import { isResource, typesOfPhrases } from './resolve-resource.ts'
import { resolveApprover } from './resolve-role.ts'
import { typesOfSubject } from './resolve-subject.ts'
import { fail, NO_PAST, type Place, placeOf, type Scope, warn } from './scope.ts'
import type { LimitNode, Listed, Phrase, Predicate, RuleNode } from './syntax.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

export function actionOf(token: Token, scope: Scope): string | null {
  if (token.kind !== 'quoted') return token.word.replace(/ /g, '_')
  const text = readQuoted(token.text)
  return text === null || text === '' ? fail(scope, 'wrong_value', token, `${token.text} is no action`) : text
}

/** The actions verbs name, or null for any: `access` is any action unless a definition says what it means. */
function actionsOf(verbs: readonly Token[], scope: Scope): readonly string[] | null | 'failed' {
  const names = verbs.map(verb => actionOf(verb, scope))
  const known = names.filter(name => name !== null)
  if (known.length < names.length) return 'failed'
  const any = verbs.some(verb => verb.kind !== 'quoted' && verb.word === 'access')
  return any && !scope.words.vocabulary.verbs.has('access') ? null : [...new Set(known)]
}

interface Deed {
  readonly actions: readonly string[] | null
  readonly resource: ResourcePhrase
}

function deedOf(node: Predicate, subject: SubjectPhrase | null, scope: Scope): Deed | null {
  if (node.kind === 'same') return deedBefore(node.token, scope)
  const actions = node.verbs === null ? null : actionsOf(node.verbs, scope)
  const resource: ResourcePhrase | null =
    node.resources === null ? { kind: 'anything' } : resourceList(node.resources, subject, scope)
  if (actions === 'failed' || resource === null) return null
  if (actions === null) return { actions, resource }
  const meant = withMeanings(actions, typesIn(resource), scope.words.vocabulary)
  if (meant !== null) return { actions: meant, resource }
  const at = placeOf(node.verbs ?? [])
  return fail(scope, 'ambiguous', at, `\`${actions.join('`, `')}\` stands for different things here`, {
    expected: ['a sentence for each type', 'the actions themselves, each by its name'],
  })
}

const typesIn = (resource: ResourcePhrase): readonly string[] => {
  switch (resource.kind) {
    case 'anything':
      return []
    case 'type':
      return [resource.type]
    case 'named':
      return [resource.entity.type]
    case 'any-of':
      return [...new Set(resource.of.flatMap(typesIn))]
    case 'except':
      return typesIn(resource.of)
  }
}

/** `Nobody can delete documents except admins`: what follows is whom it does not concern, unless it is a resource. */
function exclusive(node: RuleNode, scope: Scope): RuleNode {
  const [only, second] = node.predicates
  if (node.subjects !== null || node.effect !== 'forbid' || only?.kind !== 'verbs' || second !== undefined) return node
  const [resource] = only.resources?.items ?? []
  if (resource?.kind !== 'except' || isResource(resource.but, resource.of, scope)) return node
  return { ...node, effect: 'only', subjects: resource.but, predicates: [{ ...only, resources: resource.of }] }
}

const allOf = (type: string): ResourcePhrase => ({ kind: 'type', type, where: null })

/** The rules a tree means, one for each predicate, or null with the reasons left in `scope.faults`. */
export function resolveRule(given: RuleNode, whole: Place, outer: Scope): readonly Rule[] | null {
  const found: Rule[] = []
  let past = outer.past ?? NO_PAST
  for (const node of apart(exclusive(given, outer), outer)) {
    const rules = resolveOne(node, whole, { ...outer, past })
    if (rules === null) return null
    found.push(...rules)
    past = { ...past, named: rules.slice(-1).map(rule => rule.resource) }
  }
  return found
}

function resolveOne(given: RuleNode, whole: Place, outer: Scope): readonly Rule[] | null {
  const told = heard(given, outer)
  if (told === null) return null
  const { node, taken, named } = told
  const past = outer.past ?? NO_PAST
  const known: Scope = taken === null ? outer : { ...outer, taken }
  let scope: Scope = named === null ? known : { ...known, past: { ...past, named: [allOf(named)] } }
  const first = node.predicates[0]
  const listed = first?.kind === 'verbs' ? first.resources : null
  const firstTypes = first?.kind === 'same' ? typesOfPast(scope) : typesBefore(listed, scope)
  // A role that is held on the resource must be one on what every part of the sentence is about.
  const laterTypes = node.predicates
    .slice(1)
    .flatMap(p => (p.kind === 'verbs' ? typesOfPhrases(p.resources, scope) : []))
  const about = { ...scope, subjects: [], resources: [...new Set([...firstTypes, ...laterTypes])] }
  const subject: SubjectPhrase | null = node.subjects === null ? { kind: 'anyone' } : subjectList(node.subjects, about)
  const subjects = subject === null ? [] : typesOfSubject(subject, about)
  const rules: (Rule | null)[] = []
  for (const predicate of node.predicates) {
    const resources = predicate.kind === 'verbs' ? typesBefore(predicate.resources, scope) : []
    const inner: Scope = { ...scope, subjects, resources }
    const deed = deedOf(predicate, subject, inner)
    if (deed === null || subject === null) {
      rules.push(null)
      continue
    }
    const here: Scope = { ...inner, resources: typesIn(deed.resource) }
    rules.push(ruleOf(node, predicate, subject, deed, here, whole))
    scope = { ...scope, past: { ...(scope.past ?? NO_PAST), named: [deed.resource] } }
  }
  const found = rules.filter(rule => rule !== null)
  return found.length < rules.length ? null : found
}

/** Types of what `do that` is done to. */
const typesOfPast = (scope: Scope): readonly string[] => [
  ...new Set((scope.past ?? NO_PAST).rules.flatMap(rule => typesIn(rule.resource))),
]

/** Types of what a list names; those that a pronoun takes up are known once it is resolved. */
const typesBefore = (list: Listed<Phrase> | null, scope: Scope): readonly string[] => {
  const types = typesOfPhrases(list, scope)
  if (types.length > 0 || list?.items[0]?.kind !== 'pronoun') return types
  const { named, rules } = scope.past ?? NO_PAST
  return [...new Set((named.length > 0 ? named : rules.map(rule => rule.resource)).flatMap(typesIn))]
}

/** Hardly anyone means to permit only what is over a limit. */
function beyond(node: RuleNode, limit: LimitNode | undefined, scope: Scope): void {
  if (node.effect === 'forbid' || node.effect === 'approval') return
  const limits = [limit, ...[...node.front, ...node.tail].map(clause => clause.node)]
  const over = limits.find(clause => clause?.kind === 'limit' && clause.over)
  if (over?.kind !== 'limit') return
  warn(scope, 'wrong_value', over.token, 'this permits only what is beyond the limit', {
    expected: ['`up to …`', '`… cannot …` or `… need approval from … to …` for what is over it'],
  })
}

/** Nobody but agents that act for others: then those for whom they act are kept out, and the agents with them. */
const actsOnly = (subject: SubjectPhrase): boolean =>
  subject.kind === 'acting' || (subject.kind === 'any-of' && subject.of.every(actsOnly))

const ONE = new Set(['a', 'an', 'any', 'every', 'each'])

/** `every agent`, `no service`: one thing at a time, of which `its` can be said. */
function isSingle({ subjects }: RuleNode): boolean {
  const [only, second] = subjects?.items ?? []
  if (only?.kind !== 'noun' || second !== undefined) return false
  const last = only.words[only.words.length - 1]?.word ?? ''
  return ONE.has(only.det?.word ?? '') || (only.det === null && last === singular(last))
}

const partsOf = (condition: Condition): readonly Condition[] => (condition.kind === 'all' ? condition.of : [condition])

function conditionOf(node: RuleNode, limit: LimitNode | undefined, scope: Scope): Condition | null | 'failed' {
  const front = node.front.length === 0 ? [] : resolveClauses(node.front, scope)
  const clauses = [...(limit === undefined ? [] : [{ conj: null, mark: null, intro: null, node: limit }]), ...node.tail]
  const tail = clauses.length === 0 ? [] : resolveClauses(clauses, scope)
  if (front === null || tail === null) return 'failed'
  if (!('kind' in front)) return 'kind' in tail ? tail : null
  if (!('kind' in tail)) return front
  return { kind: 'all', of: [...partsOf(front), ...partsOf(tail)] }
}

function ruleOf(
  node: RuleNode,
  predicate: Predicate,
  subject: SubjectPhrase,
  deed: Deed,
  scope: Scope,
  whole: Place,
): Rule | null {
  const limit = predicate.kind === 'verbs' ? predicate.limit : undefined
  beyond(node, limit, scope)
  const condition = conditionOf(node, limit, scope)
  const approver: Approver | null =
    node.approver === null ? null : resolveApprover(node.approver, scope, isSingle(node))
  if (condition === 'failed' || (approver === null && node.approver !== null)) return null
  if (node.effect === 'only' && subject.kind === 'anyone') {
    return fail(scope, 'syntax', whole, 'only anyone is everyone: this rule would say nothing', {
      expected: ['`anyone can …`'],
    })
  }
  if (node.effect === 'only' && actsOnly(subject)) {
    warn(scope, 'wrong_value', whole, 'this can never allow anything: whom they act for is not among those who can', {
      expected: [
        '`Only users can …`, for what agents do on behalf of users as well',
        '`Nobody can … unless they act through an agent`',
      ],
    })
  }
  const { subjects, resources, words } = scope
  const rule: Rule = { kind: 'rule', effect: node.effect, subject, ...deed, condition, approver }
  return withRoles(rule, { words, subjects, resources })
}
