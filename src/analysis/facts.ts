import { type Entity, printEntity } from '../policy/entity.ts'
import type { Answer, Facts, TupleText } from '../policy/question.ts'
import { unsaidAttribute } from '../policy/unsaid.ts'
import type { StoredAttribute } from './finding.ts'
import type { Site } from './site.ts'
import type { Party, Relation } from './uses.ts'

/** Tuples that make a relation hold, with an entity of its own for each set it goes through. */
export function tuplesOf(relation: Relation, site: Site, fresh: (type: string) => Entity): readonly TupleText[] {
  const tuples: TupleText[] = []
  const member = (party: Party): string => {
    switch (party.kind) {
      case 'entity':
        return printEntity(party.entity)
      case 'some': {
        const one = printEntity(fresh(party.type))
        tuples.push({ object: one, relation: party.relation, user: member(party.of) })
        return one
      }
      case 'holder': {
        const one = printEntity(fresh(party.type))
        tuples.push({ object: member(party.on), relation: party.relation, user: one })
        return one
      }
    }
  }
  const object = member(relation.object)
  const user = member(relation.user)
  const { user: by } = relation
  const on = object.slice(0, object.indexOf(':'))
  const key = `${on}#${relation.relation}`
  const asSet =
    by.kind === 'some' && site.sets.get(key)?.has(by.type) === true && site.holders.get(key)?.has(by.type) !== true
  tuples.push({ object, relation: relation.relation, user: asSet ? `${user}#${by.relation}` : user })
  return tuples
}

interface AnySet {
  readonly kind?: string
  readonly entity?: Entity
  readonly type?: string
  readonly id?: string
  readonly relation?: string
  readonly of?: AnySet
  readonly on?: AnySet
}

/** A plain table: a relation holds where a tuple says so, through the sets a question names and through nothing else. */
export function factsOf(tuples: readonly TupleText[], attributes: readonly StoredAttribute[]): Facts {
  const members = (set: AnySet): readonly string[] => {
    if (set.kind === undefined) return [`${set.type}:${set.id}`]
    if (set.kind === 'entity') return set.entity === undefined ? [] : [printEntity(set.entity)]
    const typed = (name: string): boolean => name.startsWith(`${set.type}:`)
    if (set.kind === 'some') {
      const of = members(set.of ?? {})
      const found = tuples.filter(t => t.relation === set.relation && typed(t.object) && of.includes(t.user))
      return found.map(t => t.object)
    }
    const on = members(set.on ?? {})
    return tuples.filter(t => t.relation === set.relation && on.includes(t.object) && typed(t.user)).map(t => t.user)
  }
  return {
    answer(question): Answer {
      if (question.kind === 'attribute') {
        const name = printEntity(question.entity)
        const found = attributes.find(a => a.entity === name && a.name === question.name)
        const value = found?.value ?? unsaidAttribute(question.entity.type, question.name)
        return value === undefined ? { kind: 'absent' } : { kind: 'value', value }
      }
      if (question.kind !== 'relation') return { kind: 'truth', truth: question.kind === 'grant' ? 'no' : 'unknown' }
      const objects = members(question.object as AnySet)
      const set = question.user as AnySet
      const users = members(set).flatMap(user => (set.kind === 'some' ? [user, `${user}#${set.relation}`] : [user]))
      const holds = tuples.some(
        t => t.relation === question.relation && objects.includes(t.object) && users.includes(t.user),
      )
      return { kind: 'truth', truth: holds ? 'yes' : 'no' }
    },
  }
}
