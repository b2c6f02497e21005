import type { Term } from '../policy/ast.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Answer, Truth } from '../policy/question.ts'
import type { Call, Known, Leaf, Link, Who } from './clause.ts'

/** What the words are about. Without a call, clauses that need one have nothing to say. */
export interface Scene {
  readonly org: string
  readonly link: Link
  readonly call: Call
}

/** A link with what was answered about it, and nothing that a call brings. */
export const bareCall = ({ link, answers }: { readonly link: Link; readonly answers: readonly Answer[] }): Call => ({
  context: {},
  at: Number.NaN,
  link,
  answers,
})

/** Stands for the reason that no particular resource was named: which type it would be of follows from the link. */
export const NO_RESOURCE = 'no resource'

/** What could not be had, in words: those of the clause, or of the answer itself. */
export function whyOf({ why, place }: Known, { link, call }: Scene): string | null {
  if (why === NO_RESOURCE) return `no particular ${link.resource.type} was named`
  const answer = why !== null || place === null ? undefined : call.answers?.[place]
  return why ?? (answer?.kind === 'truth' || answer?.kind === 'unavailable' ? (answer.why ?? null) : null)
}

/** By sound: `a user`, `an org`. */
export const article = (word: string): string => `${/^(?!us|uni|uti|eu|one)[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`

export const unknown = (what: string, why: string | null): string =>
  `whether ${what} is not known${why === null ? '' : `: ${why}`}`

/** People go by their id, everything else by type and id. */
export const nameOf = (entity: Entity): string => (entity.type === 'user' ? entity.id : printEntity(entity))

export function personName({ link }: Pick<Scene, 'link'>, who: Who): string {
  const person = who === 'subject' ? link.subject : link.principal
  return person === null ? 'nobody' : nameOf(person)
}

export const resourceName = ({ link: { resource } }: Pick<Scene, 'link'>): string =>
  resource.id === null ? `the ${resource.type}` : `${resource.type}:${resource.id}`

type Place = Pick<Scene, 'org' | 'link'>
type SetTerm = Extract<Term, { kind: 'some' | 'holder' }>

/** A term in words, with the link's own names: `alice's manager`, `some team that alice is a member of`. */
export function termName(term: Term, scene: Place, who: Who = 'subject'): string {
  switch (term.kind) {
    case 'subject':
      return personName(scene, who)
    case 'resource':
      return resourceName(scene)
    case 'org':
      return `org:${scene.org}`
    case 'entity':
      return nameOf(term.entity)
    case 'some':
      return `some ${memberName(term, scene, who)}`
    case 'holder':
      return isNoun(term.relation) && !/^some /.test(termName(term.on, scene, who))
        ? `${termName(term.on, scene, who)}'s ${spaced(term.relation)}`
        : `some ${memberName(term, scene, who)}`
  }
}

/** A set by what makes its members, to follow `some`, `no` or `any`. */
function memberName(term: SetTerm, scene: Place, who: Who): string {
  if (term.kind === 'some') {
    const of = termName(term.of, scene, who)
    if (of.startsWith('some ') && isNoun(term.relation)) return `${term.type} whose ${spaced(term.relation)} is ${of}`
    return `${term.type} that ${of} ${holds(term.relation, true)}`
  }
  const on = termName(term.on, scene, who)
  return isNoun(term.relation)
    ? `${spaced(term.relation)} of ${on}`
    : `${term.type} that ${holds(term.relation, true)} ${on}`
}

const isSet = (term: Term): term is SetTerm => term.kind === 'some' || term.kind === 'holder'

const spaced = (relation: string): string => relation.replaceAll('_', ' ')

const isNoun = (relation: string): boolean =>
  /^[a-z]+(?:_[a-z]+)*$/.test(relation) && !/^(?:can|may|is|has)_|(?:ed|_by|_with|_to|_in)$/.test(relation)

/** `is a member of`, or ``holds `can_view` on`` for a relation that is not a noun. */
function holds(relation: string, positive: boolean): string {
  if (isNoun(relation)) return `is ${positive ? '' : 'not '}${article(spaced(relation))} of`
  return positive ? `holds \`${relation}\` on` : `does not hold \`${relation}\` on`
}

/** A set of whom none will do is told as `no` or `any`, since it may be empty. */
export function tellRelation(
  { object, relation, user, who }: Extract<Leaf, { kind: 'related' }>,
  truth: Truth,
  why: string | null,
  scene: Scene,
): string {
  const subject = termName(user, scene, who)
  const on = termName(object, scene, who)
  if (truth === 'unknown') return unknown(`${subject} ${holds(relation, true)} ${on}`, why)
  if (truth === 'yes') return `${subject} ${holds(relation, true)} ${on}`
  const any = isSet(object) ? `any ${memberName(object, scene, who)}` : on
  if (isSet(user)) return `no ${memberName(user, scene, who)} ${holds(relation, true)} ${any}`
  return `${subject} ${holds(relation, false)} ${any}`
}
