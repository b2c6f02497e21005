import type { Term } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import type {
  Answer,
  AttributeQuestion,
  Facts,
  GrantQuestion,
  Holder,
  Question,
  RelationQuestion,
} from '../policy/question.ts'
import type { Link, Who } from './clause.ts'

/** A question without the names in it: which one it is follows from the link. */
export type Asked =
  | {
      readonly kind: 'related'
      readonly object: Term
      readonly relation: string
      readonly user: Term
      readonly who: Who
    }
  | { readonly kind: 'attribute'; readonly of: 'subject' | 'resource'; readonly who: Who; readonly name: string }
  | { readonly kind: 'grant'; readonly rule: string | null }

/** What a link is asked about. */
export interface Place {
  readonly org: string
  readonly link: Link
  readonly subject: Entity
  /** Null when the request is about a type. */
  readonly resource: Entity | null
}

/** One link being answered: what was read so far, and what must still be fetched. */
export interface Asking extends Place {
  readonly zone: string
  readonly facts: Facts
  /** Places of answers by slot, so that nothing is asked twice. */
  readonly bySlot: Map<number, number>
  readonly asked: Asked[]
  readonly answers: Answer[]
  /** Unanswered questions by slot; those without a slot count down from -1. */
  needs: Map<number, Question> | null
  readonly course: Course
}

/**
 * The course that specializing took: every outcome it depended on, as a number, in order.
 * INVARIANT: two links of one policy set with the same course have the same residual but for their names and answers. What
 * would make it hold something else of either marks it as the link's `own`.
 */
export interface Course {
  readonly steps: number[]
  own: boolean
}

/** In a course: the rules that were looked at end here. No rule has this number. */
export const NO_MORE = -1

/** A place that holds no answer yet. */
export const PENDING = -1

const entityOf = ({ type, id }: Entity): Entity => ({ type, id })

/** A link of its own: nothing else of a request is kept with it. */
export function placeOf(org: string, { subject, principal, actors, action, resource, tasked }: Link): Place {
  const who = entityOf(subject)
  const what = resource.id === null ? null : { type: resource.type, id: resource.id }
  const link = {
    subject: who,
    principal: principal === null ? null : entityOf(principal),
    actors: actors.length === 0 ? NOBODY : actors.map(entityOf),
    action,
    resource: what ?? { type: resource.type, id: null },
    ...(tasked === true && { tasked }),
  }
  return { org, link, subject: who, resource: what }
}

const NOBODY: readonly Entity[] = Object.freeze([])

export function startAsking(set: { readonly org: string; readonly zone: string }, link: Link, facts: Facts): Asking {
  const place = placeOf(set.org, link)
  return {
    org: place.org,
    link: place.link,
    subject: place.subject,
    resource: place.resource,
    zone: set.zone,
    facts,
    bySlot: new Map(),
    asked: [],
    answers: [],
    needs: null,
    course: { steps: [place.resource === null ? 1 : 0, link.principal === null ? 1 : 0], own: false },
  }
}

/** Where the answer stands, or `PENDING` when it must be fetched first; either is noted. */
export function ask(asking: Asking, slot: number, asked: Asked, question: Question): number {
  const known = asking.bySlot.get(slot)
  if (known !== undefined) return known
  if (asking.needs?.has(slot)) return PENDING
  const answer = asking.facts.answer(question)
  if (answer === undefined) {
    asking.needs ??= new Map()
    asking.needs.set(slot, question)
    return PENDING
  }
  const place = asking.answers.push(answer) - 1
  asking.asked.push(asked)
  asking.bySlot.set(slot, place)
  asking.course.steps.push(stepOf(answer))
  return place
}

export const answerAt = (asking: Pick<Asking, 'answers'>, place: number): Answer => asking.answers[place] as Answer

/** Whether an answer is all said by its kind and truth: then it is part of the course, and else it is kept by itself. */
export const isPlain = (answer: Answer): boolean =>
  answer.kind === 'absent' ||
  (answer.kind === 'truth' && answer.truth !== 'unknown' && answer.why === undefined && answer.when === undefined)

function stepOf(answer: Answer): number {
  switch (answer.kind) {
    case 'absent':
      return 10
    case 'value':
      return 11
    case 'unavailable':
      return 12
    case 'grants':
      return 13
    case 'truth': {
      const said = answer.truth === 'yes' ? 20 : answer.truth === 'no' ? 21 : 22
      return said + (isPlain(answer) ? 0 : 10) + (answer.when === undefined ? 0 : 20)
    }
  }
}

/** The question that was asked of a link; null if it cannot be put. */
export function questionOf(asked: Asked, place: Place): Question | null {
  switch (asked.kind) {
    case 'related':
      return relationQuestion(asked, place)
    case 'attribute':
      return attributeQuestion(asked.of, asked.who, asked.name, place)
    case 'grant':
      return grantQuestion(place, asked.rule)
  }
}

export const grantQuestion = ({ link, subject, resource }: Place, rule: string | null): GrantQuestion | null =>
  resource === null
    ? null
    : {
        kind: 'grant',
        subject,
        principal: link.principal,
        actors: link.actors,
        action: link.action,
        resource,
        rule,
      }

/** Whom a clause calls its subject; nobody acts for one who acts for themselves. */
export const personOf = ({ link }: Pick<Asking, 'link'>, who: Who): Entity | null =>
  who === 'subject' ? link.subject : link.principal

/** The holder an approval rule names for a link; null where nobody or no particular resource is there. */
export const approverHolder = (org: string, link: Link, on: Term): Holder | null => {
  const { subject, resource } = link
  const what = resource.id === null ? null : { type: resource.type, id: resource.id }
  return holderOf(on, 'subject', { org, link, subject, resource: what })
}

/** What a term stands for; null where nobody or no particular resource is there. */
function holderOf(term: Term, who: Who, asking: Place): Holder | null {
  switch (term.kind) {
    case 'some': {
      const of = holderOf(term.of, who, asking)
      return of === null ? null : { kind: 'some', type: term.type, relation: term.relation, of }
    }
    case 'holder': {
      const on = holderOf(term.on, who, asking)
      return on === null ? null : { kind: 'holder', type: term.type, relation: term.relation, on }
    }
    case 'org':
      return { kind: 'entity', entity: { type: 'org', id: asking.org } }
    case 'entity':
      return term
    default: {
      const entity = term.kind === 'resource' ? asking.resource : personOf(asking, who)
      return entity === null ? null : { kind: 'entity', entity }
    }
  }
}

/** The question a relation clause puts for this link; null if it cannot be put. */
export function relationQuestion(
  clause: { readonly object: Term; readonly relation: string; readonly user: Term; readonly who: Who },
  asking: Place,
): RelationQuestion | null {
  const on = holderOf(clause.object, clause.who, asking)
  const user = holderOf(clause.user, clause.who, asking)
  if (on === null || user === null) return null
  return { kind: 'relation', object: on.kind === 'entity' ? on.entity : on, relation: clause.relation, user }
}

/** The question behind an attribute of a person or the resource; null where there is no one to ask about. */
export function attributeQuestion(
  of: 'subject' | 'resource',
  who: Who,
  name: string,
  asking: Place,
): AttributeQuestion | null {
  const entity = of === 'subject' ? personOf(asking, who) : asking.resource
  return entity === null ? null : { kind: 'attribute', entity, name }
}
