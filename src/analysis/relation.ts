import type { Term } from '../policy/ast.ts'
import { printEntity } from '../policy/entity.ts'
import { constant, type Formula, NO, YES } from './formula.ts'
import type { Grounding } from './link.ts'
import type { Party, Relation } from './uses.ts'

export function partyOf(term: Term, g: Grounding): Party {
  switch (term.kind) {
    case 'subject':
      return { kind: 'entity', entity: g.me }
    case 'resource':
      return { kind: 'entity', entity: g.link.resource }
    case 'org':
      return { kind: 'entity', entity: { type: 'org', id: g.site.org } }
    case 'entity':
      return { kind: 'entity', entity: term.entity }
    case 'some':
      return { kind: 'some', type: term.type, relation: term.relation, of: partyOf(term.of, g) }
    case 'holder':
      return { kind: 'holder', type: term.type, relation: term.relation, on: partyOf(term.on, g) }
  }
}

const text = (party: Party): string => {
  switch (party.kind) {
    case 'entity':
      return printEntity(party.entity)
    case 'some':
      return `(some ${party.type} ${party.relation} ${text(party.of)})`
    case 'holder':
      return `(holder ${party.type} ${party.relation} ${text(party.on)})`
  }
}

/** Each relation is a variable of its own: no tuple is taken to follow from another. */
export function relationFormula(object: Term, relation: string, user: Term, g: Grounding): Formula {
  const asked: Relation = { object: partyOf(object, g), relation, user: partyOf(user, g) }
  if (isImpossible(asked, g)) return constant(NO)
  const variable = `r ${text(asked.object)}#${relation}@${text(asked.user)}`
  g.site.relations.set(variable, asked)
  return {
    kind: 'atom',
    atom: {
      key: variable,
      variables: [variable],
      uses: { kind: 'relation', relation: asked },
      truth: read => (read(variable) === true ? YES : NO),
    },
  }
}

/** Keys hold their roles by themselves, whatever the model says. */
const OUTSIDE_THE_MODEL = new Set(['key'])

/** Whether the model lets no entity of the user's type end up with the relation. */
function isImpossible({ object, relation, user }: Relation, { site }: Grounding): boolean {
  const on = object.kind === 'entity' ? object.entity.type : object.type
  const holders = site.holders.get(`${on}#${relation}`)
  if (holders === undefined) return false
  if (user.kind === 'entity') return !OUTSIDE_THE_MODEL.has(user.entity.type) && !holders.has(user.entity.type)
  return false
}
