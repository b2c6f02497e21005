import type { TupleText } from '../policy/question.ts'
import { idOf, rowEntity, rowSlot, type Tuples, typeOf } from './tuples.ts'

/**
 * Tuples that prove a yes, linked while the walk unwinds. `row` and `subject` keep their meaning after later writes.
 * A row of -1 only joins.
 */
export interface Proof {
  readonly row: number
  readonly subject: number
  readonly next: Proof | null
  readonly also: Proof | null
}

export function join(a: Proof | null, b: Proof | null): Proof | null {
  if (a === null || b === null) return a ?? b
  return { row: -1, subject: -1, next: a, also: b }
}

/** The tuples of a proof, from the object asked about towards the user, each once. */
export function render(t: Tuples, proof: Proof | null): readonly TupleText[] {
  const found: TupleText[] = []
  const seen = new Set<Proof>()
  const texts = new Set<string>()
  const stack = [proof]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === null || seen.has(node)) continue
    seen.add(node)
    if (node.row >= 0) {
      const tuple = tupleOf(t, node.row, node.subject)
      const text = JSON.stringify(tuple)
      if (!texts.has(text)) found.push(tuple)
      texts.add(text)
    }
    stack.push(node.also, node.next)
  }
  return found
}

export function tupleOf(t: Tuples, row: number, subject: number): TupleText {
  return {
    object: entityText(t, rowEntity(t, row)),
    relation: t.slotRelations[rowSlot(t, row)] as string,
    user: (subject & 1) === 0 ? entityText(t, subject >>> 1) : setText(t, subject >>> 1),
  }
}

const setText = (t: Tuples, row: number): string =>
  `${entityText(t, rowEntity(t, row))}#${t.slotRelations[rowSlot(t, row)]}`

const entityText = (t: Tuples, entity: number): string => `${t.typeNames[typeOf(t, entity)]}:${idOf(t, entity)}`
