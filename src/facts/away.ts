import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Answer, Holder, RelationQuestion } from '../policy/question.ts'
import { closureOf } from '../relations/closure.ts'
import type { Model } from '../relations/model.ts'
import { type CellKey, typeCell } from './cells.ts'

/** Read by an answer that nothing may be kept of: it waits, it failed, or it depends on the call. */
export const PASSING: CellKey = -1

/** What stands for a graph where a server has the relations: what it was asked so far. */
export interface Away {
  readonly model: Model | null
  /** Undefined for what must be asked first, and will be. */
  answer(question: RelationQuestion, reads: (cell: CellKey) => void): Answer | undefined
  /** Every id of a type that some tuple on the server names. */
  entities(type: string): Iterable<string>
  /** The same for a call with this context. */
  within(context: JsonObject): Away
  /** Whether what was worked out before may be used: all writes to the server that could have changed it are known. */
  readonly trusted: boolean
  /** Whether nothing has changed since the call began, so that what it works out may be kept. */
  readonly steady: boolean
}

/** INVARIANT: relations that nobody has asked, or could ask, are unknown, never no. */
export function unasked(why: string, model: Model | null): Away {
  const away: Away = {
    model,
    answer(_, reads) {
      reads(PASSING)
      return { kind: 'truth', truth: 'unknown', why }
    },
    entities: () => [],
    within: () => away,
    trusted: false,
    steady: false,
  }
  return away
}

export interface Depends {
  readonly cells: ReadonlySet<CellKey>
  readonly conditional: boolean
}

/** What the answer to a question may change with. */
export function dependsOf(model: Model, { object, relation, user }: RelationQuestion): Depends {
  const cells = new Set<CellKey>()
  let conditional = false
  const add = (type: string, name: string): void => {
    const closure = closureOf(model, type, name)
    for (const [on, of] of closure.cells) cells.add(typeCell(on, of))
    conditional ||= closure.conditional
  }
  const addHolder = (holder: Holder): void => {
    if (holder.kind === 'entity') return
    const on: Holder = holder.kind === 'some' ? holder.of : holder.on
    add(holder.kind === 'some' ? holder.type : typeOf(holder.on), holder.relation)
    addHolder(on)
  }
  const on: Holder = 'kind' in object ? object : { kind: 'entity', entity: object }
  add(typeOf(on), relation)
  addHolder(on)
  addHolder(user)
  return { cells, conditional }
}

const typeOf = (holder: Holder): string => (holder.kind === 'entity' ? holder.entity.type : holder.type)

/** The place a tuple is read from. */
export const cellOfTuple = (object: Pick<Entity, 'type'>, relation: string): CellKey => typeCell(object.type, relation)
