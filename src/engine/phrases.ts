import type { ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import { printResource, printSubject } from '../policy/print.ts'
import type { Conjunct } from './clause.ts'
import type { Frame } from './frame.ts'
import { allOf, anyOf, byCost, conditionConjuncts, related } from './translate.ts'

/** The clauses of a subject phrase, of which all must hold. */
export function subjectConjuncts(phrase: SubjectPhrase, frame: Frame): readonly Conjunct[] {
  const says = printSubject(phrase, frame.noun)
  switch (phrase.kind) {
    case 'anyone':
      return []
    case 'named':
      return [{ clause: { kind: 'subject-is', entity: phrase.entity, who: frame.who }, says }]
    case 'role':
      return [{ clause: related(phrase.on, phrase.relation, { kind: 'subject' }, frame), says }]
    case 'type':
    case 'group': {
      const type: Conjunct = {
        clause: { kind: 'subject-type', type: phrase.type, who: frame.who },
        says: phrase.kind === 'group' ? says : printSubject({ ...phrase, where: null }, frame.noun),
      }
      return phrase.where === null ? [type] : [type, ...conditionConjuncts(phrase.where, frame)]
    }
    case 'any-of':
      return [{ clause: anyOf(phrase.of.map(p => allOf(subjectConjuncts(p, frame)))), says }]
    case 'except': {
      const but = subjectConjuncts(phrase.but, frame)
      return [...subjectConjuncts(phrase.of, frame), without(but, printSubject(phrase.but, frame.noun))]
    }
    case 'acting':
      return [acting(phrase, frame), ...subjectConjuncts(phrase.actor, frame)]
  }
}

/** The clauses of a resource phrase, of which all must hold. */
export function resourceConjuncts(phrase: ResourcePhrase, frame: Frame): readonly Conjunct[] {
  const says = printResource(phrase, frame.noun)
  switch (phrase.kind) {
    case 'anything':
      return []
    case 'named':
      return [{ clause: { kind: 'resource-is', entity: phrase.entity }, says }]
    case 'type': {
      const type: Conjunct = {
        clause: { kind: 'resource-type', type: phrase.type },
        says: printResource({ ...phrase, where: null }, frame.noun),
      }
      return phrase.where === null ? [type] : [type, ...conditionConjuncts(phrase.where, frame)]
    }
    case 'any-of':
      return [{ clause: anyOf(phrase.of.map(p => allOf(resourceConjuncts(p, frame)))), says }]
    case 'except': {
      const but = resourceConjuncts(phrase.but, frame)
      return [...resourceConjuncts(phrase.of, frame), without(but, printResource(phrase.but, frame.noun))]
    }
  }
}

const without = (but: readonly Conjunct[], name: string): Conjunct => ({
  clause: { kind: 'not', of: allOf(but) },
  says: `except ${name}`,
})

/** Whoever is acted for acts for no one in turn, so that one who acts for an actor is never met. */
function acting(phrase: Extract<SubjectPhrase, { kind: 'acting' }>, frame: Frame): Conjunct {
  const says = `acting for ${printSubject(phrase.for, frame.noun)}`
  if (frame.who === 'principal') return { clause: { kind: 'not', of: { kind: 'always' } }, says }
  const principal = subjectConjuncts(phrase.for, { ...frame, who: 'principal' })
  return { clause: { kind: 'all', of: [{ kind: 'acting' }, ...byCost(principal.map(c => c.clause))] }, says }
}
