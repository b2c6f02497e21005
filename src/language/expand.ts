import type { Condition, ResourcePhrase, Rule, SubjectPhrase, Term } from '../policy/ast.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { type Lexicon, outlineOf } from './lexicon.ts'

/**
 * Definitions that say more than a rule does are written into it: a verb stands for all it means, a role for all that
 * count as it. What is there already is not put in again, so that a rule written out in full stays as it is.
 */

/** The actions of a rule on things of some types, with all that its verbs mean. Null where they mean more on some. */
export function withMeanings(
  actions: readonly string[],
  types: readonly string[],
  { verbs }: Vocabulary,
): readonly string[] | null {
  if (verbs.size === 0) return actions
  const on = types.length > 0 ? types : [null]
  const each = on.map(type => meaningsOn(actions, type, verbs))
  const [first] = each
  if (first === undefined) return actions
  const key = [...first].sort().join(' ')
  if (types.length === 0 && typed(first, verbs)) return null
  return each.every(other => [...other].sort().join(' ') === key) ? first : null
}

const typed = (actions: readonly string[], verbs: Vocabulary['verbs']): boolean =>
  actions.some(action => verbs.get(action)?.some(meaning => meaning.type !== null) ?? false)

function meaningsOn(actions: readonly string[], type: string | null, verbs: Vocabulary['verbs']): readonly string[] {
  const found = new Set<string>()
  const open = [...actions].reverse()
  for (let action = open.pop(); action !== undefined; action = open.pop()) {
    if (found.has(action)) continue
    found.add(action)
    const means = (verbs.get(action) ?? []).filter(meaning => meaning.type === null || meaning.type === type)
    open.push(...means.flatMap(meaning => meaning.means).reverse())
  }
  return [...found]
}

interface Known {
  readonly words: Lexicon
  readonly subjects: readonly string[]
  readonly resources: readonly string[]
}

/** A relation and those whose holders count as holding it, on one of the types it may stand on. */
function roles(relation: string, types: readonly string[], { words }: Known): readonly string[] {
  const { includedIn } = words.vocabulary
  const has = (name: string): boolean =>
    types.some(type => outlineOf(words, type)?.relations.some(one => one.name === name) ?? false)
  const found = new Set([relation])
  for (const name of found) {
    for (const { relation: other, type } of includedIn.get(name) ?? [])
      if ((type === null || types.includes(type)) && has(other)) found.add(other)
  }
  return [...found]
}

function typesOfTerm(term: Term, known: Known): readonly string[] {
  switch (term.kind) {
    case 'subject':
      return known.subjects
    case 'resource':
      return known.resources
    case 'org':
      return ['org']
    case 'entity':
      return [term.entity.type]
    default:
      return [term.type]
  }
}

/** A term in every form that counts as it: `their team` as member or as lead. */
function terms(term: Term, known: Known): readonly Term[] {
  if (term.kind === 'some') {
    const relations = roles(term.relation, [term.type], known)
    return terms(term.of, known).flatMap(of => relations.map((relation): Term => ({ ...term, relation, of })))
  }
  if (term.kind === 'holder') {
    const relations = roles(term.relation, typesOfTerm(term.on, known), known)
    return terms(term.on, known).flatMap(on => relations.map((relation): Term => ({ ...term, relation, on })))
  }
  return [term]
}

/** More forms than a sentence could show are not written out. */
const MOST_FORMS = 16

function forms(c: Extract<Condition, { kind: 'related' }>, known: Known): readonly Condition[] {
  const objects = terms(c.object, known)
  const users = terms(c.user, known)
  const relations = roles(c.relation, typesOfTerm(c.object, known), known)
  return objects
    .flatMap(object =>
      relations.flatMap(relation => users.map((user): Condition => ({ ...c, object, relation, user }))),
    )
    .slice(0, MOST_FORMS)
}

const key = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))

/** Puts each in a list once, those already there left where they are. */
function spread<T>(items: readonly T[], expand: (item: T) => readonly T[]): readonly T[] {
  const there = new Set(items.map(key))
  return items.flatMap(item => {
    const [first, ...more] = expand(item)
    const added = more.filter(one => !there.has(key(one)))
    for (const one of added) there.add(key(one))
    return first === undefined ? [] : [first, ...added]
  })
}

function condition(c: Condition, known: Known): Condition {
  switch (c.kind) {
    case 'all':
      return { ...c, of: c.of.map(part => condition(part, known)) }
    case 'any':
      return {
        ...c,
        of: spread(c.of, part => (part.kind === 'related' ? forms(part, known) : [condition(part, known)])),
      }
    case 'not':
      return { ...c, of: condition(c.of, known) }
    case 'related': {
      const of = forms(c, known)
      return of.length === 1 ? c : { kind: 'any', of }
    }
    default:
      return c
  }
}

const where = (c: Condition | null, known: Known): Condition | null => (c === null ? null : condition(c, known))

function subject(s: SubjectPhrase, known: Known): SubjectPhrase {
  const one = (part: SubjectPhrase): readonly SubjectPhrase[] => {
    if (part.kind !== 'role') return [subject(part, known)]
    const relations = roles(part.relation, typesOfTerm(part.on, known), known)
    return terms(part.on, known).flatMap(on => relations.map((relation): SubjectPhrase => ({ ...part, relation, on })))
  }
  switch (s.kind) {
    case 'type':
      return { ...s, where: where(s.where, { ...known, subjects: [s.type] }) }
    case 'group':
      return { ...s, where: condition(s.where, { ...known, subjects: [s.type] }) }
    case 'role': {
      const of = one(s)
      return of.length === 1 ? s : { kind: 'any-of', of }
    }
    case 'any-of':
      return { ...s, of: spread(s.of, one) }
    case 'except':
      return { ...s, of: subject(s.of, known), but: subject(s.but, known) }
    case 'acting':
      return { ...s, actor: subject(s.actor, known), for: subject(s.for, known) }
    default:
      return s
  }
}

function resource(r: ResourcePhrase, known: Known): ResourcePhrase {
  switch (r.kind) {
    case 'type':
      return { ...r, where: where(r.where, { ...known, resources: [r.type] }) }
    case 'any-of':
      return { ...r, of: r.of.map(one => resource(one, known)) }
    case 'except':
      return { ...r, of: resource(r.of, known), but: resource(r.but, known) }
    default:
      return r
  }
}

/** A rule with every role written out as all that count as it. An approver is taken by name alone. */
export function withRoles(rule: Rule, known: Known): Rule {
  if (known.words.vocabulary.includedIn.size === 0) return rule
  return {
    ...rule,
    subject: subject(rule.subject, known),
    resource: resource(rule.resource, known),
    condition: where(rule.condition, known),
  }
}
