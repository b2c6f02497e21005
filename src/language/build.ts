import { FORM_BUILDERS } from './build-forms.ts'
import { clauseOf, detailOf, orderOf } from './circumstances.ts'
import type { Clause, Comparison, Conjunction, Joined, Mod, RefNode, TermNode, Words } from './syntax.ts'
import type { DefinitionNode } from './syntax-definition.ts'
import type { Token } from './token.ts'

/** What the symbols of an alternative matched: tokens, nodes, or null for what was left out. */
export type Children = readonly unknown[]
export type Builder = (d: Children) => unknown

const token = (value: unknown): Token => value as Token
const maybe = (value: unknown): Token | null => (value ?? null) as Token | null
const words = (value: unknown): Words => value as Words

interface Many {
  readonly items: readonly unknown[]
  readonly conjs: readonly Conjunction[]
}

const more = (list: unknown, conj: unknown, item: unknown): Many => {
  const { items, conjs } = list as Many
  return { items: [...items, item], conjs: [...conjs, conj as Conjunction] }
}

const joined = <T>(conj: unknown, intro: unknown, mark: unknown, node: unknown): Joined<T> => ({
  conj: (conj ?? null) as Conjunction,
  intro: maybe(intro),
  mark: maybe(mark),
  node: node as T,
})

const not = (of: unknown): Mod | Clause => ({ kind: 'not', of }) as Mod | Clause
const term = (value: unknown): TermNode => value as TermNode
const compared = (op: Comparison['op'], right: unknown, negated: boolean): Comparison => ({
  not: negated,
  op,
  right: right as Token | RefNode,
})
const attribute = (name: unknown, comparison: unknown): Mod => ({
  kind: 'attribute',
  name: words(name),
  comparison: comparison as Comparison,
})
const member = (relation: unknown, at: unknown): Mod => ({ kind: 'member', relation: words(relation), term: term(at) })
const role = (actor: unknown, relation: unknown, at: unknown): Clause => ({
  kind: 'role',
  actor: term(actor),
  relation: words(relation),
  term: term(at),
})
const done = (d: Children, at: number): Clause => ({
  kind: 'done',
  actor: term(d[0]),
  token: token(d[at]),
  preposition: token(d[at + 1]),
  term: term(d[at + 2]),
})
const actorIn = (d: Children, at: number): Clause => ({
  kind: 'actor-in',
  actor: term(d[0]),
  token: token(d[at]),
  term: term(d[at + 1]),
})
const holds = (actor: unknown, relation: unknown): Clause => ({
  kind: 'holds',
  actor: term(actor),
  words: words(relation),
})
const whose = (owner: unknown): TermNode => {
  const own = token(owner)
  return { kind: 'pronoun', token: { ...own, word: own.word === 'its' ? 'it' : 'they' } }
}
const does = (verb: unknown, object: unknown): Clause => ({ kind: 'does', words: words(verb), term: term(object) })
const alone = (at: unknown): Clause => {
  const held = token(at)
  if (/threshold$/i.test(held.text)) return { kind: 'budgeted', by: 'approval', token: held }
  return /budgets?$/i.test(held.text)
    ? { kind: 'budgeted', by: 'budget', token: held }
    : { kind: 'covered', token: held }
}
const said = (actor: unknown, detail: unknown): Clause => ({
  kind: 'said',
  actor: term(actor),
  token: token(detail),
  detail: detailOf(token(detail)),
})
const attributeType = (type: 'money' | 'unit' | 'choice' | 'kind', name: unknown, of: unknown): unknown => ({
  name,
  type,
  token: of,
})

/** Builders by the names grammar/policy.ne calls them. */
export const BUILDERS: Readonly<Record<string, Builder>> = {
  id: d => d[0],
  nuller: () => null,
  skip: d => d[0],
  second: d => d[1],
  third: d => d[2],
  none: () => [],
  one: d => [d[0]],
  first: d => ({ items: [d[0]], conjs: [] }),
  comma: () => ',',
  and: () => 'and',
  or: () => 'or',
  more: d => more(d[0], d[1], d[2]),
  run_on: d => [...words(d[0]), token(d[1])],

  ...FORM_BUILDERS,

  someone: d => ({ kind: 'someone', token: d[0], mods: d[1] }),
  anything: d => ({ kind: 'anything', token: d[0] }),
  phrase: d => ({ kind: 'noun', det: maybe(d[0]), owner: null, words: d[1], mods: d[2] }),
  own_phrase: d => ({ kind: 'noun', det: null, owner: d[0], words: d[1], mods: d[2] }),
  named: d => ({ kind: 'named', token: d[0] }),

  joined: d => [...(d[0] as unknown[]), joined<Mod>(d[1], null, d[2], d[3])],
  negated: d => not(d[1]),
  negated_fourth: d => not(d[3]),
  member_mod: d => member(d[3], d[4]),
  not_member_mod: d => not(member(d[4], d[5])),
  participle: d => ({ kind: 'participle', token: d[0], preposition: d[1], term: d[2] }),
  place_in: d => ({ kind: 'in', token: d[0], term: d[1] }),
  place_of: d => ({ kind: 'of', token: d[0], term: d[1] }),
  amount_is: d => ({ kind: 'amount', op: 'eq', value: d[1] }),
  detail: d => ({ kind: 'detail', token: d[0], detail: detailOf(token(d[0])) }),
  whose: d => attribute(d[1], d[2]),
  with_as: d => ({ kind: 'as', term: d[1], relation: d[3] }),
  can_do: d => ({ kind: 'can', verb: d[2], term: d[3] }),
  cannot_do: d => not({ kind: 'can', verb: d[2], term: d[3] } as Mod),
  they_can: d => ({ kind: 'can', verb: d[2], term: null }),
  they_verb: d => ({ kind: 'verb', words: d[1] }),
  they_are: d => ({ kind: 'held', relation: d[3] }),
  whose_is: d => ({ kind: 'as', term: d[3], relation: d[1] }),
  such_that: d => ({ kind: 'such', clauses: d[3] }),

  several: d => ({ kind: 'several', token: d[0] }),
  pronoun: d => ({ kind: 'pronoun', token: d[0] }),
  own_term: d => ({ kind: 'own', owner: d[0], words: d[1] }),
  the_term: d => ({ kind: 'the', words: d[1] }),
  a_term: d => ({ kind: 'a', words: d[1] }),
  bare_term: d => ({ kind: 'bare', words: d[0] }),
  named_term: d => ({ kind: 'named', token: d[0] }),
  of_term: d => d[0],
  any_term: d => ({ kind: 'any', type: d[1], term: d[3], relation: d[5] }),
  of_thing: d => ({ kind: 'of-thing', of: d[0], words: d[1] }),
  owned_on: d => ({ kind: 'of-thing', of: d[0], words: d[1] }),
  any_holder: d => ({ kind: 'any-holder', type: d[1], relation: d[5], term: d[7] }),
  nested_done: d => ({ kind: 'nested', type: d[1], token: d[2], preposition: d[3], term: d[4] }),
  nested_in: d => ({ kind: 'nested', type: d[1], token: d[2], preposition: null, term: d[3] }),
  own_ref: d => ({ kind: 'ref', owner: d[0], of: [], name: d[1] }),
  the_ref: d => ({ kind: 'ref', owner: null, of: d[1], name: d[3] }),

  first_clause: d => [joined<Clause>(null, d[0], d[1], d[2])],
  next_clause: d => [...(d[0] as unknown[]), joined<Clause>(d[1], d[2], d[3], d[4])],
  group: d => ({ kind: 'group', clauses: d[1] }),
  not_group: d => not({ kind: 'group', clauses: d[2] }),
  compared: d => ({ kind: 'compared', ref: d[0], comparison: d[1] }),
  role_of: d => role(d[0], d[3], d[4]),
  not_role_of: d => not(role(d[0], d[4], d[5])),
  done_to: d => done(d, 2),
  not_done_to: d => not(done(d, 3)),
  is_this: d => ({ kind: 'is', actor: d[0], token: d[2] }),
  is_not_this: d => not({ kind: 'is', actor: d[0], token: d[3] } as Clause),
  actor_in: d => actorIn(d, 2),
  not_actor_in: d => not(actorIn(d, 3)),
  is_role: d => holds(d[0], d[3]),
  is_not_role: d => not(holds(d[0], d[4])),
  is_role_of: d => role(d[0], d[3], whose(d[2])),
  is_not_role_of: d => not(role(d[0], d[4], whose(d[3]))),
  does: d => does(d[1], d[2]),
  does_not: d => not(does(d[3], d[4])),
  them_it: d => ({ kind: 'pronoun', token: { ...token(d[0]), word: 'it' } }),
  is_so: d => ({ kind: 'so', actor: d[0], token: d[2] }),
  is_not_so: d => not({ kind: 'so', actor: d[0], token: d[3] } as Clause),
  zone_of_all: d => ({ kind: 'zone', token: d[0] }),
  said: d => said(d[0], d[2]),
  not_said: d => not(said(d[0], d[3])),
  has_said: d => said(d[0], d[1]),

  is: d => compared('is', d[1], false),
  is_not: d => compared('is', d[2], true),
  one_of: d => compared('one-of', d[3], false),
  not_one_of: d => compared('one-of', d[4], true),
  compared_so: d => compared('compared', d[1], false),
  not_compared_so: d => compared('compared', d[2], true),
  is_compared: d => compared(orderOf(token(d[1])), d[2], false),
  is_not_compared: d => compared(orderOf(token(d[2])), d[3], true),
  contains: d => compared('contains', d[1], false),
  contains_not: d => compared('contains', d[3], true),
  circumstance: d => clauseOf(token(d[0])),
  covered: d => alone(d[0]),
  uncovered: d => not(alone(d[0])),
  delegated: () => ({ kind: 'delegated' }),
  undelegated: () => not({ kind: 'delegated' }),

  noun_is: d => ({ kind: 'noun-is', det: maybe(d[0]), words: d[1], be: d[2], phrase: d[3] }) as DefinitionNode,
  name_is: d => ({ kind: 'name-is', words: d[1], token: d[3] }),
  network_is: d => ({ kind: 'network-is', words: d[1], token: d[3] }),
  hours_are: d => ({ kind: 'hours-are', words: d[1], from: d[4], to: d[6], days: maybe(d[7]), zone: maybe(d[8]) }),
  days_are: d => ({ kind: 'hours-are', words: d[1], from: d[6], to: d[8], days: maybe(d[3]), zone: maybe(d[9]) }),
  region_is: d => ({ kind: 'region-is', words: d[1], token: d[3] }),
  calendar_is: d => ({ kind: 'calendar-is', words: d[1], token: d[3] }),
  attributes_are: d => ({
    kind: 'attributes-are',
    det: maybe(d[0]),
    words: d[1],
    has: d[2],
    attributes: (d[3] as Many).items,
  }),
  two: d => ({ items: [d[0], d[2]], conjs: [d[1]] }),
  people_are: d => ({ kind: 'people-are', det: maybe(d[0]), words: d[1], be: d[2], people: (d[3] as Many).items }),
  verb_means: d => ({ kind: 'verb-means', verb: d[1], type: d[3], means: (d[6] as Many).items }),
  verb_means_any: d => ({ kind: 'verb-means', verb: d[1], type: null, means: (d[4] as Many).items }),
  role_is: d => ({ kind: 'role-is', relation: d[1], type: null, also: d[5] }),
  role_of_is: d => ({ kind: 'role-is', relation: d[1], type: d[4], also: d[9] }),
  money_type: d => attributeType('money', d[1], d[3]),
  unit_type: d => attributeType('unit', d[1], d[3]),
  choice_type: d => attributeType('choice', d[1], d[3]),
  kind_type: d => attributeType('kind', d[1], d[4]),
}
