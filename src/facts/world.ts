import type { Answer, Facts, Question } from '../policy/question.ts'
import type { Graph } from '../relations/graph.ts'
import type { Attributes } from './attributes.ts'
import { attributeCell, type CellKey, keyCell, relationCell, reverseCell } from './cells.ts'
import { answerForKey, KEY_TYPE } from './keys.ts'
import type { KeyRecord } from './store.ts'

/** Everything stored that answers questions about one org, in memory. */
export interface World {
  readonly graph: Graph | null
  readonly attributes: Attributes
  key(id: string): KeyRecord | undefined
}

/** Answers every question at once, and tells `reads` each place it looked at, empty places included. */
export function factsOf(world: World, reads: (cell: CellKey) => void): Facts {
  return { answer: question => answerFrom(world, question, reads) }
}

function answerFrom(world: World, question: Question, reads: (cell: CellKey) => void): Answer {
  switch (question.kind) {
    case 'attribute': {
      reads(attributeCell(question.entity, question.name))
      const value = world.attributes.get(question.entity, question.name)
      return value === undefined ? { kind: 'absent' } : { kind: 'value', value }
    }
    case 'grant':
      return { kind: 'truth', truth: 'no' }
    case 'relation': {
      const user = question.user
      if (user.kind === 'entity' && user.entity.type === KEY_TYPE) {
        reads(keyCell(user.entity.id))
        return answerForKey(question, user.entity.id, world.key)
      }
      if (world.graph === null) return { kind: 'truth', truth: 'no', why: 'the org has no model yet' }
      const found = world.graph.check(question.object, question.relation, user, {
        reads: cell =>
          reads('user' in cell ? reverseCell(cell.user, cell.type) : relationCell(cell.object, cell.relation)),
      })
      return { kind: 'truth', ...found }
    }
  }
}
