import type { Term } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import type { Answer, AttributeQuestion, Fact, Facts, Holder, Question, RelationQuestion } from '../policy/question.ts'
import type { Link, Who } from './clause.ts'

/** One link being answered: what was read so far, and what must still be fetched. */
export interface Asking {
  readonly org: string
  readonly zone: string
  readonly link: Link
  readonly subject: Entity
  /** Null when the request is about a type. */
  readonly resource: Entity | null
  readonly facts: Facts
  /** Answers by slot, so that nothing is asked twice. */
  readonly bySlot: Map<number, Answer>
  readonly read: Fact[]
  /** Unanswered questions by slot; those without a slot count down from -1. */
  readonly needs: Map<number, Question>
}

export function startAsking(
  set: { readonly org: string; readonly zone: string },
  { subject, principal, actors, action, resource, tasked }: Link,
  facts: Facts,
): Asking {
  const who: Entity = { type: subject.type, id: subject.id }
  const what: Entity | null = resource.id === null ? null : { type: resource.type, id: resource.id }
  return {
    org: set.org,
    zone: set.zone,
    link: {
      subject: who,
      principal: principal === null ? null : { type: principal.type, id: principal.id },
      actors: actors.map(({ type, id }) => ({ type, id })),
      action,
      resource: what ?? { type: resource.type, id: null },
      ...(tasked === true && { tasked }),
    },
    subject: who,
    resource: what,
    facts,
    bySlot: new Map(),
    read: [],
    needs: new Map(),
  }
}

/** The answer, or undefined when it must be fetched first; either is noted. */
export function ask(asking: Asking, slot: number, question: () => Question): Answer | undefined {
  const known = asking.bySlot.get(slot)
  if (known !== undefined) return known
  if (asking.needs.has(slot)) return undefined
  const asked = question()
  const answer = asking.facts.answer(asked)
  if (answer === undefined) {
    asking.needs.set(slot, asked)
    return undefined
  }
  asking.bySlot.set(slot, answer)
  asking.read.push({ question: asked, answer })
  return answer
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
function holderOf(term: Term, who: Who, asking: Pick<Asking, 'org' | 'link' | 'subject' | 'resource'>): Holder | null {
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
  asking: Asking,
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
  asking: Asking,
): AttributeQuestion | null {
  const entity = of === 'subject' ? personOf(asking, who) : asking.resource
  return entity === null ? null : { kind: 'attribute', entity, name }
}
