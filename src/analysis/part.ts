import type { SourceRule } from '../engine/compile.ts'
import type { Condition, ResourcePhrase, SubjectPhrase, Term } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'

/**
 * What a rule does by itself: an `only` rule is two parts, what it permits and (`bars`) what it forbids everyone else.
 * `subjects` and `resources` are the types it can be about, null for any.
 */
export interface Part {
  readonly order: number
  readonly source: SourceRule
  readonly effect: 'permit' | 'forbid' | 'approval'
  readonly bars: boolean
  readonly subjects: ReadonlySet<string> | null
  readonly resources: ReadonlySet<string> | null
  /** Every entity the rule names, whatever for. */
  readonly names: readonly Entity[]
  /** Every type of a subject or a resource it tells from others. */
  readonly types: ReadonlySet<string>
  /** Whether it matters to the rule that one acts for another. */
  readonly chained: boolean
}

export function partsOf(source: SourceRule, order: number): readonly Part[] {
  const { effect, subject, resource } = source.rule
  const seen: Seen = { names: new Map(), types: new Set(), chained: false }
  inSubject(subject, seen)
  inResource(resource, seen)
  if (source.rule.condition !== null) inCondition(source.rule.condition, seen)
  const base = {
    order,
    source,
    bars: false,
    subjects: subjectTypes(subject),
    resources: resourceTypes(resource),
    names: [...seen.names.values()],
    types: seen.types,
    chained: seen.chained,
  }
  if (effect !== 'only') return [{ ...base, effect }]
  return [
    { ...base, effect: 'permit' },
    { ...base, effect: 'forbid', bars: true, subjects: null },
  ]
}

export function subjectTypes(phrase: SubjectPhrase): ReadonlySet<string> | null {
  switch (phrase.kind) {
    case 'anyone':
    case 'role':
      return null
    case 'type':
    case 'group':
      return new Set([phrase.type])
    case 'named':
      return new Set([phrase.entity.type])
    case 'any-of':
      return union(phrase.of.map(subjectTypes))
    case 'except':
      return subjectTypes(phrase.of)
    case 'acting':
      return subjectTypes(phrase.actor)
  }
}

export function resourceTypes(phrase: ResourcePhrase): ReadonlySet<string> | null {
  switch (phrase.kind) {
    case 'anything':
      return null
    case 'type':
      return new Set([phrase.type])
    case 'named':
      return new Set([phrase.entity.type])
    case 'any-of':
      return union(phrase.of.map(resourceTypes))
    case 'except':
      return resourceTypes(phrase.of)
  }
}

function union(sets: readonly (ReadonlySet<string> | null)[]): ReadonlySet<string> | null {
  const all = new Set<string>()
  for (const set of sets) {
    if (set === null) return null
    for (const type of set) all.add(type)
  }
  return all
}

interface Seen {
  readonly names: Map<string, Entity>
  readonly types: Set<string>
  chained: boolean
}

const name = (entity: Entity, seen: Seen): void => {
  seen.names.set(`${entity.type}:${entity.id}`, entity)
  seen.types.add(entity.type)
}

function inTerm(term: Term, seen: Seen): void {
  if (term.kind === 'entity') name(term.entity, seen)
  else if (term.kind === 'some') inTerm(term.of, seen)
  else if (term.kind === 'holder') inTerm(term.on, seen)
}

function inSubject(phrase: SubjectPhrase, seen: Seen): void {
  switch (phrase.kind) {
    case 'anyone':
      return
    case 'type':
    case 'group':
      seen.types.add(phrase.type)
      if (phrase.where !== null) inCondition(phrase.where, seen)
      return
    case 'named':
      name(phrase.entity, seen)
      return
    case 'role':
      inTerm(phrase.on, seen)
      return
    case 'any-of':
      for (const one of phrase.of) inSubject(one, seen)
      return
    case 'except':
      inSubject(phrase.of, seen)
      inSubject(phrase.but, seen)
      return
    case 'acting':
      seen.chained = true
      inSubject(phrase.actor, seen)
      inSubject(phrase.for, seen)
  }
}

function inResource(phrase: ResourcePhrase, seen: Seen): void {
  if (phrase.kind === 'type') {
    seen.types.add(phrase.type)
    if (phrase.where !== null) inCondition(phrase.where, seen)
  } else if (phrase.kind === 'named') name(phrase.entity, seen)
  else if (phrase.kind === 'any-of') for (const one of phrase.of) inResource(one, seen)
  else if (phrase.kind === 'except') {
    inResource(phrase.of, seen)
    inResource(phrase.but, seen)
  }
}

function inCondition(condition: Condition, seen: Seen): void {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const one of condition.of) inCondition(one, seen)
      return
    case 'not':
      inCondition(condition.of, seen)
      return
    case 'related':
      inTerm(condition.object, seen)
      inTerm(condition.user, seen)
      return
    case 'is':
      name(condition.entity, seen)
      return
    case 'delegated':
      seen.chained = true
  }
}
