import type { RelationOutline } from '../policy/vocabulary.ts'
import { type Lexicon, outlineOf, relationNamed } from './lexicon.ts'

/** Phrases with relation names of their own, likeliest first. */
const PHRASES: ReadonlyMap<string, readonly string[]> = new Map([
  ['shared with', ['shared_with', 'shared']],
  ['owned by', ['owner', 'owned_by', 'owned']],
  ['assigned to', ['assignee', 'assigned_to', 'assigned']],
  ['managed by', ['manager', 'managed_by', 'managed']],
  ['created by', ['creator', 'created_by', 'author', 'created']],
  ['written by', ['author', 'writer', 'written_by']],
  ['led by', ['lead', 'leader', 'led_by']],
  ['administered by', ['admin', 'administrator', 'administered_by']],
  ['visible to', ['viewer', 'visible_to', 'can_view']],
  ['viewable by', ['viewer', 'viewable_by', 'can_view']],
  ['readable by', ['reader', 'readable_by', 'can_read']],
  ['editable by', ['editor', 'editable_by', 'can_edit']],
])

/** Nouns for who does what a verb says: `edit` → `editor`, `owns` → `owner`, `created` → `creator`. */
function doers(verb: string): readonly string[] {
  const stems = new Set([verb])
  if (verb.endsWith('s')) stems.add(verb.slice(0, -1))
  if (verb.endsWith('ed')) stems.add(verb.slice(0, -2)).add(verb.slice(0, -1))
  const found: string[] = []
  for (const stem of stems) {
    if (stem.endsWith('e')) found.push(`${stem}r`, `${stem.slice(0, -1)}or`)
    else found.push(`${stem}er`, `${stem}or`)
  }
  return found
}

function firstOf(words: Lexicon, type: string, names: readonly string[]): RelationOutline | null {
  const relations = outlineOf(words, type)?.relations ?? []
  for (const name of names) {
    const relation = relations.find(r => r.name === name)
    if (relation !== undefined) return relation
  }
  return null
}

/** Relation names a phrase such as `shared with` may stand for, in the order they are looked for. */
export function namesOfPhrase(participle: string, preposition: string): readonly string[] {
  const known = PHRASES.get(`${participle} ${preposition}`)
  if (known !== undefined) return known
  const doer = preposition === 'by' ? doers(participle) : []
  return [...doer, `${participle}_${preposition}`, participle]
}

/** The relation of `type` that `shared with` and its like mean. */
export const relationOfPhrase = (
  words: Lexicon,
  type: string,
  participle: string,
  preposition: string,
): RelationOutline | null => firstOf(words, type, namesOfPhrase(participle, preposition))

/** The relation that `they own` means. */
export const relationOfVerb = (words: Lexicon, type: string, verb: string): RelationOutline | null =>
  firstOf(words, type, [...doers(verb), verb]) ?? relationNamed(words, type, verb)

/** The relation that `they can read` means: the permission itself, else who does so by role. */
export const relationOfAbility = (words: Lexicon, type: string, verb: string): RelationOutline | null =>
  firstOf(words, type, [`can_${verb}`, verb, ...doers(verb), `${verb}able`])

/** Whether tuples or rewrites let one of `types` hold the relation; any type when none is known. */
export function accepts(relation: RelationOutline, types: readonly string[]): boolean {
  if (types.length === 0) return true
  return types.some(type => relation.holders.includes(type) || relation.assignable.some(a => a.type === type))
}

/** The relation of `type` that being in a place of type `place` means: its namesake, `parent`, `in`, or the only one. */
export function relationOfPlace(words: Lexicon, type: string, place: string): readonly RelationOutline[] {
  const fitting = (outlineOf(words, type)?.relations ?? []).filter(
    ({ holders, assignable }) =>
      holders.includes(place) || assignable.some(a => a.type === place && a.relation === null),
  )
  for (const name of [place, 'parent', 'in']) {
    const found = fitting.find(relation => relation.name === name)
    if (found !== undefined) return [found]
  }
  return fitting
}

/** The relation by which a group of `type` is theirs: `member`, or the only one that takes them. */
export function relationOfBelonging(
  words: Lexicon,
  type: string,
  holders: readonly string[],
): readonly RelationOutline[] {
  const relations = outlineOf(words, type)?.relations ?? []
  const member = relations.find(relation => relation.name === 'member')
  if (member !== undefined && accepts(member, holders)) return [member]
  return relations.filter(relation => accepts(relation, holders))
}
