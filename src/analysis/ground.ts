import type { Condition, ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import { capabilityNames } from '../policy/capability.ts'
import type { Entity } from '../policy/entity.ts'
import { type Atom, constant, type Formula, isTrue, join, NO, negated, UNKNOWN, type Value, YES } from './formula.ts'
import { leafAtom } from './leaf.ts'
import { attributeKey, type Grounding } from './link.ts'
import type { Part } from './part.ts'
import { relationFormula } from './relation.ts'

/** Pieces of a rule that must all hold. */
export interface Pieces {
  readonly who: readonly SubjectPhrase[]
  readonly what: readonly ResourcePhrase[]
  readonly rest: readonly Condition[]
}

export const piecesOf = ({ source: { rule } }: Part): Pieces => ({
  who: [rule.subject],
  what: [rule.resource],
  rest: rule.condition === null ? [] : rule.condition.kind === 'all' ? rule.condition.of : [rule.condition],
})

export const hasAction = (part: Part, action: string): boolean => part.source.rule.actions?.includes(action) ?? true

/** When a part of a rule applies to a link. */
export function applies(part: Part, g: Grounding): Formula {
  if (!hasAction(part, g.link.action)) return constant(NO)
  const { who, what, rest } = piecesOf(part)
  const scope = holds({ who: [], what, rest: [] }, g)
  if (scope.kind === 'const' && scope.mask === NO) return scope
  const lift = holds({ who, what: [], rest }, g)
  return join('all', [scope, part.bars ? negated(lift) : lift])
}

export function holds({ who, what, rest }: Pieces, g: Grounding): Formula {
  return join('all', [
    ...what.map(p => onResource(p, g)),
    ...who.map(p => bySubject(p, g)),
    ...rest.map(c => condition(c, g)),
  ])
}

export function bySubject(phrase: SubjectPhrase, g: Grounding): Formula {
  switch (phrase.kind) {
    case 'anyone':
      return constant(YES)
    case 'type':
    case 'group':
      if (g.me.type !== phrase.type) return constant(NO)
      return phrase.where === null ? constant(YES) : condition(phrase.where, g)
    case 'named':
      return isTrue(same(g.me, phrase.entity))
    case 'role':
      return relationFormula(phrase.on, phrase.relation, { kind: 'subject' }, g)
    case 'any-of':
      return join(
        'any',
        phrase.of.map(p => bySubject(p, g)),
      )
    case 'except':
      return join('all', [bySubject(phrase.of, g), negated(bySubject(phrase.but, g))])
    case 'acting': {
      const { principal } = g.link
      if (principal === null) return constant(NO)
      return join('all', [bySubject(phrase.actor, g), bySubject(phrase.for, { ...g, me: principal })])
    }
  }
}

export function onResource(phrase: ResourcePhrase, g: Grounding): Formula {
  switch (phrase.kind) {
    case 'anything':
      return constant(YES)
    case 'type':
      if (g.link.resource.type !== phrase.type) return constant(NO)
      return phrase.where === null ? constant(YES) : condition(phrase.where, g)
    case 'named':
      return isTrue(same(g.link.resource, phrase.entity))
    case 'any-of':
      return join(
        'any',
        phrase.of.map(p => onResource(p, g)),
      )
    case 'except':
      return join('all', [onResource(phrase.of, g), negated(onResource(phrase.but, g))])
  }
}

const same = (a: Entity, b: Entity): boolean => a.type === b.type && a.id === b.id

function condition(c: Condition, g: Grounding): Formula {
  switch (c.kind) {
    case 'all':
    case 'any':
      return join(
        c.kind,
        c.of.map(part => condition(part, g)),
      )
    case 'not':
      return negated(condition(c.of, g))
    case 'related':
      return relationFormula(c.object, c.relation, c.user, g)
    case 'is':
      return isTrue(same(c.of === 'subject' ? g.me : g.link.resource, c.entity))
    case 'delegated':
      return isTrue(g.link.delegated)
    case 'covered':
      return { kind: 'atom', atom: coveredAtom(g) }
    default:
      return { kind: 'atom', atom: leafAtom(c, g) }
  }
}

/** As the engine has it: without capabilities nothing is covered. */
function coveredAtom(g: Grounding): Atom {
  const { action, resource } = g.link
  const variable = attributeKey(g.me, 'capabilities', g)
  const names = capabilityNames(action, resource)
  return {
    key: `covered ${variable} ${names[0]} ${resource.id}`,
    variables: [variable],
    uses: { kind: 'capability', name: names[0] ?? action },
    truth(read) {
      const held: Value = read(variable)
      if (held === undefined) return NO
      if (!Array.isArray(held) || !held.every(h => typeof h === 'string')) return UNKNOWN
      return names.some(name => held.includes(name)) ? YES : NO
    },
  }
}
