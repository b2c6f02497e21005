import type { Term } from '../policy/ast.ts'
import { article, plural } from '../policy/print-words.ts'
import { fold, type Lexicon, outlineOf, relationNamed, typeNamed } from './lexicon.ts'
import { relationOfPhrase, relationOfPlace } from './model-words.ts'
import { fail, NO_PAST, nameOf, type Place, placeOf, type Scope, type Taken } from './scope.ts'
import type { Joined, Listed, Mod, NounPhrase, Phrase, Predicate, RuleNode, TermNode, Words } from './syntax.ts'

/** Nouns that a sentence takes up again: `editors of a document can edit it`, `folder editors can edit its documents`. */

interface Mention extends Place {
  readonly type: string
  /** `the document` may as well be that of the sentence before. */
  readonly definite: boolean
}

const OWN = new Set(['org', 'resource', 'subject', 'request', 'call'])

function mentionOf(words: Words, definite: boolean, scope: Scope): readonly Mention[] {
  const type = typeNamed(scope.words, nameOf(words, '_'))
  const own = definite && OWN.has(words[0]?.word ?? '')
  return type === null || own ? [] : [{ type, definite, ...placeOf(words) }]
}

/** The type and the role that `folder editors` is made of. */
export function compoundOf(words: Words, lexicon: Lexicon): { readonly type: string; readonly role: Words } | null {
  if (words.length < 2) return null
  const role = words.slice(-1)
  const type = typeNamed(lexicon, nameOf(words.slice(0, -1), '_'))
  return type !== null && relationNamed(lexicon, type, nameOf(role, '_')) !== null ? { type, role } : null
}

/** Every noun with an article, or in the plural, that a part of a sentence speaks of. */
function mentionsIn(node: unknown, scope: Scope): readonly Mention[] {
  if (Array.isArray(node)) return node.flatMap(one => mentionsIn(one, scope))
  if (typeof node !== 'object' || node === null || 'is' in node) return []
  const { kind, words, of, owner } = node as Readonly<Record<string, unknown>>
  if (kind === 'a' || kind === 'the' || kind === 'bare') return mentionOf(words as Words, kind === 'the', scope)
  if (kind === 'ref') return owner === null ? mentionOf(of as Words, true, scope) : []
  const compound = kind === 'noun' ? compoundOf(words as Words, scope.words) : null
  const inner = Object.values(node).flatMap(one => mentionsIn(one, scope))
  return compound === null ? inner : [{ type: compound.type, definite: true, ...placeOf(words as Words) }, ...inner]
}

const PRONOUN = new Set(['it', 'them'])

const phrasesIn = (predicates: readonly Predicate[]): readonly Phrase[] =>
  predicates.flatMap(one => (one.kind === 'verbs' ? (one.resources?.items ?? []) : []))

const isPronoun = (phrase: Phrase): boolean => phrase.kind === 'pronoun' && PRONOUN.has(phrase.token.word)

/** `the document` after `a document`. */
const isAgain = (phrase: Phrase, type: string, words: Lexicon): boolean =>
  phrase.kind === 'noun' &&
  phrase.det?.word === 'the' &&
  phrase.words.length === 1 &&
  typeNamed(words, phrase.words[0]?.word ?? '') === type

/** Whether a detail is about what has been mentioned: `in it`, `in the folder`, `shared with it`. */
function isThere({ node }: Joined<Mod>, type: string, words: Lexicon): boolean {
  if (node.kind !== 'in' && node.kind !== 'participle') return false
  if (node.term.kind === 'pronoun') return node.term.token.word === 'it' || (node.kind === 'in' && isOf(node.term))
  return node.term.kind === 'the' && typeNamed(words, nameOf(node.term.words, '_')) === type
}

const isOf = (term: TermNode): boolean => term.kind === 'pronoun' && PRONOUN.has(term.token.word)

interface Inside {
  readonly phrase: NounPhrase
  /** How it is told, where that is not by being in it. */
  readonly told: Extract<Mod, { kind: 'participle' }> | null
}

/** A noun that is said to be in what has been mentioned, without what says so; null for any other. */
function within(phrase: Phrase, type: string, words: Lexicon): Inside | null {
  if (phrase.kind === 'of-thing') {
    const there = phrase.of.kind === 'the' && typeNamed(words, nameOf(phrase.of.words, '_')) === type
    return there
      ? { phrase: { kind: 'noun', det: null, owner: null, words: phrase.words, mods: [] }, told: null }
      : null
  }
  if (phrase.kind !== 'noun') return null
  if (phrase.owner?.word === 'its') return { phrase: { ...phrase, owner: null }, told: null }
  const at = phrase.mods.findIndex(mod => isThere(mod, type, words))
  const node = phrase.mods[at]?.node
  if (node === undefined) return null
  const mods = phrase.mods.filter((_, i) => i !== at)
  return { phrase: { ...phrase, mods }, told: node.kind === 'participle' ? node : null }
}

/** Ways up from things of a type to what of another they are in, each as the term that says so. */
export function waysUp(words: Lexicon, from: string, to: string, on: Term, most = 3): readonly Term[] {
  const direct = relationOfPlace(words, from, to)
  if (direct.length > 0) return direct.map(({ name }) => ({ kind: 'holder', type: to, relation: name, on }))
  if (most === 1) return []
  const places = new Map<string, string>()
  for (const { name, holders } of outlineOf(words, from)?.relations ?? []) {
    for (const holder of holders)
      if (name === 'parent' || name === 'in' || fold(name) === fold(holder)) places.set(holder, name)
  }
  places.delete(from)
  return [...places].flatMap(([type, relation]) =>
    waysUp(words, type, to, { kind: 'holder', type, relation, on }, most - 1),
  )
}

/** Ways from a thing to what it is in, or is `shared with`. */
function waysTo(from: string, to: string, told: Inside['told'], scope: Scope): readonly Term[] {
  const on: Term = { kind: 'resource' }
  if (told === null) return waysUp(scope.words, from, to, on)
  const found = relationOfPhrase(scope.words, from, told.token.word, told.preposition.word)
  return found === null ? [] : [{ kind: 'holder', type: to, relation: found.name, on }]
}

export interface Heard {
  readonly node: RuleNode
  readonly taken: Taken | null
  /** What `it` is in this sentence. */
  readonly named: string | null
}

/** One for each thing that a sentence is about, where it takes up a noun: `see it and change its tasks`. */
export function apart(node: RuleNode, scope: Scope): readonly RuleNode[] {
  const items = phrasesIn(node.predicates)
  const several = items.length > 1 && mentionsIn([node.front, node.subjects], scope).length > 0
  if (!several) return [node]
  const predicates = node.predicates.flatMap((one): readonly Predicate[] => {
    const list = one.kind === 'verbs' ? one.resources : null
    if (one.kind !== 'verbs' || list === null || !list.items.some(isPronoun)) return [one]
    return list.items.map(item => ({ ...one, resources: { items: [item], conjs: [] } }))
  })
  return predicates.map(one => ({ ...node, predicates: [one] }))
}

/** What a sentence takes up of what it has mentioned; null with a fault where that can be two things. */
export function heard(node: RuleNode, scope: Scope): Heard | null {
  const nothing: Heard = { node, taken: null, named: null }
  const phrases = phrasesIn(node.predicates)
  const front = mentionsIn(node.front, scope)
  const all = [...front, ...mentionsIn(node.subjects, scope)]
  if (all.length === 0) return nothing
  const pronoun = phrases.some(isPronoun)
  const { rules, named } = scope.past ?? NO_PAST
  if (pronoun) {
    const meant = all.filter(one => !one.definite || front.includes(one) || rules.length === 0)
    const before = meant.length === 0 ? [] : named.flatMap(one => (one.kind === 'type' ? [one.type] : []))
    const types = [...new Set([...meant.map(one => one.type), ...before])]
    const [type, second] = types
    if (type === undefined) return nothing
    if (second === undefined) return { node, taken: { type, term: { kind: 'resource' } }, named: type }
    const at = phrases.find(isPronoun)
    const token = at?.kind === 'pronoun' ? at.token : (all[0] as Mention)
    return fail(scope, 'ambiguous', token, `what is meant can be the ${types.join(' or the ')}`, {
      expected: types.map(one => `\`the ${one}\``),
    })
  }
  for (const { type } of all) {
    if (phrases.some(phrase => isAgain(phrase, type, scope.words)))
      return { node, taken: { type, term: { kind: 'resource' } }, named: null }
  }
  for (const { type } of all) {
    const inside = phrases.map(phrase => within(phrase, type, scope.words))
    if (inside.some(one => one !== null)) return placed(node, inside, type, scope)
  }
  return nothing
}

/** `folder editors can edit the folder's documents`: whoever is editor of the folder that the document is in. */
function placed(node: RuleNode, inside: readonly (Inside | null)[], type: string, scope: Scope): Heard | null {
  const types = inside.map(one =>
    one === null ? null : typeNamed(scope.words, one.phrase.words.slice(-1)[0]?.word ?? ''),
  )
  const [first] = types
  const some = inside.find(one => one !== null)
  const at = some?.phrase.words ?? []
  if (first === undefined || first === null || types.some(one => one !== first)) {
    return fail(scope, 'syntax', placeOf(at), `things of several types are in ${article(type)} in ways of their own`, {
      expected: ['a sentence for each type'],
    })
  }
  if (first === type) return { node, taken: null, named: null }
  const ways = waysTo(first, type, some?.told ?? null, scope)
  const [term, second] = ways
  if (term === undefined || second !== undefined) {
    const message =
      term === undefined
        ? `nothing says in which ${type} ${article(first)} is`
        : `${article(first)} can be in ${article(type)} in ${ways.length} ways`
    return fail(scope, term === undefined ? 'unknown_relation' : 'ambiguous', placeOf(at), message, {
      expected: [
        `in the model, under \`type ${first}\`: \`define ${type}: [${type}]\``,
        `${plural(first)} with … as …`,
      ],
    })
  }
  let next = 0
  const predicates = node.predicates.map((one): Predicate => {
    if (one.kind !== 'verbs' || one.resources === null) return one
    const items = one.resources.items.map(phrase => inside[next++]?.phrase ?? phrase)
    return { ...one, resources: { ...one.resources, items } satisfies Listed<Phrase> }
  })
  return { node: { ...node, predicates }, taken: { type, term }, named: null }
}
