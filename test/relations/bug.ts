import type { JsonObject } from '../../src/policy/json.ts'
import type { Truth } from '../../src/policy/question.ts'

/** `object relation user`, what is true of it, in which context, and with which tuples beside the stored ones. */
export type Ask = readonly [question: string, truth: Truth, context?: JsonObject, contextual?: readonly string[]]

/** A fault that another engine once had. Ours must not have it, in whatever order the tuples were written. */
export interface Bug {
  readonly bug: string
  readonly name: string
  readonly model: string
  readonly tuples: readonly string[]
  readonly asks?: readonly Ask[]
  /** `type relation user`, `object relation type`. */
  readonly objects?: readonly (readonly [
    list: string,
    ids: string,
    context?: JsonObject,
    contextual?: readonly string[],
  ])[]
  readonly users?: readonly (readonly [
    list: string,
    ids: string,
    context?: JsonObject,
    contextual?: readonly string[],
  ])[]
}
