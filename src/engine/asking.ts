import type { Term } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import type { Answer, AttributeQuestion, Fact, Facts, Holder, Question, RelationQuestion } from '../policy/question.ts'
import type { Link } from './clause.ts'

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
  { subject, actors, action, resource }: Link,
  facts: Facts,
): Asking {
  const who: Entity = { type: subject.type, id: subject.id }
  const what: Entity | null = resource.id === null ? null : { type: resource.type, id: resource.id }
  return {
    org: set.org,
    zone: set.zone,
    link: {
      subject: who,
      actors: actors.map(({ type, id }) => ({ type, id })),
      action,
      resource: what ?? { type: resource.type, id: null },
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

/** The entity a term stands for; null for one that is not a single known entity. */
export function entityOf(
  term: Term,
  { org, subject, resource }: Pick<Asking, 'org' | 'subject' | 'resource'>,
): Entity | null {
  switch (term.kind) {
    case 'subject':
      return subject
    case 'resource':
      return resource
    case 'org':
      return { type: 'org', id: org }
    case 'entity':
      return term.entity
    case 'some':
      return null
  }
}

function holderOf(term: Term, asking: Asking): Holder | null {
  if (term.kind === 'some') {
    const of = holderOf(term.of, asking)
    return of === null ? null : { kind: 'some', type: term.type, relation: term.relation, of }
  }
  const entity = entityOf(term, asking)
  return entity === null ? null : { kind: 'entity', entity }
}

/** The question a relation clause puts for this link; null if it cannot be put. */
export function relationQuestion(
  clause: { readonly object: Term; readonly relation: string; readonly user: Term },
  asking: Asking,
): RelationQuestion | null {
  const object = entityOf(clause.object, asking)
  const user = holderOf(clause.user, asking)
  return object === null || user === null ? null : { kind: 'relation', object, relation: clause.relation, user }
}

/** The question behind an attribute of the subject or the resource; null without a particular resource. */
export function attributeQuestion(of: 'subject' | 'resource', name: string, asking: Asking): AttributeQuestion | null {
  const entity = of === 'subject' ? asking.subject : asking.resource
  return entity === null ? null : { kind: 'attribute', entity, name }
}
