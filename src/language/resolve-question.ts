import type { Ask, AskedResource, Sought, Stated } from '../policy/ask.ts'
import type { ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import { article } from '../policy/print-words.ts'
import { baseForm } from '../policy/verb-forms.ts'
import { statedOf } from './question-stated.ts'
import type { QuestionNode } from './question-syntax.ts'
import { type Where, whereOf } from './question-where.ts'
import { type Asker, resolvePerson, typesAmong, type Whom } from './question-who.ts'
import { eachOf } from './resolve-list.ts'
import { resolveResource, typesOfPhrases } from './resolve-resource.ts'
import { actionOf } from './resolve-rule.ts'
import { fail, type Place, placeOf, type Scope } from './scope.ts'
import type { Conjunction, Listed, Phrase } from './syntax.ts'
import type { Token } from './token.ts'
import { fromGerund } from './verbs.ts'

/** The question that a tree means, or null with the reasons left in `scope.faults`; `notes` takes what is assumed. */
export function resolveQuestion(
  node: QuestionNode,
  whole: Place,
  asker: Asker,
  scope: Scope,
  notes: string[],
): Ask | null {
  const about = { ...scope, resources: typesOfPhrases(node.resources, scope) }
  const whom = whomOf(node, asker, about)
  const what = node.resources === null ? [] : eachOf(node.resources, about, resolveResource)
  const actions = node.verbs === null ? [] : node.verbs.items.map(verb => verbOf(verb, scope, notes))
  const where = whereOf(node.circumstances, asker, about, notes)
  const join = joinOf(node, whole, scope)
  if (whom === null || what === null || actions.includes(null) || where === null || join === null) return null
  const parts = { node, whole, whom, what, actions: [...new Set(actions as readonly string[])], where, join }
  return composed(parts, about, notes)
}

interface Parts {
  readonly node: QuestionNode
  readonly whole: Place
  readonly whom: readonly Whom[]
  readonly what: readonly ResourcePhrase[]
  readonly actions: readonly string[]
  readonly where: Where
  readonly join: 'all' | 'any'
}

function whomOf({ who }: QuestionNode, asker: Asker, scope: Scope): readonly Whom[] | null {
  const found = who?.items.map(person => resolvePerson(person, asker, scope)) ?? []
  return found.includes(null) ? null : (found as readonly Whom[])
}

/** The action of a verb in any of its forms; in quotes it is taken as it stands. */
function verbOf(token: Token, scope: Scope, notes: string[]): string | null {
  const action = actionOf(token, scope)
  if (action === null || token.kind === 'quoted' || scope.words.vocabulary.verbs.has(action)) return action
  const form = baseForm(action)
  const base = form === action ? action : (fromGerund(action, word => scope.words.vocabulary.verbs.has(word)) ?? form)
  if (base !== action) notes.push(`\`${token.text}\` is taken as the action \`${base}\``)
  return base
}

/** `and` asks for all, `or` for one; both in one question have no single meaning. */
function joinOf({ who, verbs, resources }: QuestionNode, whole: Place, scope: Scope): 'all' | 'any' | null {
  const lists: readonly (Listed<unknown> | null)[] = [who, verbs, resources]
  const conjs = new Set<Conjunction>(lists.flatMap(list => list?.conjs ?? []))
  if (conjs.has('and') && conjs.has('or')) {
    return fail(scope, 'ambiguous', whole, '`and` and `or` in one question can be meant in several ways', {
      expected: ['one question with `and`, another with `or`'],
    })
  }
  return conjs.has('or') ? 'any' : 'all'
}

function composed(parts: Parts, scope: Scope, notes: string[]): Ask | null {
  const { node, where } = parts
  const subjects = subjectsOf(parts, scope)
  if (subjects === null) return null
  const { entities, actors, among } = subjects
  const sought = soughtOf(parts, among, { ...scope, subjects: entities.map(e => e.type) })
  const resources = sought === 'failed' ? null : askedAbout(parts, sought, scope, notes)
  if (sought === 'failed' || resources === null) return null
  const { ip, country, call, at } = where
  const actions = sought?.kind === 'action' ? [] : parts.actions
  const many = entities.length > 1 || actions.length > 1 || resources.length > 1
  const shared = {
    subjects: entities,
    actors,
    actions,
    resources,
    join: many ? parts.join : 'all',
    ip,
    country,
    call,
    at,
  } as const
  if (sought === null) return { kind: 'requests', ...shared, explain: node.explain }
  if (!node.explain) return { kind: 'search', ...shared, sought }
  return fail(
    scope,
    'syntax',
    parts.whole,
    'only an answer about somebody and something in particular can be explained',
    {
      expected: ['`why can Alice … document:1`', 'the same question without `why`'],
    },
  )
}

interface Subjects {
  readonly entities: readonly Entity[]
  readonly actors: readonly Entity[]
  /** Whom a phrase describes, where nobody in particular is named. */
  readonly among: SubjectPhrase | null
}

const sameAs = (a: Entity) => (b: Entity) => a.type === b.type && a.id === b.id
const distinct = (list: readonly Entity[]): readonly Entity[] => list.filter((e, i) => list.findIndex(sameAs(e)) === i)

function subjectsOf(parts: Parts, scope: Scope): Subjects | null {
  const { node, whom, where, whole, join } = parts
  const ones = whom.flatMap(w => (w.kind === 'one' ? [w] : []))
  const some = whom.flatMap(w => (w.kind === 'some' ? [w.phrase] : []))
  const chain = [...ones.flatMap(w => w.actors), ...where.behalf]
  if (some.length === 0 && node.who !== null) {
    const [doer] = ones
    if (chain.length === 0) return { entities: distinct(ones.map(w => w.entity)), actors: [], among: null }
    if (ones.length === 1 && doer !== undefined) return delegated(doer, where.behalf)
    return fail(scope, 'syntax', whole, 'one at a time acts on behalf of somebody', {
      expected: ['one question for each'],
    })
  }
  if (chain.length > 0) {
    return fail(scope, 'syntax', whole, 'who may act on behalf of somebody is not searched for', {
      expected: ['the name of who acts, as in `can Research Bot … on behalf of Alice`'],
    })
  }
  if (some.length > 0 && join === 'all' && whom.length > 1) {
    return fail(scope, 'ambiguous', whole, 'several kinds at once: of each some, or all of them?', {
      expected: ['`which … or … can …`', 'one question for each'],
    })
  }
  const named = ones.map(({ entity }): SubjectPhrase => ({ kind: 'named', entity }))
  const phrases = node.among !== null && node.form === 'who' ? eachOf(node.among, scope, amongOf) : [...some, ...named]
  if (phrases === null) return null
  const [only, second] = phrases
  const among: SubjectPhrase =
    only === undefined ? { kind: 'anyone' } : second === undefined ? only : { kind: 'any-of', of: phrases }
  return { entities: [], actors: [], among }
}

function amongOf(phrase: Phrase, scope: Scope): SubjectPhrase | null {
  const whom = resolvePerson(phrase, null, scope)
  if (whom === null) return null
  return whom.kind === 'some' ? whom.phrase : { kind: 'named', entity: whom.entity }
}

/** Whoever is named first acts; the last of those it acts for is the subject. For whom it acts already is said once. */
function delegated(doer: Extract<Whom, { kind: 'one' }>, behalf: readonly Entity[]): Subjects {
  const [first, ...rest] = behalf
  const again = doer.actors.length > 0 && first !== undefined && sameAs(doer.entity)(first)
  const line = [...doer.actors.toReversed(), doer.entity, ...(again ? rest : behalf)]
  const subject = line[line.length - 1] as Entity
  return { entities: [subject], actors: line.slice(0, -1).toReversed(), among: null }
}

function soughtOf(parts: Parts, among: SubjectPhrase | null, scope: Scope): Sought | null | 'failed' {
  const { node, what, whole } = parts
  const anything = what.some(phrase => phrase.kind === 'anything')
  const thing = node.form === 'what' || (anything && node.form !== 'do')
  const holes = Number(among !== null) + Number(thing) + Number(node.form === 'do')
  if (holes > 1 || (anything && what.length > 1)) {
    fail(scope, 'syntax', whole, 'a question looks for one thing: who, what, or which actions', {
      expected: ['the others by name, as in `what can Alice edit`'],
    })
    return 'failed'
  }
  if (among !== null) return { kind: 'subject', types: typesAmong(among, scope), among }
  if (node.form === 'do') return { kind: 'action' }
  if (!thing) return null
  const phrases = node.among === null ? [{ kind: 'anything' } as const] : eachOf(node.among, scope, resolveResource)
  if (phrases === null) return 'failed'
  const [only, second] = phrases
  const phrase: ResourcePhrase = second === undefined ? (only ?? { kind: 'anything' }) : { kind: 'any-of', of: phrases }
  return { kind: 'resource', types: typesOfResource(phrase, scope), among: phrase }
}

function typesOfResource(phrase: ResourcePhrase, scope: Scope): readonly string[] {
  switch (phrase.kind) {
    case 'anything':
      return [...new Set(scope.words.types.values())].sort()
    case 'type':
      return [phrase.type]
    case 'named':
      return [phrase.entity.type]
    case 'any-of':
      return [...new Set(phrase.of.flatMap(of => typesOfResource(of, scope)))]
    case 'except':
      return typesOfResource(phrase.of, scope)
  }
}

/** What the question is about: things by name, or types with what is said of one of them. */
function askedAbout(
  { node, what, whole }: Parts,
  sought: Sought | null,
  scope: Scope,
  notes: string[],
): readonly AskedResource[] | null {
  if (sought?.kind === 'resource') return []
  const found: (AskedResource | null)[] = []
  for (const [i, phrase] of what.entries()) {
    if (phrase.kind === 'anything') continue
    const node_ = node.resources?.items[i]
    const at = node_?.kind === 'noun' ? placeOf(node_.words) : whole
    found.push(askedOne(phrase, at, scope, notes))
  }
  return found.includes(null) ? null : (found as readonly AskedResource[])
}

function askedOne(phrase: ResourcePhrase, at: Place, scope: Scope, notes: string[]): AskedResource | null {
  if (phrase.kind === 'named') return { ...phrase.entity, stated: [] }
  if (phrase.kind !== 'type') {
    return fail(scope, 'syntax', at, 'this is not one thing to ask about', {
      expected: ['a name, such as `document:1`'],
    })
  }
  const stated: readonly Stated[] | null = statedOf(phrase.where, phrase.type, at, scope, notes)
  if (stated === null) return null
  notes.push(`no ${phrase.type} is named: asked of ${article(phrase.type)} in general, of which nothing more is known`)
  return { type: phrase.type, id: null, stated }
}
