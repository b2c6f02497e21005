import type { Condition, ResourcePhrase, Rule, SubjectPhrase } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'

/** Every subject and resource that a rule is about by name, exceptions included. */
export const namedIn = (rule: Rule): readonly Entity[] => [
  ...inSubject(rule.subject),
  ...inResource(rule.resource),
  ...inCondition(rule.condition),
]

function inSubject(phrase: SubjectPhrase): readonly Entity[] {
  switch (phrase.kind) {
    case 'anyone':
    case 'role':
      return []
    case 'named':
      return [phrase.entity]
    case 'type':
    case 'group':
      return inCondition(phrase.where)
    case 'any-of':
      return phrase.of.flatMap(inSubject)
    case 'except':
      return [...inSubject(phrase.of), ...inSubject(phrase.but)]
    case 'acting':
      return [...inSubject(phrase.actor), ...inSubject(phrase.for)]
  }
}

function inResource(phrase: ResourcePhrase): readonly Entity[] {
  switch (phrase.kind) {
    case 'anything':
      return []
    case 'named':
      return [phrase.entity]
    case 'type':
      return inCondition(phrase.where)
    case 'any-of':
      return phrase.of.flatMap(inResource)
    case 'except':
      return [...inResource(phrase.of), ...inResource(phrase.but)]
  }
}

function inCondition(condition: Condition | null): readonly Entity[] {
  if (condition === null) return []
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.flatMap(inCondition)
  if (condition.kind === 'not') return inCondition(condition.of)
  return condition.kind === 'is' ? [condition.entity] : []
}
